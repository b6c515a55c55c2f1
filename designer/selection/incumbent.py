"""The incumbent: the reward that leads, and when a newcomer replaces it."""

from collections.abc import Iterable, Iterator

from designer.run.candidates import Assessed, Candidate
from designer.selection.merit import Merit


def beats(challenger: Candidate, holder: Candidate, merit: Merit) -> bool:
    """Whether the challenger leads beyond doubt, as the merit sees it.

    By fitness its lower bound must be the higher one.
    """
    if not isinstance(challenger.outcome, Assessed):
        return False
    if not isinstance(holder.outcome, Assessed):
        return True
    return merit.lead(challenger, holder) > 0


def incumbents(
    candidates: Iterable[Candidate], merit: Merit
) -> Iterator[tuple[int, Candidate | None]]:
    """Each generation of these candidates, and the reward that leads after it.

    The best candidate of the first generation leads; in later ones the best candidate
    that beats the leader replaces it. None as long as the merit favours no candidate,
    as without votes.
    """
    leader: Candidate | None = None
    by_generation: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        by_generation.setdefault(candidate.generation, []).append(candidate)
    for generation in sorted(by_generation):
        able = [
            c
            for c in by_generation[generation]
            if isinstance(c.outcome, Assessed)
            and merit.favours(c)
            and (leader is None or beats(c, leader, merit))
        ]
        leader = max(able, key=merit.bound, default=leader)
        yield generation, leader


def incumbent(candidates: Iterable[Candidate], merit: Merit) -> Candidate | None:
    """The reward that leads after all generations of these candidates."""
    leaders = [leader for _, leader in incumbents(candidates, merit)]
    return leaders[-1] if leaders else None


def ranked(candidates: Iterable[Candidate], merit: Merit) -> list[Candidate]:
    """The assessed candidates that the merit can rank, best first."""
    assessed = [c for c in candidates if isinstance(c.outcome, Assessed)]
    return sorted(filter(merit.knows, assessed), key=merit.of, reverse=True)
