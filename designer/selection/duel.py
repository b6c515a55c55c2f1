"""Duels: seeds go where they decide, to the leading reward and its closest challenger.

After every generation both are trained on further seeds, the same ones for both, until
one is better or both have all that a reward may get. So the leader's score is not that
of two lucky seeds. Both are chosen by a lower bound: the mean minus one standard error.
Further seeds for the best two alone, until they are told apart, is the idea of LUCB
(Kalyanakrishnan et al. 2012, section 3); its upper bounds would call for seeds for
almost all rewards here, as seeds differ about as much as rewards.

Differences are not paired by seed: what two rewards learn from one seed has nothing in
common (docs/results.md), and a spread pooled over rewards is known from more trainings.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from designer.run.candidates import Assessed, Failed, Place
from designer.selection.statistics import t_quantile

DUEL_LEVEL = 0.95  # of all looks at one duel together, divided as Bonferroni does
CARRIED_OVER = 2  # contenders of earlier generations that meet the next one

Outcomes = Callable[[Place, int], Assessed | Failed | None]
"""The outcome of a place over its first n seeds; None while one is not trained."""


@dataclass(frozen=True)
class Duels:
    """The state of all duels.

    seeds: after each generation whose duel is over, the seeds that count for a place;
    places that it lacks have the common number. missing: trainings that the next duel
    waits for, as place and number of the seed.
    """

    seeds: tuple[Mapping[Place, int], ...] = ()
    missing: tuple[tuple[Place, int], ...] = ()


def fight(
    generations: Sequence[Sequence[Place]], outcome: Outcomes, seeds: int, most: int
) -> Duels:
    """The duels of generations whose rewards have been trained on the common seeds.

    generations: places in order. most: seeds of a reward.
    """
    counts: dict[Place, int] = {}
    after: list[Mapping[Place, int]] = []
    carried: list[Place] = []

    def known(places: Sequence[Place]) -> dict[Place, Assessed]:
        outcomes = {place: outcome(place, counts.get(place, seeds)) for place in places}
        return {p: o for p, o in outcomes.items() if isinstance(o, Assessed)}

    for places in generations:
        entrants = known((*carried, *places))
        while pair := contenders(entrants, most, most - seeds + 1):
            fewest = min(counts.get(place, seeds) for place in pair)
            if fewest >= most:  # Where the environment failed, results are fewer.
                break
            grow = [place for place in pair if counts.get(place, seeds) == fewest]
            missing = [p for p in grow if outcome(p, fewest + 1) is None]
            if missing:
                return Duels(tuple(after), tuple((p, fewest) for p in missing))
            counts |= dict.fromkeys(grow, fewest + 1)
            entrants = known(tuple(entrants))
        carried = _best_first(entrants)[:CARRIED_OVER]
        after.append(dict(counts))
    return Duels(tuple(after))


def contenders(
    entrants: Mapping[Place, Assessed], most: int, looks: int
) -> tuple[Place, Place] | None:
    """Leader and challenger while it is open which of them is better.

    looks: how often the question may be asked of one pair.
    """
    best = _best_first(entrants)
    if len(best) < 2:
        return None
    first, second = (entrants[place] for place in best[:2])
    if min(len(first.results), len(second.results)) >= most:
        return None
    spread, freedom = seed_spread(list(entrants.values()))
    if freedom == 0:
        return best[0], best[1]
    error = spread * math.sqrt(1 / len(first.results) + 1 / len(second.results))
    needed = t_quantile(1 - (1 - DUEL_LEVEL) / looks, freedom) * error
    is_open = first.fitness - second.fitness <= needed
    return (best[0], best[1]) if is_open else None


def seed_spread(outcomes: Sequence[Assessed]) -> tuple[float, int]:
    """Standard deviation of fitness over seeds, and its degrees of freedom.

    Pooled over the better half of the rewards, which are those that matter: fitness
    commonly spreads in proportion to its mean.
    """
    able = [outcome for outcome in outcomes if not math.isnan(outcome.fitness)]
    best = sorted(able, key=lambda outcome: outcome.fitness, reverse=True)
    squares, freedom = 0.0, 0
    for outcome in best[: max(2, math.ceil(len(best) / 2))]:
        mean = outcome.fitness
        squares += sum((score - mean) ** 2 for score in outcome.scores)
        freedom += len(outcome.scores) - 1
    return (math.sqrt(squares / freedom) if freedom else 0.0), freedom


def _best_first(entrants: Mapping[Place, Assessed]) -> list[Place]:
    """Places by the lower bound, best first."""
    spread, _ = seed_spread(list(entrants.values()))

    def bound(place: Place) -> float:
        fitness, seeds = entrants[place].fitness, len(entrants[place].results)
        return -math.inf if math.isnan(fitness) else fitness - spread / math.sqrt(seeds)

    return sorted(entrants, key=bound, reverse=True)
