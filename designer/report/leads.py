"""How far methods lead over the task's own rewards and each other, task by task."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from designer.rewards.sources import Array
from designer.selection.aggregate import improvement_probability
from designer.selection.statistics import interval, interval_between

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class Scored:
    """Scores on one task, of a method or of one of the task's own rewards.

    seeds: of which seed each score is, (n,); scores: fitness, (n,).
    """

    name: str
    seeds: tuple[tuple[int, ...], ...]
    scores: Array


@dataclass(frozen=True)
class Lead:
    """Mean fitness of the first minus that of the second, with its 95 % interval.

    is_paired: whether score by score, which takes equal seeds. better: probability
    that a score of the first is above one of the second, ties counted half.
    """

    task: str
    unit: str
    first: str
    second: str
    mean: float
    interval: Interval
    is_paired: bool
    better: float


def leads(
    task: str, unit: str, methods: Sequence[tuple[Scored, Sequence[Scored]]]
) -> Iterator[Lead]:
    """Of each method from the task's own rewards in its runs, and from the others."""
    for method, baselines in methods:
        for baseline in baselines:
            yield _difference(task, unit, method, baseline)
    by_name = sorted((method for method, _ in methods), key=lambda m: m.name)
    for first, second in combinations(by_name, 2):
        yield _difference(task, unit, first, second)


def _difference(task: str, unit: str, first: Scored, second: Scored) -> Lead:
    one, two = first.scores, second.scores
    is_paired = first.seeds == second.seeds
    if is_paired:
        ends = interval((one - two).tolist())
    else:
        ends = interval_between(one.tolist(), two.tolist())
    mean = float(one.mean() - two.mean())
    better = float(improvement_probability([one], [two]))
    if not math.isfinite(mean):
        better = math.nan
    names = first.name, second.name
    return Lead(task, unit, *names, mean, ends, is_paired, better)
