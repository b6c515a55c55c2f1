"""Ranked factors as a rater: the first factor in which two candidates differ decides.

After HERON (Bukharin et al., arXiv 2309.02632), which drops pairs that are alike in all
factors; here they are ties.

Not covered: margins make "alike" intransitive, so pairs may contradict each other (A>B,
B>C, C>A); each pair is one vote, and Bradley-Terry fits them all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from designer.errors import ConfigError
from designer.feedback.judged import Judged
from designer.raters.factor import (
    FACTOR_HELP,
    Factor,
    measure,
    read_factor,
    value_text,
)
from designer.votes.ballots import Ballot
from envs.bodies import Array
from envs.task import Task

FACTORS_RATER = "factors"
Episodes = Sequence[Judged]
MIN_RELATIVE_GAP = 1e-9  # Smaller differences are rounding errors, at any margin.
FIGURE_COUNTS = range(3, 10)


def read_factors(text: str | Sequence[str], task: Task) -> tuple[Factor, ...]:
    """Read factors, most important first, from a text with commas or a list of texts.

    ConfigError, with the nearest valid name, for a text that is not a factor.
    """
    texts = text.split(",") if isinstance(text, str) else text
    if not any(str(entry).strip() for entry in texts):
        raise ConfigError(f"no factors were named; {FACTOR_HELP}")
    return tuple(read_factor(str(entry), task) for entry in texts)


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two candidates.

    better: 1 if the first is better, -1 if the second is, 0 if they are alike. reason:
    the factor that decided, with the better value first.
    """

    better: int
    reason: str


def compare(
    factors: Sequence[Factor],
    first: Episodes,
    second: Episodes,
    among: Iterable[Episodes] = (),
) -> Comparison:
    """Compare the episodes of two candidates by the first factor in which they differ.

    among: episodes of all candidates, to estimate the noise; default: of these two.
    Fitness and success of the episodes are not read.
    """
    groups = tuple(among) or (first, second)
    apart = any(len(set(_trainings(group))) > 1 for group in groups)
    alike: list[str] = []
    for factor in factors:
        a, b = _units(factor, first, apart), _units(factor, second, apart)
        margin = factor.margin
        if margin is None:
            noise = _noise([_units(factor, group, apart) for group in groups])
            margin = noise * math.sqrt(1 / len(a) + 1 / len(b))
        first_mean, second_mean = float(a.mean()), float(b.mean())
        gap = factor.sign * (first_mean - second_mean)
        largest = max(abs(first_mean), abs(second_mean))
        if abs(gap) > margin + MIN_RELATIVE_GAP * largest:
            better, worse = sorted((first_mean, second_mean), reverse=factor.sign > 0)
            reason = f"{factor.label}: {_against(better, worse, factor.unit)}"
            if alike:
                reason += f"; alike in {', '.join(alike)}"
            return Comparison(1 if gap > 0 else -1, reason)
        alike.append(factor.label)
    return Comparison(0, f"alike in {', '.join(alike)}")


def votes(
    factors: Sequence[Factor],
    candidates: Mapping[str, Episodes],
    pairs: Iterable[tuple[str, str]] | None = None,
) -> list[tuple[tuple[str, str], Ballot]]:
    """A ballot for each pair of candidates, by default for all pairs.

    The first candidate of a pair is clip A. Pairs that are alike in all factors are
    ties. Candidates without episodes are left out.
    """
    groups = {name: group for name, group in candidates.items() if group}
    ballots = []
    for a, b in combinations(groups, 2) if pairs is None else pairs:
        if a in groups and b in groups:
            comparison = compare(factors, groups[a], groups[b], groups.values())
            places = {1: (("A",), ("B",)), -1: (("B",), ("A",)), 0: (("A", "B"),)}
            ballot = Ballot(places[comparison.better], comment=comparison.reason)
            ballots.append(((a, b), ballot))
    return ballots


def _trainings(episodes: Episodes) -> list[str]:
    return [episode.training for episode in episodes]


def _units(factor: Factor, episodes: Episodes, apart: bool) -> Array:
    """Independent observations of a factor: means of trainings if apart, else episodes.

    Episodes of one training share its luck, so ten of them are not ten observations.
    """
    values = np.array([measure(factor, episode) for episode in episodes])
    if not apart:
        return values
    names = np.array(_trainings(episodes))
    return np.array([values[names == name].mean() for name in sorted(set(names))])


def _noise(groups: Sequence[Array]) -> float:
    """Pooled standard deviation within candidates; 0 if each has one observation."""
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    freedom = sum(len(group) - 1 for group in groups)
    return math.sqrt(squares / freedom) if freedom else 0.0


def _against(first: float, second: float, unit: str) -> str:
    """Both values, with enough digits to look different."""
    for figures in FIGURE_COUNTS:
        texts = value_text(first, unit, figures), value_text(second, unit, figures)
        if texts[0] != texts[1]:
            break
    return " against ".join(texts)
