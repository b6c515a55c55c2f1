"""Populations on a GPU: one JSON line a stage, what decides most first.

    PYTHONPATH=. python tests/benchmarks/gpu.py --budget 330 > docs/gpu/NAME.jsonl
    PYTHONPATH=. python tests/benchmarks/gpu.py --small      (on a CPU: that it runs)

A stage that no time is left for is skipped and says so. A step is one control step of
one environment. `steps_per_s` is with learning, rewards and records; of `physics`, of
the robot alone. Compiling is never in a rate. Rewards are Gymnasium's own in `curve`,
and variations of a simple one elsewhere; they are traced without walls, as no model
wrote them.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = "0.9"

import jax
import mujoco
import numpy as np
from populations import curve, parity, physics, population, rate, rewards_of

from designer.rewards.sources import RewardSource
from designer.training.learner import Trainer
from designer.training.mjx.hardware import prepare_jax
from envs.make import load_task

BEGAN = time.monotonic()


def say(stage: str, **facts: Any) -> None:
    """One line."""
    seconds = round(time.monotonic() - BEGAN, 1)
    print(json.dumps({"stage": stage, "at_s": seconds, **facts}), flush=True)


@contextmanager
def attempt(stage: str, deadline: float, needs_s: float) -> Iterator[bool]:
    """Gives whether there is time; an error ends the stage and not the script."""
    if time.monotonic() + needs_s > deadline:
        say("skipped", of=stage)
        yield False
        return
    try:
        yield True
    except Exception as error:  # the stages after it may work
        say("error", of=stage, error=f"{type(error).__name__}: {error}"[:400])


def measure_task(
    name: str, options: argparse.Namespace, deadline: float, folder: Path
) -> None:
    """All rates of one task."""
    task = load_task(name)
    rewards = rewards_of(task, folder, options.candidates)
    engine, worlds = options.engine, options.worlds
    rates: dict[str, int] = {}

    def trained(label: str, rewards: list[RewardSource], seeds: int, envs: int) -> None:
        with attempt(f"{name} {label}", deadline, 50) as is_time:
            if is_time:
                members = len(rewards) * seeds
                trainer = Trainer("mjx", "ppo", engine, envs)
                pop = population(task, rewards, seeds, 10**9, trainer)
                facts = rate(pop, members, envs * pop.settings.rollout)
                rates[label] = facts["steps_per_s"]
                say(
                    "train", task=name, label=label, members=members, envs=envs, **facts
                )

    each = max(16, worlds // (2 * len(rewards)))
    trained("all at once", rewards, 2, each)
    if engine != "c":
        with attempt(f"{name} physics", deadline, 40) as is_time:
            if is_time:
                figure = physics(task, 2 * len(rewards) * each, engine)
                share = rates.get("all at once", 0) / figure
                facts = {"envs": 2 * len(rewards) * each, "steps_per_s": figure}
                say("physics", task=name, **facts, learning_share=round(share, 3))
    trained("one candidate", rewards[:1], 2, each)
    if rates.keys() >= {"all at once", "one candidate"}:
        ratio = rates["all at once"] / rates["one candidate"]
        say("ratio", task=name, at_once_over_one_after_another=round(ratio, 2))
    if options.wide:
        trained("wide", rewards, 2, options.wide)
    if engine != "c":
        with attempt(f"{name} parity", deadline, 40) as is_time:
            if is_time:
                say("parity", task=name, largest=parity(task, engine))


def main() -> None:
    """All stages, until the budget is spent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=330.0)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--engine", default="jax")
    parser.add_argument("--tasks", nargs="*", default=["hopper-run", "ant-run"])
    parser.add_argument("--late", nargs="*", default=["humanoid-run"])
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--worlds", type=int, default=8192)
    parser.add_argument("--wide", type=int, default=2048)
    parser.add_argument("--curve-envs", type=int, default=256)
    parser.add_argument("--curve-s", type=float, default=75.0)
    parser.add_argument("--curves", nargs="*", default=["Hopper-v5", "HalfCheetah-v5"])
    options = parser.parse_args()
    if options.small:
        options.candidates, options.worlds, options.wide = 2, 64, 0
    deadline = BEGAN + options.budget
    prepare_jax()
    say(
        "device",
        device=jax.devices()[0].device_kind,
        jax=jax.__version__,
        mujoco=mujoco.__version__,
        numpy=np.__version__,
        precision=str(jax.config.jax_default_matmul_precision),
    )
    goals = {"Hopper-v5": 3000.0, "HalfCheetah-v5": 5000.0}
    with tempfile.TemporaryDirectory() as folder:
        first, *others = options.tasks
        measure_task(first, options, deadline, Path(folder))
        for env_id in options.curves:
            with attempt(f"curve {env_id}", deadline, options.curve_s + 45) as is_time:
                if is_time:
                    trainer = Trainer("mjx", "ppo", options.engine, options.curve_envs)
                    facts = curve(env_id, 16, goals[env_id], trainer, options.curve_s)
                    say("curve", **facts)
        for name in (*others, *options.late):
            measure_task(name, options, deadline, Path(folder))
    say("done")


if __name__ == "__main__":
    main()
