"""A task's human reward, trained and judged at every rung: docs/results.md's robots.

    PYTHONPATH=. python tests/benchmarks/human.py TASK SEED STEPS

Prints a JSON line for each rung: fitness, share of success and how episodes ended.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.run.seeds import derive
from designer.training.job import Job, Training, run_job
from designer.training.learner import Trainer, rungs

JUDGE_SEEDS = tuple(range(1000, 1016))


def main() -> None:
    task, seed, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        training = Training(
            Path(folder) / "s", Baseline("human"), derive(0, "pool", seed)
        )
        training.folder.mkdir()
        for until in rungs(steps, steps):
            job = Job((training,), task, Trainer(), steps, until, JUDGE_SEEDS)
            (result,) = run_job(job, lambda *_: None)
            assert isinstance(result, SeedResult), result
            judged = result.judgement
            facts = {"steps": result.steps, "fitness": round(judged.fitness, 3)}
            facts |= {"success": judged.success, "endings": dict(judged.endings)}
            print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
