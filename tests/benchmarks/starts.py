"""Do the verdicts of finished runs hold from starts that the search never used?

    PYTHONPATH=. python tests/benchmarks/starts.py RUN ... [--starts 64]

Until the commit that brought this file the final policies were judged from the sixteen
starts from which the search had chosen. Here each final policy of a run plays other
ones, the same for all. A row per run: by how much the designed reward leads over the
human one, paired by training seed with its 95 % interval, as the run judged it and from
the other starts.
"""

import argparse
from pathlib import Path

import numpy as np

from designer.report.record import read_run
from designer.run.candidates import Assessed, number
from designer.run.seeds import derive
from designer.search.confirmation import final_label
from designer.selection.statistics import interval
from designer.training.judge import judge_policy
from designer.training.policy import Policy
from envs.hidden import load_hidden


def lead(designed: list[float], human: list[float]) -> str:
    """Mean difference and its interval."""
    differences = np.subtract(designed, human)
    between = interval(differences.tolist())
    assert between is not None
    low, high = map(number, between)
    return f"{number(float(differences.mean()))} ({low} to {high})"


def row(path: Path, starts: int) -> str:
    """The line of a finished run."""
    record = read_run(path)
    config, hidden = record.manifest.config, load_hidden(record.task)
    assert record.winner is not None
    seeds = [derive(config.seed, "other starts", k) for k in range(starts)]
    stored: list[list[float]] = []
    again: list[list[float]] = []
    for label in (final_label(record.winner), "human"):
        outcome = record.snapshot.outcome(f"final/{label}", config.final_seeds)
        assert isinstance(outcome, Assessed)
        stored.append(list(outcome.scores))
        folder = path / "final" / label
        policies = [
            Policy.load(folder / f"s{k}" / "policy.npz")
            for k in range(config.final_seeds)
        ]
        again.append(
            [judge_policy(record.task, hidden, p, seeds)[0].fitness for p in policies]
        )
    cells = [record.task.name, *map(number, (np.mean(x) for x in stored))]
    cells += [lead(*stored), *map(number, (np.mean(x) for x in again)), lead(*again)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--starts", type=int, default=64)
    given = parser.parse_args()
    print("| task | designed | human | lead | designed, other starts | human | lead |")
    print("|---|---|---|---|---|---|---|")
    for path in given.runs:
        print(row(path, given.starts), flush=True)


if __name__ == "__main__":
    main()
