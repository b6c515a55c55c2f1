"""The race inside a generation: at each rung the better part of it goes on.

Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943, algorithm 1). At the
first rung one of the places is for the most novel reward, as rewards that start slowly
are often unlike the rest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.rewards.likeness import likeness
from designer.run.candidates import ENVIRONMENT, Failed, Place, SeedResult

# Share of a training's steps at each rung, and of the rewards that go on there
# (docs/results.md). Earlier rungs rank at random, and so do these where a training is
# much shorter than its task says: see allocation_of.
RACE = {1 / 4: 1 / 3, 1 / 2: 1 / 2}
LEAST_KEPT = 3  # at the first rung: two for their fitness and the novel one


def places(size: int, share: float, is_first: bool) -> int:
    """How many of `size` rewards go on at a rung; is_first: whether none is before."""
    least = LEAST_KEPT if is_first else 1
    return min(size, max(least, math.ceil(size * share)))


@dataclass(frozen=True)
class Racer:
    """A reward in the race.

    results: of its seeds, None where a training has no result yet. signature: see
    Proposed.
    """

    results: Sequence[SeedResult | Failed | None]
    signature: tuple[float, ...] = ()


@dataclass(frozen=True)
class Standings:
    """The state of a race.

    given_up: the rung, in environment steps, at which a reward was given up. until: the
    steps to which all others may be trained now. failed: rewards of which a training
    failed by their own fault, so that the others are not trained on.
    """

    given_up: Mapping[Place, int]
    until: int
    failed: frozenset[Place] = frozenset()


def standings(
    entrants: Mapping[Place, Racer], rungs: Sequence[int], shares: Sequence[float]
) -> Standings:
    """The state of the race of one generation.

    entrants: all of its rewards that are trained. rungs: environment steps, the last
    one of a whole training. shares: of the rewards that go on at each but the last.
    Nobody is given up at a rung before all have come there. Who was trained past it
    went on, also if a reward that came late would have taken the place.
    """
    given_up: dict[Place, int] = {}
    failed: set[Place] = set()
    racing = dict(entrants)
    for k, (rung, share) in enumerate(zip(rungs, shares, strict=False)):
        if not all(_has_come(entrant, rung) for entrant in racing.values()):
            return Standings(given_up, rung, frozenset(failed))
        failed |= {place for place in racing if _has_failed(racing[place], rung)}
        racing = {place: racing[place] for place in racing if place not in failed}
        scores = {
            place: score
            for place, entrant in racing.items()
            if (score := _score(entrant, rung)) is not None
        }
        past = {place for place in scores if _is_past(racing[place], rung)}
        count = places(len(scores), share, k == 0)
        going_on = past | _going_on(scores, racing, count, k == 0)
        for place in scores.keys() - going_on:
            given_up[place] = rung
            del racing[place]
    return Standings(given_up, rungs[-1], frozenset(failed))


def _going_on(
    scores: Mapping[Place, tuple[bool, float]],
    racing: Mapping[Place, Racer],
    count: int,
    with_novel: bool,
) -> set[Place]:
    """The best `count`, of equals the first; one of them may be the most novel.

    A reward that taught its policies nothing goes on only where none taught anything.
    """
    able = [place for place, (taught, _) in scores.items() if taught] or [*scores]
    best = sorted(able, key=lambda place: scores[place], reverse=True)
    if not with_novel or count >= len(best):
        return {*best[:count]}
    going_on, others = best[: count - 1], best[count - 1 :]

    def familiarity(place: Place) -> float:
        own = racing[place].signature
        return max(likeness(own, racing[other].signature) for other in going_on)

    return {*going_on, min(others, key=familiarity)}


def _has_come(entrant: Racer, rung: int) -> bool:
    """Whether every training of a reward has come to the rung, or has failed.

    Once the first has failed by the reward's own fault, nobody waits for the others.
    """
    first, *_ = entrant.results
    if isinstance(first, Failed) and first.kind != ENVIRONMENT:
        return True
    return all(
        isinstance(result, Failed) or (result is not None and result.steps >= rung)
        for result in entrant.results
    )


def _is_past(entrant: Racer, rung: int) -> bool:
    """Whether a training of a reward was judged after the rung."""
    return any(r and r.rungs and r.rungs[-1].steps > rung for r in entrant.results)


def _has_failed(entrant: Racer, rung: int) -> bool:
    """Whether a training of a reward had failed by its own fault before the rung.

    One that failed after it keeps its place there, so that who was given up stays so.
    """
    return any(
        isinstance(result, Failed)
        and result.kind != ENVIRONMENT
        and result.at(rung) is None
        for result in entrant.results
    )


def _score(entrant: Racer, rung: int) -> tuple[bool, float] | None:
    """Whether a reward taught its policies anything, and their mean fitness.

    None for a reward that was not judged at the rung, as its environment failed.
    """
    judged = [
        point
        for result in entrant.results
        if result is not None and (point := result.at(rung)) is not None
    ]
    if not judged:
        return None
    fitness = sum(point.judgement.fitness for point in judged) / len(judged)
    fitness = -math.inf if math.isnan(fitness) else fitness
    return any(point.improved for point in judged), fitness
