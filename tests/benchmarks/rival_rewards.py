"""Human rewards of five robots, judged by the metrics of the nearest rival, BIRD.

    PYTHONPATH=. python tests/benchmarks/rival_rewards.py run
    PYTHONPATH=. python tests/benchmarks/rival_rewards.py table

The human rewards are Gymnasium's own. Each of our trainers that runs on a CPU trains
1,001,472 steps from seeds 0, 1 and 2; the policy that it hands out plays 30 episodes,
without noise, on gymnasium.make's environment. The metric of an episode: metres
covered forward; on the pendulum the share of 1,000 steps that it stood; on the reacher
minus the last distance from the target. `run` adds a line to rival_rewards.jsonl for
each training that it lacks, two at once, one thread each.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import gymnasium
import mujoco
import numpy as np
from robots import setup_of

from designer.training.learner import Trainer
from designer.training.policy import Policy

LOG = Path(__file__).with_name("rival_rewards.jsonl")
STEPS = 1_001_472
EPISODES = 30
SEEDS = (0, 1, 2)
TRAINERS = ("ppo", "sb3")
# BIRD's own figures for its seeds 0, 1 and 2, with SB3's PPO; they were not run here.
THEIRS = {
    "Hopper-v5": (12.32, 13.93, 7.41),
    "HalfCheetah-v5": (91.55, 85.35, 74.34),
    "Swimmer-v5": (1.686, 1.695, 2.131),
    "InvertedPendulum-v5": (1.0, 1.0, 1.0),
    "Reacher-v5": (-0.158, -0.133, -0.040),
}


def judged(env_id: str, policy: Policy) -> float:
    """Mean metric over EPISODES episodes."""
    env, metrics = gymnasium.make(env_id), []
    for k in range(EPISODES):
        obs, _ = env.reset(seed=1000 + k)
        start, steps, over = env.unwrapped.data.qpos[0], 0, False  # type: ignore[attr-defined]
        while not over:
            obs, _, ended, cut, _ = env.step(policy(obs[None])[0])
            steps, over = steps + 1, ended or cut
        if env_id == "Reacher-v5":  # the observation ends with tip minus target
            metrics.append(-float(np.linalg.norm(obs[-2:])))
        elif env_id == "InvertedPendulum-v5":
            metrics.append(steps / 1000)
        else:
            end = env.unwrapped.data.qpos[0]  # type: ignore[attr-defined]
            metrics.append(float(end - start))
    return float(np.mean(metrics))


def one(trainer: str, env_id: str, seed: int) -> None:
    """One training; adds its line to the log."""
    mujoco.set_mju_user_warning(lambda message: None)
    setup = setup_of(env_id, seed, STEPS)
    if trainer == "sb3":
        from designer.training.sb3 import open_sb3

        learner: Any = open_sb3([setup], Trainer("sb3"))
    else:
        from designer.training.ppo import PPO

        learner = PPO(setup)
    began = time.perf_counter()
    learner.advance(STEPS, lambda *_: None)
    seconds = time.perf_counter() - began
    line = {"trainer": trainer, "env": env_id, "seed": seed, "seconds": round(seconds)}
    line |= {"steps": learner.steps, "metric": judged(env_id, learner.policy(0))}
    with LOG.open("a") as log:
        log.write(json.dumps(line) + "\n")


def read_log() -> list[dict[str, Any]]:
    """The lines so far."""
    lines = LOG.read_text().splitlines() if LOG.exists() else []
    return [json.loads(line) for line in lines]


def run() -> None:
    """All trainings that the log lacks."""
    done = {(r["trainer"], r["env"], r["seed"]) for r in read_log()}
    missing = [
        (trainer, env_id, str(seed))
        for trainer in TRAINERS
        for env_id in THEIRS
        for seed in SEEDS
        if (trainer, env_id, seed) not in done
    ]

    def train(training: tuple[str, str, str]) -> None:
        subprocess.run([sys.executable, __file__, "one", *training], check=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, missing))


def table() -> None:
    """Markdown: the metric seed by seed, and the median seconds of a training."""
    print("| robot | BIRD | ppo | s | sb3 | s |")
    print("|---|---|---|---|---|---|")
    for env_id, theirs in THEIRS.items():
        cells = [env_id, ", ".join(map(str, theirs))]
        for trainer in TRAINERS:
            lines = [
                line
                for line in sorted(read_log(), key=lambda line: line["seed"])
                if (line["trainer"], line["env"]) == (trainer, env_id)
            ]
            digits = 2 if abs(theirs[0]) > 10 else 3
            cells.append(", ".join(f"{line['metric']:.{digits}f}" for line in lines))
            seconds = [line["seconds"] for line in lines] or [np.nan]
            cells.append(f"{np.median(seconds):.0f}")
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["one", trainer, env_id, seed]:
            one(trainer, env_id, int(seed))
        case ["run"]:
            run()
        case _:
            table()
