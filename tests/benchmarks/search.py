"""Planners and rules of selection, replayed on rewards that were fully trained once.

    python tests/benchmarks/search.py pool hopper-run     (hours; goes on where it was)
    python tests/benchmarks/search.py same hopper-run     (one reward from many seeds)
    python tests/benchmarks/search.py table hopper-run

A pool is 32 or more rewards, each trained from several seeds, judged at every rung.
`table` replays searches on it: the plan's own next_work asks for trainings, and the
pool answers. The rewards of a simulated search are drawn from the pool at random, so it
measures selection alone, not what an author learns from feedback. Pool seeds are dealt
anew for every search: two for the search, one for a confirmation, the others for the
final comparison.

`same` trains the human reward from many seeds. In its A/A searches every candidate and
the baseline are that one reward, so each verdict "beats" is a false one.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pools import fill, fill_same, pool_path, read

from designer.config import RunConfig
from designer.report.summary import final_entries, shrinkage, summarise
from designer.run.candidates import Assessed, Judgement, Proposed, Rung, SeedResult
from designer.search.plan import AskPeople, Propose, TrainReward, leader, next_work
from designer.search.snapshot import Snapshot
from designer.selection.allocation import allocation_of

SEARCH_SEEDS = 2  # of a pool's seeds for the search; duels may not ask for more
Rungs = tuple[Rung, ...]


def rungs_of(line: dict[str, Any]) -> Rungs:
    """A recorded training's rungs."""
    return tuple(
        Rung(steps, Judgement(fitness, 0.0, success, 1.0, {}), improved)
        for steps, fitness, success, improved in line["rungs"]
    )


@dataclass(frozen=True)
class Dealt:
    """What the pool answers in one simulated search.

    signatures: of the reward at every place, in order. trainings: by folder of the
    reward in a run (as g00/c01 or final/human) and number of the seed.
    """

    signatures: dict[tuple[int, int], tuple[float, ...]]
    trainings: dict[tuple[str, int], Rungs]


def search(
    config: RunConfig, steps: int, dealt: Dealt, baselines: tuple[str, ...]
) -> tuple[Snapshot, int]:
    """A search whose trainings the pool answers; its end, and the steps it took."""
    snapshot = Snapshot(steps, config.seeds, allocation=allocation_of(config, steps))
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
                snapshot = snapshot.with_votes(generation, ())
            case TrainReward() as task:
                reward = task.folder.rpartition("/")[0]
                known = dealt.trainings[reward, task.seed]
                come = tuple(rung for rung in known if rung.steps <= task.until)
                *earlier, last = come
                before = snapshot.results.get(task.folder)
                done = before.steps if isinstance(before, SeedResult) else 0
                # The seeds of a confirmation follow those of the comparison.
                if not task.is_final or task.seed >= config.final_seeds:
                    spent += last.steps - done
                result = SeedResult(
                    task.seed,
                    last.judgement,
                    last.steps,
                    0.0,
                    last.improved,
                    tuple(earlier),
                )
                snapshot = snapshot.with_result(task.folder, result)
    return snapshot, spent


def deal(
    pool: dict[int, dict[int, Rungs]],
    signatures: dict[int, tuple[float, ...]],
    config: RunConfig,
    rng: np.random.Generator,
) -> Dealt:
    """Rewards at random for the places; seeds at random for search and comparison."""
    seeds = rng.permutation(sorted(next(iter(pool.values())))).tolist()
    numbers = rng.choice(sorted(pool), config.candidates * config.generations)
    trainings: dict[tuple[str, int], Rungs] = {}
    dealt: dict[tuple[int, int], tuple[float, ...]] = {}
    for k, number in enumerate(numbers.tolist()):
        generation, index = divmod(k, config.candidates)
        dealt[generation, index] = signatures[number]
        name = f"g{generation:02d}/c{index:02d}"
        final = f"final/{name.replace('/', '-')}"
        for j, seed in enumerate(seeds[:SEARCH_SEEDS]):
            trainings[name, j] = pool[number][seed]
        # The seeds of a confirmation follow those of the comparison.
        for j, seed in enumerate(reversed(seeds[SEARCH_SEEDS:])):
            trainings[final, j] = pool[number][seed]
    return Dealt(dealt, trainings)


@dataclass(frozen=True)
class Row:
    """What a setting makes of many simulated searches.

    error: standard error of the mean fitness over the searches.
    """

    fitness: float
    error: float
    steps: float
    luck: float


def measure(
    pool: dict[int, dict[int, Rungs]],
    signatures: dict[int, tuple[float, ...]],
    config: RunConfig,
    steps: int,
    searches: int,
) -> Row:
    """Mean retrained fitness and steps, and the median luck of selection."""
    figures = []
    for number in range(searches):
        rng = np.random.default_rng([number, 7])
        dealt = deal(pool, signatures, config, rng)
        snapshot, spent = search(config, steps, dealt, ())
        winner = leader(snapshot, config)
        if winner is None or not isinstance(winner.outcome, Assessed):
            continue
        summary = summarise(final_entries(snapshot, config, winner), winner, "")
        retrained = summary.rows[0].fitness or 0.0
        figures.append((retrained, spent, shrinkage(summary) or 0.0))
    fitness, spent, luck = np.array(figures).T
    share = np.median(luck / np.maximum(np.abs(fitness + luck), 1e-9))
    error = fitness.std(ddof=1) / np.sqrt(len(fitness))
    return Row(float(fitness.mean()), float(error), float(spent.mean()), float(share))


