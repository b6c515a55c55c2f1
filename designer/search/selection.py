"""Which reward leads, and when a newcomer has beaten it."""

from collections.abc import Iterable

import numpy as np

from designer.records import Assessed, Candidate


def beats(challenger: Candidate, holder: Candidate) -> bool:
    """Whether the mean paired difference in fitness exceeds its standard error.

    Both were trained on the same seeds, so differences are taken seed by seed. With two
    seeds this says: better on both; with one seed: better.
    """
    if not isinstance(challenger.outcome, Assessed):
        return False
    if not isinstance(holder.outcome, Assessed):
        return True
    difference = np.subtract(challenger.outcome.scores, holder.outcome.scores)
    n = len(difference)
    error = difference.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    return bool(difference.mean() > error)


def incumbent(candidates: Iterable[Candidate]) -> Candidate | None:
    """The reward that leads after these candidates, taken in their order.

    The best of the first generation that has one leads; later it is replaced only by a
    reward that beats it, the best such one of a generation.
    """
    leader: Candidate | None = None
    by_generation: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        if isinstance(candidate.outcome, Assessed):
            by_generation.setdefault(candidate.generation, []).append(candidate)
    for generation in sorted(by_generation):
        able = [
            c for c in by_generation[generation] if leader is None or beats(c, leader)
        ]
        leader = max(able, key=_fitness, default=leader)
    return leader


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The assessed ones, best mean fitness first."""
    assessed = [c for c in candidates if isinstance(c.outcome, Assessed)]
    return sorted(assessed, key=_fitness, reverse=True)


def _fitness(candidate: Candidate) -> float:
    assert isinstance(candidate.outcome, Assessed)
    return candidate.outcome.fitness
