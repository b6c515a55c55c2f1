"""Ranked factors: what matters most decides, where that is alike the next, and so on.

After HERON (Bukharin et al., arXiv 2309.02632), which drops pairs that are alike in
everything; here they are ties.

Not covered: margins make "alike" intransitive, so pairs may contradict each other (A>B,
B>C, C>A); each pair is a vote of its own, and Bradley-Terry fits them all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from designer.errors import ConfigError
from designer.feedback.judged import Judged
from designer.raters.factor import HELP, Factor, describe, measure, read_factor, told
from designer.rewards.sources import Array
from designer.votes.ballots import Ballot
from envs.task import Task

__all__ = ["RATER", "Factor", "compare", "describe", "read_factors", "votes"]

RATER = "factors"
Episodes = Sequence[Judged]
ROUNDING = 1e-9  # relative: a smaller difference is none, whatever the margin
FIGURES = range(3, 10)


def read_factors(text: str | Sequence[str], task: Task) -> tuple[Factor, ...]:
    """Factors, most important first, of a text with commas or of a list of texts.

    ConfigError with the nearest valid name for what is no factor of this task.
    """
    parts = text.split(",") if isinstance(text, str) else text
    if not any(str(part).strip() for part in parts):
        raise ConfigError(f"no factors were named; {HELP}")
    return tuple(read_factor(str(part), task) for part in parts)


@dataclass(frozen=True)
class Comparison:
    """better: 1 if the first is, -1 if the second is, 0 if they are alike.

    why: the factor that decided, with the better one's value first.
    """

    better: int
    why: str


def compare(
    factors: Sequence[Factor],
    one: Episodes,
    other: Episodes,
    among: Iterable[Episodes] = (),
) -> Comparison:
    """Two candidates by the first factor in which they differ.

    among: episodes of all candidates, from which the noise is taken; these two's if
    there are none. Fitness and success of the episodes are not read.
    """
    groups = tuple(among) or (one, other)
    apart = any(len(set(_trainings(group))) > 1 for group in groups)
    alike: list[str] = []
    for factor in factors:
        a, b = _units(factor, one, apart), _units(factor, other, apart)
        margin = factor.margin
        if margin is None:
            noise = _noise([_units(factor, group, apart) for group in groups])
            margin = noise * math.sqrt(1 / len(a) + 1 / len(b))
        ours, theirs = float(a.mean()), float(b.mean())
        gap = factor.sign * (ours - theirs)
        if abs(gap) > margin + ROUNDING * max(abs(ours), abs(theirs)):
            first, second = (ours, theirs) if gap > 0 else (theirs, ours)
            why = f"{factor.label}: {_against(first, second, factor.unit)}"
            if alike:
                why += f"; alike in {', '.join(alike)}"
            return Comparison(1 if gap > 0 else -1, why)
        alike.append(factor.label)
    return Comparison(0, f"alike in {', '.join(alike)}")


def votes(
    factors: Sequence[Factor],
    candidates: Mapping[str, Episodes],
    pairs: Iterable[tuple[str, str]] | None = None,
) -> list[tuple[tuple[str, str], Ballot]]:
    """A ballot for each pair, all pairs of candidates if none are given.

    The first of a pair is clip A. Where all factors are alike it is a tie (HERON drops
    those pairs). Candidates without episodes are left out.
    """
    groups = {name: group for name, group in candidates.items() if group}
    found = []
    for a, b in combinations(groups, 2) if pairs is None else pairs:
        if a in groups and b in groups:
            seen = compare(factors, groups[a], groups[b], groups.values())
            places = {1: (("A",), ("B",)), -1: (("B",), ("A",)), 0: (("A", "B"),)}
            found.append(((a, b), Ballot(places[seen.better], comment=seen.why)))
    return found


def _trainings(episodes: Episodes) -> list[str]:
    return [episode.training for episode in episodes]


def _units(factor: Factor, episodes: Episodes, apart: bool) -> Array:
    """What counts as one observation: trainings where there are several, else episodes.

    Episodes of one training share its luck, so ten of them are not ten observations.
    """
    values = np.array([measure(factor, episode) for episode in episodes])
    if not apart:
        return values
    names = np.array(_trainings(episodes))
    return np.array([values[names == name].mean() for name in sorted(set(names))])


def _noise(groups: Sequence[Array]) -> float:
    """Standard deviation within candidates, pooled; 0 if nothing was seen twice."""
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    freedom = sum(len(group) - 1 for group in groups)
    return math.sqrt(squares / freedom) if freedom else 0.0


def _against(one: float, other: float, unit: str) -> str:
    """Both values, with so many figures that they look different."""
    for figures in FIGURES:
        both = told(one, unit, figures), told(other, unit, figures)
        if both[0] != both[1]:
            break
    return " against ".join(both)
