"""Steps per second: ours, raw physics, and SB3's SubprocVecEnv of Gymnasium."""

import time
from dataclasses import replace
from functools import partial

import mujoco
import numpy as np
from mujoco.batch import Batch

from envs.batch_env import VectorEnv
from envs.make import load_task
from sandbox import RewardProcess

REWARD = """
def reward(s, a, s_next):
    return {
        "forward": s_next.x_velocity,
        "upright": np.exp(-4.0 * s_next.torso_angle**2),
        "height": -np.abs(s_next.torso_height),
        "effort": -1e-3 * (a**2).sum(axis=1),
        "smooth": -1e-3 * ((a - s.last_action) ** 2).sum(axis=1),
    }
"""


def ours_steps(name: str, seconds: float = 2.0) -> float:
    """Steps/s with fields, reward process (a call per 2,048 rows) and auto-reset."""
    env = VectorEnv(load_task(name), 64, threads=2)
    env.reset(range(64))
    rng = np.random.default_rng(0)
    actions = rng.uniform(env.low, env.high, (32, 64, env.action_dim))
    width, count = env.public_width, 0
    with RewardProcess(REWARD, env.public_widths, env.action_dim, rows=2048) as reward:
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            steps = [env.step(action) for action in actions]
            reward(
                np.concatenate([step.s for step in steps])[:, :width],
                np.concatenate([step.action for step in steps]),
                np.concatenate([step.s_next for step in steps])[:, :width],
            )
            count += 32 * 64
    return count / passed


def raw_steps(name: str, seconds: float = 2.0) -> float:
    """Control steps/s of mj_step in two C++ threads, from states of random play."""
    task = load_task(name)
    env = VectorEnv(task, 64, threads=2)
    env.reset(range(64))
    rng = np.random.default_rng(0)
    states = []
    for _ in range(10):
        for _ in range(5):
            env.step(rng.uniform(env.low, env.high, (64, env.action_dim)))
        states.append(env._physics._batch.state.copy())
    skip = round(env.dt / env.model.opt.timestep)
    batch = Batch(env.model, 640, nthread=2)
    start = np.concatenate(states)
    control = rng.uniform(env.low, env.high, (640, 4 * skip, env.action_dim))
    spec = mujoco.mjtState.mjSTATE_CTRL
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        batch.state[:] = start
        batch.rollout(4 * skip, control, control_spec=spec, record=("qpos",))
        count += 640 * 4
    return count / passed


def draw_ratio(rounds: int = 25) -> float:
    """Time of steps of the quadruped with its draws, against the same without them.

    The robot is held in its stance, so that both do the same physics.
    """
    task = load_task("quadruped-velocity")
    drawn = {draw.name for draw in task.draws}
    seen = task.observation
    assert seen is not None
    plain = replace(
        task,
        draws=(),
        fields=tuple(field for field in task.fields if field.name not in drawn),
        observation=replace(seen, fields=tuple(set(seen.fields) - drawn)),
    )
    times = []
    for _ in range(rounds):
        seconds = []
        for variant in (task, plain):
            env = VectorEnv(variant, 64, threads=1)
            env.reset(range(64))
            rest = np.tile(0.5 * (env.low + env.high), (64, 1))
            began = time.process_time()
            for _ in range(20):
                env.step(rest)
            seconds.append(time.process_time() - began)
        times.append(seconds[0] / seconds[1])
    return float(np.median(times))


def gym_steps(name: str, seconds: float = 2.0) -> float:
    """Steps/s of SB3's SubprocVecEnv with 8 of gymnasium.make."""
    from rivals import plain
    from stable_baselines3.common.vec_env import SubprocVecEnv

    env = SubprocVecEnv([partial(plain, load_task(name).env)] * 8)
    env.reset()
    rng = np.random.default_rng(0)
    low, high = env.action_space.low, env.action_space.high
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        env.step(rng.uniform(low, high, (8, len(low))))
        count += 8
    env.close()
    return count / passed
