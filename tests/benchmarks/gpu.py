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
from populations import (
    curve,
    generation,
    parity,
    physics,
    population,
    rate,
    rewards_of,
)

from designer.rewards.sources import RewardSource
from designer.training.learner import Trainer
from designer.training.mjx.hardware import prepare_jax
from envs.make import load_task

BEGAN = time.monotonic()
TASKS = ("hopper-run", "ant-run", "humanoid-run")
GOALS = {"Hopper-v5": 3000.0, "HalfCheetah-v5": 5000.0}
SEEDS, MEMBERS = 2, 16  # of each candidate; of a curve


def say(stage: str, **facts: Any) -> None:
    """One line."""
    seconds = round(time.monotonic() - BEGAN, 1)
    text = json.dumps({"stage": stage, "at_s": seconds, **facts})
    print(text.replace("NaN", "null"), flush=True)


@contextmanager
def attempt(stage: str, options: argparse.Namespace, needs_s: float) -> Iterator[bool]:
    """Gives whether to do a stage; an error ends the stage and not the script."""
    if options.only and not any(word in stage for word in options.only):
        yield False
        return
    if time.monotonic() - BEGAN + needs_s > options.budget:
        say("skipped", of=stage)
        yield False
        return
    try:
        yield True
    except Exception as error:  # the stages after it may work
        say("error", of=stage, error=f"{type(error).__name__}: {error}"[:400])


def measure_task(name: str, options: argparse.Namespace, folder: Path) -> None:
    """All rates of one task."""
    task = load_task(name)
    rewards = rewards_of(task, folder, options.candidates)
    engine, rates = options.engine, dict[str, int]()

    def train(label: str, rewards: list[RewardSource], envs: int) -> None:
        with attempt(f"{name} {label}", options, options.needs_s) as is_due:
            if is_due:
                members = len(rewards) * SEEDS
                trainer = Trainer("mjx", "ppo", engine, envs)
                pop = population(task, rewards, SEEDS, 10**9, trainer)
                sizes = {"members": members, "envs": envs, "worlds": members * envs}
                facts = rate(pop, members, options.rollouts)
                rates[label] = facts["steps_per_s"]
                say("train", task=name, label=label, **sizes, **facts)

    each = max(16, options.worlds // (SEEDS * len(rewards)))
    worlds = SEEDS * len(rewards) * each
    train("at once", rewards, each)
    with attempt(f"{name} physics", options, options.needs_s) as is_due:
        if is_due and engine != "c":
            figure = physics(task, worlds, engine)
            facts = {"worlds": worlds, "steps_per_s": figure}
            if "at once" in rates:
                facts["with_learning"] = round(rates["at once"] / figure, 3)
            say("physics", task=name, **facts)
    train("one candidate", rewards[:1], each)
    with attempt(f"{name} generation", options, options.needs_s + 60) as is_due:
        if is_due:
            trainer = Trainer("mjx", "ppo", engine)
            say("generation", task=name, **generation(task, rewards, SEEDS, trainer))
    if options.narrow:
        train("narrow", rewards, options.narrow)
        train("one narrow candidate", rewards[:1], options.narrow)
    if options.wide:
        train("wide", rewards, options.wide)
    for many, one in (("at once", "one candidate"), ("narrow", "one narrow candidate")):
        if rates.keys() >= {many, one}:
            ratio = round(rates[many] / rates[one], 2)
            say("ratio", task=name, label=many, at_once_over_one_after_another=ratio)
    with attempt(f"{name} parity", options, options.needs_s) as is_due:
        if is_due and engine != "c":
            say("parity", task=name, largest=parity(task, engine))


def main() -> None:
    """All stages, until the budget is spent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=330.0, help="seconds")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", nargs="*", help="stages with such a name")
    parser.add_argument("--engine", default="jax")
    parser.add_argument("--tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--worlds", type=int, default=8192)
    parser.add_argument("--narrow", type=int, default=64, help="environments a member")
    parser.add_argument("--wide", type=int, default=2048)
    parser.add_argument("--rollouts", type=int, default=6, help="timed of each rate")
    parser.add_argument("--curves", nargs="*", default=list(GOALS))
    parser.add_argument("--curve-envs", type=int, default=256)
    parser.add_argument("--curve-s", type=float, default=75.0)
    parser.add_argument("--needs-s", type=float, default=50.0, help="to compile")
    options = parser.parse_args()
    if options.small:
        options.candidates, options.worlds = 2, 64
        options.narrow = options.wide = 0
    prepare_jax()
    say(
        "device",
        device=jax.devices()[0].device_kind,
        jax=jax.__version__,
        mujoco=mujoco.__version__,
        numpy=np.__version__,
        precision=str(jax.config.jax_default_matmul_precision),
    )
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(options.tasks):
            measure_task(name, options, Path(folder))
            for env_id in options.curves if number == 0 else ():
                needs_s = options.needs_s + options.curve_s
                with attempt(f"curve {env_id}", options, needs_s) as is_due:
                    if is_due:
                        trainer = Trainer(
                            "mjx", "ppo", options.engine, options.curve_envs
                        )
                        goal = GOALS[env_id]
                        say(
                            "curve",
                            **curve(env_id, MEMBERS, goal, trainer, options.curve_s),
                        )
    say("done")


if __name__ == "__main__":
    main()
