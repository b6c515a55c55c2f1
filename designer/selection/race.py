"""The race inside a generation: at each rung the better part of it goes on.

Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943, algorithm 1), with a
place for the most novel reward at the first rung, as rewards that start slowly are
often unlike the rest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.rewards.likeness import likeness
from designer.run.candidates import ENVIRONMENT, Failed, Place, SeedResult

RACE_RUNGS = (1 / 4, 1 / 2)  # of a training's steps; earlier rungs rank at random
# Share of the rewards at a rung that goes on, rounded up. On a pool of 32 rewards for
# hopper-run a third found as good ones as a half with three quarters of the steps.
KEPT = 1 / 3


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
    steps to which all others may be trained now.
    """

    given_up: Mapping[Place, int]
    until: int


def standings(entrants: Mapping[Place, Racer], rungs: Sequence[int]) -> Standings:
    """The state of the race of one generation.

    entrants: all of its rewards that are trained. rungs: environment steps, the last
    one of a whole training. Nobody is given up at a rung before all have come there.
    """
    given_up: dict[Place, int] = {}
    racing = dict(entrants)
    for k, rung in enumerate(rungs[:-1]):
        if not all(_has_come(entrant, rung) for entrant in racing.values()):
            return Standings(given_up, rung)
        scores = {
            place: score
            for place, entrant in racing.items()
            if (score := _score(entrant, rung)) is not None
        }
        going_on = _going_on(scores, racing, keep_novel=k == 0)
        for place in scores.keys() - going_on:
            given_up[place] = rung
            del racing[place]
    return Standings(given_up, rungs[-1])


def _going_on(
    scores: Mapping[Place, tuple[bool, float]],
    racing: Mapping[Place, Racer],
    keep_novel: bool,
) -> set[Place]:
    """The better part, and the most novel of those that taught a policy anything."""
    best = sorted(scores, key=lambda place: scores[place], reverse=True)
    count = math.ceil(len(best) * KEPT)
    going_on = best[:count]
    if not keep_novel:
        return {*going_on}

    def familiarity(place: Place) -> float:
        own = racing[place].signature
        return max(likeness(own, racing[other].signature) for other in going_on)

    able = [place for place in best[count:] if scores[place][0]]
    return {*going_on, *([min(able, key=familiarity)] if able else [])}


def _has_come(entrant: Racer, rung: int) -> bool:
    """Whether every training of a reward has been judged at the rung, or has failed."""
    return all(
        isinstance(result, Failed)
        or (result is not None and result.at(rung) is not None)
        for result in entrant.results
    )


def _score(entrant: Racer, rung: int) -> tuple[bool, float] | None:
    """Whether a reward taught its policies anything, and their mean fitness.

    None for a reward that failed, which is out of the race anyway.
    """
    failures = [r for r in entrant.results if isinstance(r, Failed)]
    trained = [r for r in entrant.results if isinstance(r, SeedResult)]
    if not trained or any(failure.kind != ENVIRONMENT for failure in failures):
        return None
    judged = [point for result in trained if (point := result.at(rung)) is not None]
    fitness = sum(point.judgement.fitness for point in judged) / len(judged)
    return any(point.improved for point in judged), fitness
