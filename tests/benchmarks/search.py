"""Planners and rules of selection, replayed on rewards that were fully trained once.

    python tests/benchmarks/search.py pool hopper-run     (hours; goes on where it was)
    python tests/benchmarks/search.py same hopper-run     (one reward from many seeds)
    python tests/benchmarks/search.py table TASK ...
    python tests/benchmarks/search.py choices TASK ...    (each rule replaced)
    python tests/benchmarks/search.py seeds TASK ...      (how many a reward)
    python tests/benchmarks/search.py votes TASK ...      (people, not the metric)
    python tests/benchmarks/search.py aa hopper-run

A pool is 32 or more rewards, each trained from several seeds, judged at every rung.
`table`, `choices` and `seeds` replay searches on it: the plan's own next_work asks for
trainings, and the pool answers. The rewards of a simulated search are drawn from the
pool at random, so it measures selection alone, not what an author learns from feedback.
Pool seeds are dealt anew for every search: some for the search, some for a
confirmation, one for the final comparison. `seeds` leaves out what a pool has too few
seeds for.

In the searches of `votes` the synthetic rater ranks clips by fitness, with mistakes.
They have as many comparisons as those of ICPL (arXiv 2410.17233): 6 rewards, 5
generations.

`same` trains the human reward, as it is (seeds to 63) and in other words (seeds from
64), from many seeds. In the searches of `aa` every candidate and the baseline are that
one reward, so each verdict "beats" is a false one.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from pools import fill, fill_same, pool_path, read
from replayed import (
    Pool,
    Rungs,
    Setting,
    false_wins,
    fits,
    measure,
    rungs_of,
    seed_share,
)

from designer.config import RunConfig

WHOLE = {"seeds": 2}
RACED = {"seeds": 2, "race": "halving"}
DEFAULT = {**RACED, "confirm": 1}
ONE_SEED = {"seeds": 1, "race": "halving", "confirm": 1}

SETTINGS = {
    "all to the end, 1 seed": Setting({"seeds": 1}),
    "all to the end, 2 seeds": Setting(WHOLE),
    "halving, 1 seed": Setting({"seeds": 1, "race": "halving"}),
    "halving, 2 seeds": Setting(RACED),
    "halving, 2 seeds, confirmed": Setting(DEFAULT),
    "halving, 1 seed, confirmed": Setting(ONE_SEED),
    "halving, 1 seed, duels to 2": Setting(
        {"seeds": 1, "race": "halving", "most_seeds": 2}
    ),
    "all to the end, 1 seed, duels to 2": Setting({"seeds": 1, "most_seeds": 2}),
}

RACE, LEAST_KEPT, SPREAD = (
    "designer.selection.allocation.RACE",
    "designer.selection.race.LEAST_KEPT",
    "designer.selection.merit.seed_spread",
)
DUELS = {**ONE_SEED, "confirm": 0, "most_seeds": 2}
CHOICES = {
    "the default: 3 x 8, 2 seeds, raced, confirmed": Setting(DEFAULT),
    "steady: 24 x 1, 2 seeds, 3 at work at once, confirmed": Setting(
        {**WHOLE, "generations": 24, "candidates": 1, "ahead": 3, "confirm": 1}
    ),
    "no place for the novel": Setting(DEFAULT, novelty=False),
    "a half goes on at both rungs": Setting(
        DEFAULT, {RACE: {1 / 4: 1 / 2, 1 / 2: 1 / 2}}
    ),
    "a quarter at the first rung": Setting(
        DEFAULT, {RACE: {1 / 4: 1 / 4, 1 / 2: 1 / 2}, LEAST_KEPT: 2}
    ),
    "one rung, at a quarter": Setting(DEFAULT, {RACE: {1 / 4: 1 / 3}}),
    "one rung, at a half": Setting(DEFAULT, {RACE: {1 / 2: 1 / 2}}),
    "a rung at an eighth, too": Setting(
        DEFAULT, {RACE: {1 / 8: 1 / 2, 1 / 4: 1 / 2, 1 / 2: 1 / 2}}
    ),
    "no confirmation": Setting(RACED),
    "1 seed, duels to 2, leader by its bound": Setting(DUELS),
    "1 seed, duels to 2, leader by its mean": Setting(
        DUELS, {SPREAD: lambda outcomes: (0.0, 0)}
    ),
    "1 seed, confirmed": Setting(ONE_SEED),
    "half as many rewards, 3 x 4, 2 seeds": Setting({**DEFAULT, "candidates": 4}),
    "6 x 4, 2 seeds": Setting({**DEFAULT, "generations": 6, "candidates": 4}),
    "1 x 24, 2 seeds": Setting({**DEFAULT, "generations": 1, "candidates": 24}),
    "trainings of half the steps": Setting(DEFAULT, halved=True),
    "the same, the winner extended": Setting({**DEFAULT, "extend": 1}, halved=True),
}

SMALL = {"race": "halving", "candidates": 4}  # as the searches of a model were
SEEDS = {
    f"{seeds} seeds, {confirm or 'none'} to confirm": Setting(
        {**SMALL, "seeds": seeds, "confirm": confirm}
    )
    for seeds, confirm in (
        *((1, 0), (1, 1), (1, 2), (1, 3)),
        *((2, 0), (2, 1), (2, 2), (2, 3)),
        *((3, 0), (3, 1), (4, 0), (4, 1), (4, 2), (6, 0), (6, 1)),
    )
}
SEEDS |= {
    f"2 seeds, duels to {most}, {confirm} to confirm": Setting(
        {**SMALL, "seeds": 2, "most_seeds": most, "confirm": confirm}
    )
    for most, confirm in ((3, 0), (4, 0), (4, 1), (6, 0), (6, 1))
}
SEEDS["2 seeds, 1 to confirm, twice the rewards"] = Setting(DEFAULT)

ICPL = {"candidates": 6, "generations": 5, "seeds": 1}
PEOPLE = {**ICPL, "judge": "people", "human": "synthetic"}
VOTES = {
    "by the metric": Setting(ICPL),
    **{
        f"by votes, {mistakes:.0%} mistakes": Setting({**PEOPLE, "mistakes": mistakes})
        for mistakes in (0.0, 0.1, 0.2)
    },
    "pairs, 9 a generation, 10% mistakes": Setting(
        {**PEOPLE, "clips": 2, "questions": 9}
    ),
    "six clips at once, 2 a generation, 10% mistakes": Setting(
        {**PEOPLE, "clips": 6, "questions": 2}
    ),
    "six clips at once, 1 a generation, 10% mistakes": Setting(
        {**PEOPLE, "clips": 6, "questions": 1}
    ),
}


def pool_of(task_name: str) -> Pool:
    """The recorded pool of a task, with as many seeds as every reward has."""
    trainings: dict[int, dict[int, Rungs]] = defaultdict(dict)
    signatures = {}
    for line in read(pool_path(task_name)):
        trainings[line["reward"]][line["seed"]] = rungs_of(line)
        signatures[line["reward"]] = tuple(line["signature"])
    seeds = min(map(len, trainings.values()))
    return Pool(
        {number: dict(sorted(t.items())[:seeds]) for number, t in trainings.items()},
        signatures,
    )


def table(tasks: Sequence[str], settings: Mapping[str, Setting], searches: int) -> None:
    """Markdown: every setting on the pools, and the luck of all searches together."""
    luck: dict[str, list[float]] = defaultdict(list)
    for task_name in tasks:
        pool = pool_of(task_name)
        print(
            f"\n{task_name}: {len(pool.trainings)} rewards, {len(pool.seeds)} seeds, "
            f"{pool.steps:,} steps; correlation of two rewards' trainings from a seed: "
            f"{seed_share(pool):.2f}\n\n"
            "| setting | retrained fitness | of the first | steps | luck of selection "
            "| comparisons |\n"
            "|---|---|---|---|---|---|"
        )
        first = None
        for name, setting in settings.items():
            if not fits(pool, setting):
                continue
            row = measure(pool, setting, searches)
            luck[name] += row.luck
            first = first or row
            print(
                f"| {name} | {row.fitness:.2f} +- {row.error:.2f} | "
                f"{row.fitness / first.fitness:.2f} | {row.steps / 1e6:.1f} M | "
                f"{_median(row.luck)} | {row.comparisons:.0f} |",
                flush=True,
            )
    if len(tasks) > 1:
        print("\nluck of selection, median of all searches:")
        for name, shares in luck.items():
            print(f"{name}: {_median(shares)}")


def _median(shares: Sequence[float]) -> str:
    return f"{np.median(shares):.0%}" if shares else "-"


def aa(task_name: str, searches: int) -> None:
    """The share of false verdicts, for the human reward as it is and in all words."""
    bags: dict[int, list[Rungs]] = defaultdict(list)
    for line in read(pool_path(task_name, "same")):
        bags[line.get("writing", 0)].append(rungs_of(line))
    for writing, bag in sorted(bags.items()):
        fitness = [rungs[-1].judgement.fitness for rungs in bag]
        print(
            f"writing {writing}: {len(bag)} trainings, {np.mean(fitness):.1f} +- "
            f"{np.std(fitness, ddof=1):.1f}"
        )
    searched: dict[str, dict[str, object]] = {
        "all to the end, 2 seeds": WHOLE,
        "halving, 2 seeds, confirmed": DEFAULT,
        "halving, 2 seeds, duels to 6, confirmed": {**DEFAULT, "most_seeds": 6},
    }
    every = [rungs for bag in bags.values() for rungs in bag]
    for words, bag in (("as it is", bags[0]), ("in all words", every)):
        for name, options in searched.items():
            for final_seeds in (3, 5, 10):
                config = replace(RunConfig(), final_seeds=final_seeds, **options)  # type: ignore[arg-type]
                rate = false_wins(bag, config, searches)
                print(
                    f"{words}, {name}, {final_seeds} final seeds: {rate:.1%}",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "what", choices=["pool", "same", "table", "choices", "seeds", "votes", "aa"]
    )
    parser.add_argument("tasks", nargs="+")
    parser.add_argument("--rewards", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--searches", type=int, default=200)
    options = parser.parse_args()
    match options.what:
        case "pool":
            for task in options.tasks:
                fill(task, options.rewards, options.seeds)
        case "same":
            for task in options.tasks:
                fill_same(task, options.seeds)
        case "table":
            table(options.tasks, SETTINGS, options.searches)
        case "choices":
            table(options.tasks, CHOICES, options.searches)
        case "seeds":
            table(options.tasks, SEEDS, options.searches)
        case "votes":
            table(options.tasks, VOTES, options.searches)
        case _:
            for task in options.tasks:
                aa(task, options.searches)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
