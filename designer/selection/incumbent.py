"""Which reward leads, and when a newcomer has beaten it."""

from collections.abc import Iterable

from designer.run.candidates import Assessed, Candidate
from designer.selection.merit import Merit


def beats(challenger: Candidate, holder: Candidate, merit: Merit) -> bool:
    """Whether the mean difference exceeds the error of seeds.

    By fitness with two seeds this says: better on both; with one seed: better.
    """
    if not isinstance(challenger.outcome, Assessed):
        return False
    if not isinstance(holder.outcome, Assessed):
        return True
    mean, error = merit.lead(challenger, holder)
    return mean > error


def incumbent(candidates: Iterable[Candidate], merit: Merit) -> Candidate | None:
    """The reward that leads after these candidates, taken in their order.

    The best of the first generation that has one leads; later it is replaced only by a
    reward that beats it, the best such one of a generation. None leads where nothing
    speaks for any, as when nobody voted.
    """
    leader: Candidate | None = None
    by_generation: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        if isinstance(candidate.outcome, Assessed) and merit.favours(candidate):
            by_generation.setdefault(candidate.generation, []).append(candidate)
    for generation in sorted(by_generation):
        able = [
            c
            for c in by_generation[generation]
            if leader is None or beats(c, leader, merit)
        ]
        leader = max(able, key=merit.of, default=leader)
    return leader


def ranked(candidates: Iterable[Candidate], merit: Merit) -> list[Candidate]:
    """The assessed ones of which the merit knows anything, best first."""
    assessed = [c for c in candidates if isinstance(c.outcome, Assessed)]
    return sorted(filter(merit.knows, assessed), key=merit.of, reverse=True)
