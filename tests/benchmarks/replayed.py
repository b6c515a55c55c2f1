"""Searches whose trainings a pool of recorded ones answers: see search.py."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
from rated import comparisons, votes_after

from designer.config import RunConfig
from designer.report.summary import final_entries, shrinkage, summarise
from designer.run.candidates import (
    Assessed,
    Judgement,
    Place,
    Proposed,
    Rung,
    SeedResult,
)
from designer.search.plan import AskPeople, Propose, TrainReward, leader, next_work
from designer.search.snapshot import Snapshot
from designer.selection.allocation import allocation_of

COMPARISON_SEEDS = 1
Rungs = tuple[Rung, ...]


@dataclass(frozen=True)
class Pool:
    """Recorded trainings of many rewards, and the signatures of these.

    trainings: by number of the reward and seed, the same seeds for every reward.
    """

    trainings: Mapping[int, Mapping[int, Rungs]]
    signatures: Mapping[int, tuple[float, ...]]

    @property
    def steps(self) -> int:
        """Environment steps of a whole training."""
        return self._any[-1].steps

    @property
    def half(self) -> int:
        """Environment steps at the rung before the last one."""
        return self._any[-2].steps

    @property
    def _any(self) -> Rungs:
        return next(iter(next(iter(self.trainings.values())).values()))

    @property
    def seeds(self) -> list[int]:
        """Seeds of every reward."""
        return sorted(next(iter(self.trainings.values())))


@dataclass(frozen=True)
class Dealt:
    """What the pool answers in one simulated search.

    signatures: of the reward at every place. trainings: by folder of the reward in a
    run (as g00/c01 or final/human) and number of the seed.
    """

    signatures: Mapping[Place, tuple[float, ...]]
    trainings: Mapping[tuple[str, int], Rungs]


@dataclass(frozen=True)
class Setting:
    """One way of spending trainings.

    config: options of a run, where they differ from those of all rows. rules: constants
    and functions of the product that this row replaces, by their dotted names.
    halved: whether a training has half of the pool's steps, so that --extend can double
    them. novelty: whether rewards have signatures.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    halved: bool = False
    novelty: bool = True


@dataclass(frozen=True)
class Row:
    """What a setting makes of many simulated searches.

    error: standard error of the mean fitness over the searches. luck: share of the
    winner's score that its retraining lacks, of every search in which that is known.
    comparisons: of two clips that people made, per search.
    """

    fitness: float
    error: float
    steps: float
    luck: tuple[float, ...]
    comparisons: float


def rungs_of(line: Mapping[str, Any]) -> Rungs:
    """A recorded training's rungs.

    The steps of the last one are given as twice those of the rung before it, of which
    they are less than 1 % away.
    """
    recorded = [*line["rungs"]]
    recorded[-1] = [2 * recorded[-2][0], *recorded[-1][1:]]
    return tuple(
        Rung(steps, Judgement(fitness, 0.0, success, 1.0, {}), improved)
        for steps, fitness, success, improved in recorded
    )


def search(
    config: RunConfig, task_steps: int, dealt: Dealt, baselines: tuple[str, ...]
) -> tuple[Snapshot, int]:
    """A search whose trainings the pool answers; its end, and the steps it took.

    task_steps: of a training where the settings say nothing.
    """
    rules = allocation_of(config, task_steps)
    snapshot = Snapshot(config.steps or task_steps, config.seeds, allocation=rules)
    spent = 0
    while work := next_work(snapshot, config, baselines):
        match work[0]:
            case Propose(generation):
                for index in range(config.candidates):
                    place = generation, index
                    proposed = Proposed("explore", None, "", "#", (), shape=str(place))
                    signature = dealt.signatures[place]
                    snapshot = snapshot.with_proposal(
                        place, replace(proposed, signature=signature)
                    )
            case AskPeople(generation):
                votes = votes_after(snapshot, config, generation)
                snapshot = snapshot.with_votes(generation, votes)
            case TrainReward() as task:
                result = _trained(task, dealt)
                before = snapshot.results.get(task.folder)
                done = before.steps if isinstance(before, SeedResult) else 0
                # The seeds of a confirmation follow those of the comparison.
                if not task.is_final or task.seed >= config.final_seeds:
                    spent += result.steps - done
                snapshot = snapshot.with_result(task.folder, result)
    return snapshot, spent


def _trained(task: TrainReward, dealt: Dealt) -> SeedResult:
    reward = task.folder.rpartition("/")[0]
    rungs = dealt.trainings[reward, task.seed]
    *earlier, last = (rung for rung in rungs if rung.steps <= task.until)
    return SeedResult(
        task.seed, last.judgement, last.steps, 0.0, last.improved, tuple(earlier)
    )


def searched_seeds(config: RunConfig) -> int:
    """The most seeds from which a search trains one reward."""
    return max(config.seeds, config.most_seeds)


def fits(pool: Pool, setting: Setting) -> bool:
    """Whether a pool has the seeds of a search, its confirmation and the comparison."""
    config = replace(RunConfig(), **setting.config)
    needed = searched_seeds(config) + config.confirm + COMPARISON_SEEDS
    return len(pool.seeds) >= needed


