"""What a user would otherwise run: SB3's PPO on Gymnasium's own environments.

Run as a process of its own, `python rivals.py KIND TASK SECONDS TARGET SEED`, so that
its threads and environment variables are its own; prints one JSON line.
"""

import json
import sys
import time
from collections import deque

import gymnasium
import mujoco
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecEnv,
    VecNormalize,
)

WINDOW = 32  # finished episodes that a return is averaged over, as in our own log


def plain(env_id: str) -> gymnasium.Env:
    """One environment; old attributes in Gymnasium's models are no news here."""
    mujoco.set_mju_user_warning(lambda message: None)
    return gymnasium.make(env_id)


def make(env_id: str) -> Monitor:
    return Monitor(plain(env_id))


def rival_env(kind: str, env_id: str) -> VecEnv:
    """default: what a user picks first. careful: what a careful one picks."""
    if kind == "default":
        return SubprocVecEnv([lambda: make(env_id)] * 4)
    torch.set_num_threads(1)
    return DummyVecEnv([lambda: make(env_id)] * 8)


class Clock(BaseCallback):
    """Stops after some seconds or at a mean return over WINDOW episodes."""

    def __init__(self, seconds: float, target: float) -> None:
        super().__init__()
        self.began, self.seconds, self.target = 0.0, seconds, target
        self.recent: deque[float] = deque(maxlen=WINDOW)
        self.reached: float | None = None

    def _on_training_start(self) -> None:
        self.began = time.perf_counter()

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:
                self.recent.append(info["episode"]["r"])
        passed = time.perf_counter() - self.began
        if len(self.recent) == WINDOW and np.mean(self.recent) >= self.target:
            self.reached = passed
            return False
        return passed < self.seconds


def main() -> None:
    kind, env_id, seconds, target, seed = sys.argv[1:6]
    env = VecNormalize(rival_env(kind, env_id), gamma=0.99)
    n_steps = 2048 // env.num_envs if kind == "careful" else 2048
    model = PPO("MlpPolicy", env, n_steps=n_steps, seed=int(seed), device="cpu")
    clock = Clock(float(seconds), float(target))
    model.learn(10**9, callback=clock)
    passed = time.perf_counter() - clock.began
    env.close()
    result = {
        "frames_per_s": model.num_timesteps / passed,
        "reached_s": clock.reached,
        "return": float(np.mean(clock.recent)) if clock.recent else None,
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
