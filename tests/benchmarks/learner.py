"""Trainers on Gymnasium's own rewards: returns at 100k, 300k and 1M steps.

    python tests/benchmarks/learner.py run --learners ours sb3 --seeds 8
    python tests/benchmarks/learner.py table
    python tests/benchmarks/learner.py check

`run` adds a line to learner.jsonl for every training; what stands there already is left
out, so it can be stopped and go on over several nights. Two trainings at once, one
thread each. `table` prints Markdown. `check` plays an episode of every robot and prints
how far the reward that we train with is from Gymnasium's.

Judged alike for all: the policy at the peak of its own training return (ours, as users
get it) or the last one (stable-baselines3), 10 deterministic episodes on
gymnasium.make's environment.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import gymnasium
import mujoco
import numpy as np
from robots import ROBOTS, ZOO, setup_of, task_folder

from designer.rewards.sources import open_baseline
from designer.selection.statistics import interval
from designer.training.learner import whole_rollouts
from designer.training.ppo import PPO
from envs.gym_env import GymVectorEnv
from envs.hidden import load_hidden
from envs.make import load_task

JUDGED_AT = (100_000, 300_000, 1_000_000)
EPISODES = 10
LOG = Path(__file__).with_name("learner.jsonl")

# Weng et al. 2022, Tianshou (JMLR 23-267), MuJoCo benchmark: PPO, 1M steps, 10 seeds,
# maximum of the average return, with its standard deviation over seeds.
PUBLISHED = {
    "Hopper-v5": (2609, 701),
    "Walker2d-v5": (3589, 757),
    "HalfCheetah-v5": (5784, 1244),
    "Ant-v5": (3258, 1079),
}


def judged(env_id: str, act: Callable[[Any], Any]) -> float:
    """Mean return of an act function (1, obs_dim) -> (1, action_dim)."""
    env, returns = gymnasium.make(env_id), []
    for k in range(EPISODES):
        obs, _ = env.reset(seed=1000 + k)
        total, over = 0.0, False
        while not over:
            obs, pay, ended, cut, _ = env.step(act(obs[None])[0])
            total, over = total + float(pay), ended or cut
        returns.append(total)
    return float(np.mean(returns))


def train_ours(env_id: str, seed: int, judge: Callable[[int, Any], None]) -> None:
    """`--trainer ppo` on Gymnasium's reward."""
    setup = setup_of(env_id, seed, JUDGED_AT[-1])
    ppo = PPO(setup)
    for steps in JUDGED_AT:
        ppo.advance(whole_rollouts(steps), lambda *_: None)
        judge(steps, ppo.policy(0))


def train_sb3(
    env_id: str, seed: int, judge: Callable[[int, Any], None], kind: str
) -> None:
    """stable-baselines3 on Gymnasium's environment: PPO (sb3, zoo) or SAC (sac)."""
    import torch
    from stable_baselines3 import PPO as SB3PPO
    from stable_baselines3 import SAC
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    torch.set_num_threads(1)
    base = DummyVecEnv([lambda: Monitor(gymnasium.make(env_id))])
    env = base if kind == "sac" else VecNormalize(base, gamma=0.99)
    if kind == "sac":
        model: Any = SAC("MlpPolicy", env, learning_starts=10_000, seed=seed)
    else:
        settings = dict(ZOO[env_id]) if kind == "zoo" else {}
        if settings.pop("wide", False):
            nets = {"pi": [256, 256], "vf": [256, 256]}
            settings["policy_kwargs"] = {
                "log_std_init": -2,
                "ortho_init": False,
                "activation_fn": torch.nn.ReLU,
                "net_arch": nets,
            }
        model = SB3PPO("MlpPolicy", env, seed=seed, device="cpu", **settings)

    def act(obs: Any) -> Any:
        seen = obs if kind == "sac" else env.normalize_obs(obs)
        return model.predict(seen, deterministic=True)[0]

    for steps in JUDGED_AT:
        model.learn(steps - model.num_timesteps, reset_num_timesteps=False)
        judge(steps, act)


LEARNERS: dict[str, Callable[..., None]] = {
    "ours": train_ours,
    "sb3": partial(train_sb3, kind="sb3"),
    "zoo": partial(train_sb3, kind="zoo"),
    "sac": partial(train_sb3, kind="sac"),
}