def deal(
    pool: Pool, config: RunConfig, rng: np.random.Generator, novelty: bool = True
) -> Dealt:
    """Rewards at random for the places; seeds at random for search and comparison.

    No reward has two places: its twin would have the same results.
    """
    seeds = rng.permutation(pool.seeds).tolist()
    count = config.candidates * config.generations
    numbers = rng.choice(sorted(pool.trainings), count, replace=False)
    trainings: dict[tuple[str, int], Rungs] = {}
    signatures: dict[Place, tuple[float, ...]] = {}
    for k, number in enumerate(numbers.tolist()):
        generation, index = divmod(k, config.candidates)
        signatures[generation, index] = pool.signatures[number] if novelty else ()
        name = f"g{generation:02d}/c{index:02d}"
        final = f"final/{name.replace('/', '-')}"
        for j, seed in enumerate(seeds[: searched_seeds(config)]):
            trainings[name, j] = pool.trainings[number][seed]
        # The seeds of a confirmation follow those of the comparison.
        for j, seed in enumerate(reversed(seeds[searched_seeds(config) :])):
            trainings[final, j] = pool.trainings[number][seed]
    return Dealt(signatures, trainings)


def measure(pool: Pool, setting: Setting, searches: int) -> Row:
    """Mean retrained fitness and steps, and the luck of selection."""
    steps = pool.half if setting.halved else pool.steps
    common = RunConfig(
        candidates=8, generations=3, final_seeds=COMPARISON_SEEDS, steps=steps
    )
    config = replace(common, **setting.config)
    figures = []
    with ExitStack() as stack:
        for name, value in setting.rules.items():
            stack.enter_context(patch(name, value))
        for number in range(searches):
            rng = np.random.default_rng([number, 7])
            dealt = deal(pool, config, rng, setting.novelty)
            voting = replace(config, seed=number)
            snapshot, spent = search(voting, pool.steps, dealt, ())
            winner = leader(snapshot, config)
            if winner is None or not isinstance(winner.outcome, Assessed):
                continue
            summary = summarise(final_entries(snapshot, config, winner), winner, "")
            retrained = summary.rows[0].fitness or 0.0
            luck = shrinkage(summary)
            asked = comparisons(snapshot.votes)
            figures.append((retrained, spent, np.nan if luck is None else luck, asked))
    fitness, spent, luck, asked = np.array(figures).T
    shares = luck / np.maximum(np.abs(fitness + luck), 1e-9)
    error = fitness.std(ddof=1) / np.sqrt(len(fitness))
    return Row(
        float(fitness.mean()),
        float(error),
        float(spent.mean()),
        tuple(shares[~np.isnan(shares)].tolist()),
        float(asked.mean()),
    )


def seed_share(pool: Pool) -> float:
    """What two rewards trained from one seed have in common, of the better half.

    The intraclass correlation of a two-way layout without repetition, ICC(C,1) of
    McGraw and Wong 1996, table 4: seeds as subjects, rewards as raters.
    """
    table = np.array(
        [
            [rungs[-1].judgement.fitness for _, rungs in sorted(trainings.items())]
            for trainings in pool.trainings.values()
        ]
    )
    better = table[np.argsort(-table.mean(axis=1))][: len(table) // 2]
    rewards, seeds = better.shape
    rest = better - better.mean(axis=1, keepdims=True)
    by_seed = rest.mean(axis=0)
    between = rewards * (by_seed**2).sum() / (seeds - 1)
    within = ((rest - by_seed) ** 2).sum() / ((rewards - 1) * (seeds - 1))
    return float((between - within) / (between + (rewards - 1) * within))


def deal_same(
    bag: Sequence[Rungs], config: RunConfig, rng: np.random.Generator
) -> Dealt:
    """One reward at all places and as the baseline, trainings drawn from the bag."""
    drawn = {"final/human": config.final_seeds}
    places = list(product(range(config.generations), range(config.candidates)))
    for generation, index in places:
        name = f"g{generation:02d}/c{index:02d}"
        drawn[name] = max(config.seeds, config.most_seeds)
        drawn[f"final/{name.replace('/', '-')}"] = config.final_seeds + config.confirm
    trainings = {
        (folder, j): bag[rng.integers(len(bag))]
        for folder, seeds in drawn.items()
        for j in range(seeds)
    }
    return Dealt(dict.fromkeys(places, ()), trainings)


def false_wins(bag: Sequence[Rungs], config: RunConfig, searches: int) -> float:
    """Share of A/A searches whose verdict says that the reward beats itself.

    bag: trainings of one and the same reward.
    """
    steps, wins = bag[0][-1].steps, 0
    for number in range(searches):
        dealt = deal_same(bag, config, np.random.default_rng([number, 11]))
        snapshot, _ = search(config, steps, dealt, ("human",))
        winner = leader(snapshot, config)
        summary = summarise(final_entries(snapshot, config, winner), winner, "")
        wins += "beats the human" in summary.verdict
    return wins / searches
