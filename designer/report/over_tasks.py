"""The figures of methods over several tasks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.report.leads import Interval
from designer.rewards.sources import Array
from designer.selection.aggregate import (
    TaskScores,
    improvement_probability,
    interquartile_mean,
    mean_ranks,
    stratified_interval,
)


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; None for either where there is too little."""

    value: float | None
    interval: Interval = None


@dataclass(frozen=True)
class MethodRow:
    """A method over all tasks. beats: probability of improvement on each other.

    iqm: interquartile mean of the normalised scores; None where no task has a scale.
    """

    method: str
    iqm: Figure
    rank: Figure
    beats: dict[str, Figure]


def method_rows(
    names: Sequence[str],
    tasks: Sequence[Mapping[str, Array]],
    normalised: Sequence[Mapping[str, Array]],
) -> tuple[MethodRow, ...]:
    """A row for each method; none without tasks.

    tasks: scores of every method, task by task; normalised: of those with a scale.
    """
    if not tasks:
        return ()
    scores = [[task[name] for task in tasks] for name in names]
    ranks = _figures(mean_ranks, scores)
    rows = []
    for k, name in enumerate(names):
        iqm = Figure(None)
        if normalised:
            own = [task[name] for task in normalised]
            iqm = _figures(lambda m: interquartile_mean(m[0]), [own])[0]
        beats = {
            other: _figures(
                lambda m: improvement_probability(m[0], m[1]), [scores[k], scores[j]]
            )[0]
            for j, other in enumerate(names)
            if j != k
        }
        rows.append(MethodRow(name, iqm, ranks[k], beats))
    return tuple(rows)


def _figures(
    statistic: Callable[[Sequence[TaskScores]], Array], methods: Sequence[TaskScores]
) -> list[Figure]:
    """A statistic with its intervals; none of these where no method has two runs."""
    values = np.atleast_1d(statistic(methods))
    if all(len(runs) < 2 for tasks in methods for runs in tasks):
        return [Figure(float(value)) for value in values]
    low, high = map(np.atleast_1d, stratified_interval(statistic, methods))
    return [
        Figure(float(value), (float(a), float(b)))
        for value, a, b in zip(values, low, high, strict=True)
    ]