def one(learner: str, env_id: str, seed: int) -> None:
    """One training; adds its line to the log."""
    mujoco.set_mju_user_warning(lambda message: None)
    returns, seconds = {}, {}
    spent, began = 0.0, time.perf_counter()

    def judge(steps: int, act: Callable[[Any], Any]) -> None:
        nonlocal spent, began
        spent += time.perf_counter() - began
        returns[steps], seconds[steps] = judged(env_id, act), spent
        began = time.perf_counter()

    LEARNERS[learner](env_id, seed, judge)
    line = {"learner": learner, "env": env_id, "seed": seed}
    line |= {"returns": returns, "seconds": seconds}
    with LOG.open("a") as log:
        log.write(json.dumps(line) + "\n")


def read_log() -> list[dict[str, Any]]:
    """The lines so far."""
    lines = LOG.read_text().splitlines() if LOG.exists() else []
    return [json.loads(line) for line in lines]


def run(learners: list[str], env_ids: list[str], seeds: int, at_once: int) -> None:
    """All trainings that the log lacks, seed by seed."""
    done = {(r["learner"], r["env"], r["seed"]) for r in read_log()}
    missing = [
        (learner, env_id, seed)
        for seed in range(seeds)
        for learner in learners
        for env_id in env_ids
        if (learner, env_id, seed) not in done
        and (learner != "zoo" or env_id in ZOO)
        and (learner != "sac" or seed == 0)
    ]

    def train(training: tuple[str, str, int]) -> None:
        words = [sys.executable, __file__, "one", *map(str, training)]
        subprocess.run(words, check=True)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(train, missing))


def table() -> None:
    """Markdown: mean return with its 95 % interval, and seconds of a training."""
    rows = defaultdict(list)
    for line in read_log():
        rows[line["env"], line["learner"]].append(line)
    print("| robot | learner | seeds | 100k | 300k | 1M | s of 1M | published PPO |")
    print("|---|---|---|---|---|---|---|---|")
    for env_id in ROBOTS:
        for learner in LEARNERS:
            lines = rows.get((env_id, learner))
            if not lines:
                continue
            cells = []
            for steps in map(str, JUDGED_AT):
                values = [line["returns"][steps] for line in lines]
                low, high = interval(values) or (np.nan, np.nan)
                cells.append(f"{np.mean(values):,.0f} ({low:,.0f} to {high:,.0f})")
            seconds = np.median([line["seconds"][str(JUDGED_AT[-1])] for line in lines])
            mean, spread = PUBLISHED.get(env_id, (None, None))
            published = f"{mean:,} +- {spread:,}" if mean else ""
            figures = " | ".join(cells)
            print(
                f"| {env_id} | {learner} | {len(lines)} | {figures} | {seconds:.0f} | "
                f"{published if learner == 'ours' else ''} |"
            )


def check() -> None:
    """The greatest difference between our reward and Gymnasium's in one episode."""
    for env_id in ROBOTS:
        with tempfile.TemporaryDirectory() as folder:
            task = load_task(str(task_folder(env_id, Path(folder) / "gymnasium")))
            hidden = load_hidden(task)
        ours, theirs = GymVectorEnv(task, 1), gymnasium.make(env_id)
        reward = open_baseline("human", hidden, ours.public_widths)
        ours.reset([5])
        theirs.reset(seed=5)
        rng, differences, over = np.random.default_rng(0), [], False
        while not over:
            action = rng.uniform(ours.low, ours.high).astype(np.float32)
            step = ours.step(action[None].astype(float))
            _, pay, ended, cut, _ = theirs.step(action)
            over = ended or cut
            width = ours.public_width
            terms = reward(step.s[:, :width], step.action, step.s_next[:, :width])
            differences.append(abs(float(terms.sum()) - float(pay)))
        print(f"{env_id}: {max(differences):.2g} over {len(differences)} steps")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["run", "table", "check", "one"])
    parser.add_argument("one", nargs="*", help="LEARNER ROBOT SEED")
    parser.add_argument("--learners", nargs="+", default=["ours", "sb3", "zoo", "sac"])
    parser.add_argument("--robots", nargs="+", default=list(ROBOTS))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--at-once", type=int, default=2)
    options = parser.parse_args()
    match options.what:
        case "one":
            learner, env_id, seed = options.one
            one(learner, env_id, int(seed))
        case "run":
            run(options.learners, options.robots, options.seeds, options.at_once)
        case "table":
            table()
        case _:
            check()


if __name__ == "__main__":
    main()