def false_wins(task_name: str, config: RunConfig, searches: int) -> float:
    """Share of A/A searches whose verdict says that the reward beats itself."""
    lines = read(pool_path(task_name, "same"))
    bag = [rungs_of(line) for line in lines]
    steps, wins = bag[0][-1].steps, 0
    for number in range(searches):
        rng = np.random.default_rng([number, 11])
        trainings: dict[tuple[str, int], Rungs] = defaultdict(
            lambda rng=rng: bag[rng.integers(len(bag))]  # type: ignore[misc]
        )
        places = [
            (generation, index)
            for generation in range(config.generations)
            for index in range(config.candidates)
        ]
        dealt = Dealt(dict.fromkeys(places, ()), trainings)
        snapshot, _ = search(config, steps, dealt, ("human",))
        winner = leader(snapshot, config)
        summary = summarise(final_entries(snapshot, config, winner), winner, "")
        wins += "beats the human" in summary.verdict
    return wins / searches


def seed_share(pool: dict[int, dict[int, Rungs]]) -> float:
    """What two rewards trained from one seed have in common, of the better half.

    The intraclass correlation of a two-way layout without repetition, ICC(C,1) of
    McGraw and Wong 1996, table 4: seeds as subjects, rewards as raters.
    """
    table = np.array(
        [
            [rungs[-1].judgement.fitness for _, rungs in sorted(trainings.items())]
            for trainings in pool.values()
        ]
    )
    better = table[np.argsort(-table.mean(axis=1))][: len(table) // 2]
    rewards, seeds = better.shape
    rest = better - better.mean(axis=1, keepdims=True)
    by_seed = rest.mean(axis=0)
    between = rewards * (by_seed**2).sum() / (seeds - 1)
    within = ((rest - by_seed) ** 2).sum() / ((rewards - 1) * (seeds - 1))
    return float((between - within) / (between + (rewards - 1) * within))


SETTINGS = {
    "all to the end, 1 seed": {"seeds": 1},
    "all to the end, 2 seeds": {"seeds": 2},
    "halving, 1 seed": {"seeds": 1, "race": "halving"},
    "halving, 2 seeds": {"seeds": 2, "race": "halving"},
    "halving, 2 seeds, confirmed": {"seeds": 2, "race": "halving", "confirm": 1},
    "halving, 1 seed, confirmed": {"seeds": 1, "race": "halving", "confirm": 1},
    "halving, 1 seed, duels to 2": {"seeds": 1, "race": "halving", "most_seeds": 2},
    "all to the end, 1 seed, duels to 2": {"seeds": 1, "most_seeds": 2},
}


def table(task_name: str, searches: int) -> None:
    """Markdown: every setting on the pool, and the A/A rate of the default."""
    pool: dict[int, dict[int, Rungs]] = defaultdict(dict)
    signatures = {}
    for line in read(pool_path(task_name)):
        pool[line["reward"]][line["seed"]] = rungs_of(line)
        signatures[line["reward"]] = tuple(line["signature"])
    seeds = min(map(len, pool.values()))
    pool = {
        number: dict(sorted(trainings.items())[:seeds])
        for number, trainings in pool.items()
    }
    steps = next(iter(next(iter(pool.values())).values()))[-1].steps
    spare = seeds - SEARCH_SEEDS - 1  # one is the confirmation's
    base = RunConfig(candidates=8, generations=5, final_seeds=spare, steps=steps)
    print(f"{task_name}: {len(pool)} rewards, {seeds} seeds, {steps:,} steps")
    print(
        f"correlation of two rewards' trainings from a seed: {seed_share(pool):.2f}\n"
    )
    print("| setting | retrained fitness | steps | luck of selection |")
    print("|---|---|---|---|")
    for name, changes in SETTINGS.items():
        row = measure(pool, signatures, replace(base, **changes), steps, searches)
        print(
            f"| {name} | {row.fitness:.2f} +- {row.error:.2f} | {row.steps / 1e6:.1f} M"
            f" | {row.luck:.0%} |",
            flush=True,
        )
    if pool_path(task_name, "same").exists():
        for name in ("all to the end, 2 seeds", "halving, 2 seeds, confirmed"):
            for final_seeds in (3, 5, 10):
                plan = replace(base, final_seeds=final_seeds, **SETTINGS[name])
                rate = false_wins(task_name, plan, 200)
                print(f"\nA/A, {name}, {final_seeds} final seeds: {rate:.1%} of 200")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["pool", "same", "table"])
    parser.add_argument("task")
    parser.add_argument("--rewards", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--searches", type=int, default=200)
    options = parser.parse_args()
    match options.what:
        case "pool":
            fill(options.task, options.rewards, options.seeds)
        case "same":
            fill_same(options.task, options.seeds)
        case _:
            table(options.task, options.searches)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
