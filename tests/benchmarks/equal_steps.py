"""Trainers at equal steps: steps until a return, and fitness, of a task's human reward.

    python tests/benchmarks/equal_steps.py hopper-run ppo
    python tests/benchmarks/equal_steps.py hopper-run mjx --envs 16   (on C MuJoCo)

Prints a JSON line: `steps_to`, for every seed that came so far, and `fitness` of every
seed, judged by 16 episodes after the task's own number of steps.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.training.job import Job, Training, run_job
from designer.training.learner import Trainer
from envs.make import load_task

FIRST_SEED = 10
JUDGE_SEEDS = tuple(range(1000, 1016))


def main() -> None:
    """All seeds of one trainer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task")
    parser.add_argument("trainer", choices=("ppo", "mjx"))
    parser.add_argument("--envs", type=int, help="environments of each, with mjx")
    parser.add_argument("--engine", default="c")
    parser.add_argument("--target", type=float, default=1000.0)
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args()
    steps = load_task(options.task).train.steps
    trainer = Trainer()
    if options.trainer == "mjx":
        trainer = Trainer("mjx", engine=options.engine, envs=options.envs)
    reached: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        trainings = [
            Training(Path(folder) / str(seed), Baseline("human"), FIRST_SEED + seed)
            for seed in range(options.seeds)
        ]
        for training in trainings:
            training.folder.mkdir()
        size = len(trainings) if trainer.takes_many else 1
        results = []
        for first in range(0, len(trainings), size):
            together = tuple(trainings[first : first + size])

            def tell(k: int, n: int, own_return: float, first: int = first) -> None:
                if own_return >= options.target:
                    reached.setdefault(first + k, n)

            job = Job(together, options.task, trainer, steps, steps, JUDGE_SEEDS)
            results += run_job(job, tell)
    fitness = [r.judgement.fitness for r in results if isinstance(r, SeedResult)]
    line = {
        "task": options.task,
        "trainer": options.trainer,
        "envs": options.envs,
        "steps": steps,
        "steps_to": sorted(reached.values()),
        "median_fitness": round(float(np.median(fitness)), 2),
        "fitness": sorted(round(x, 2) for x in fitness),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
