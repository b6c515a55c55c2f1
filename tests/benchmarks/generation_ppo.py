"""The generation of gpu.py with --trainer ppo, on this machine's cores.

    PYTHONPATH=. python tests/benchmarks/generation_ppo.py hopper-run --workers 2

Prints a JSON line: seconds in all, and the fitness of every training.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from populations import rewards_of

from designer.run.candidates import SeedResult
from designer.training.job import Job, Training
from designer.training.learner import Trainer
from designer.training.pool import run_jobs
from envs.make import load_task

JUDGE_SEEDS = tuple(range(1000, 1016))
WALL_S = 3600.0


def main() -> None:
    """All trainings, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    task = load_task(options.task)
    steps = task.train.steps
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            Job(
                (Training(Path(folder) / f"{k}-{seed}", reward, seed),),
                options.task,
                Trainer(),
                steps,
                steps,
                JUDGE_SEEDS,
            )
            for k, reward in enumerate(
                rewards_of(task, Path(folder), options.candidates)
            )
            for seed in range(options.seeds)
        ]
        began = time.monotonic()
        results = run_jobs(jobs, options.workers, WALL_S)
        seconds = round(time.monotonic() - began, 1)
    trained = [result for result in results if isinstance(result, SeedResult)]
    fitness = sorted(round(r.judgement.fitness, 2) for r in trained)
    print(json.dumps({"seconds": seconds, "fitness": fitness}))


if __name__ == "__main__":
    main()
