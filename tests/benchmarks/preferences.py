"""What votes alone find, against the same search with the metric.

`python preferences.py [OUT]`: every search twice, by the metric and by a synthetic
rater who mistakes a tenth of the neighbours in a ranking; the fitness of the winner on
unseen seeds. Runs that are there are not made again. An hour on two quiet cores.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from designer.feedback.judged import load_judged
from designer.votes.ballots import pairs
from designer.votes.preferences import read_votes
from envs.make import load_task

TASKS = ("hopper-run", "halfcheetah-run")
SEEDS = (0, 1, 2)
# As many comparisons as ICPL asks for (arXiv 2410.17233): 6 rewards, 5 generations.
SEARCH = ("--candidates=6", "--generations=5", "--steps=100000", "--seeds=1")
SEARCH += ("--final-seeds=3", "--questions=3", "--clips=4")
SIDES = {
    "metric": (),
    "people": ("--judge=people", "--human=synthetic", "--mistakes=0.1"),
}


def search(out: Path, task: str, side: str, seed: int) -> Path:
    """The run folder of one search, finished."""
    run = out / f"{task}_{side}_s{seed}"
    if not (run / "result.json").exists():
        started = ["resume", str(run)] if (run / "config.yaml").exists() else None
        options = [*SEARCH, *SIDES[side], f"--seed={seed}", f"--out={run}"]
        command = started or ["run", task, *options]
        subprocess.run([sys.executable, "-m", "designer", *command], check=True)
    return run


def fitness(run: Path, task: str) -> float:
    """Mean fitness of the winner on unseen seeds, read from its episodes."""
    winner = json.loads((run / "result.json").read_text())["winner"]
    label = winner.replace("/", "-")
    paths = sorted((run / "final" / label).glob("s*/episodes.npz"))
    return statistics.mean(e.fitness for e in load_judged(load_task(task), paths))


def queries(run: Path) -> float:
    """Comparisons that the votes of the search are worth; a ranking of m has m - 1."""
    votes = read_votes(run)
    return sum(pair.weight for vote in votes for pair in pairs(vote))


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "preferences")
    found = []
    for task in TASKS:
        for seed in SEEDS:
            runs = {side: search(out, task, side, seed) for side in SIDES}
            row = {side: fitness(run, task) for side, run in runs.items()}
            asked = queries(runs["people"])
            found.append({"task": task, "seed": seed, "queries": asked, **row})
            print(found[-1], flush=True)
        rows = [row for row in found if row["task"] == task]
        means = {side: statistics.mean(row[side] for row in rows) for side in SIDES}
        ratio = means["people"] / means["metric"]
        verdict = "holds " if ratio >= 0.9 else "MISSED"
        print(f"{verdict} {task}: {ratio:.2f} of the metric's fitness (target 0.9)")
    (out / "preferences.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
