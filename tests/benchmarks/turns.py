"""What the reward's own process costs a training, told apart from a noisy machine.

Two trainings of one seed, the reward once in its own process and once inside, take
turns rollout by rollout: whatever slows the machine slows both, and they learn the
same to the last bit.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from stepping import REWARD

from designer.rewards.sources import FunctionReward, Reward
from designer.training.agent import Agent
from designer.training.curves import ROWS, CurveLog
from designer.training.ppo import Collector
from designer.training.settings import SETTINGS
from envs.env import Env
from envs.hidden import load_hidden
from envs.make import load_task, make_env
from sandbox import RewardProcess


def inside(env: Env) -> Reward:
    """The benchmark's reward in this process."""
    scope: dict[str, Any] = {"np": np}
    exec(REWARD, scope)
    return FunctionReward(scope["reward"], env.public_widths)


def outside(env: Env) -> Reward:
    """The benchmark's reward in its own process."""
    return RewardProcess(REWARD, env.public_widths, env.action_dim, rows=2048)


class Training:
    """One training that goes on a rollout at a time and knows what it took.

    steps: environment steps of all of it.
    """

    def __init__(self, name: str, steps: int, reward: Callable[[Env], Reward]) -> None:
        began = time.perf_counter()
        task = load_task(name)
        env = make_env(task, SETTINGS.envs)
        self.reward, self.log = reward(env), CurveLog(load_hidden(task), steps / ROWS)
        self.log.watch(env)
        self.agent = Agent(env.obs.shape[1], env.action_dim, SETTINGS, 0)
        self.collector = Collector(env, self.reward, self.log, self.agent, 0)
        self.rng = np.random.default_rng(0)
        self.seconds = time.perf_counter() - began

    def go_on(self) -> None:
        """Collect a rollout and learn from it."""
        began = time.perf_counter()
        self.agent.update(self.collector.collect(), self.rng)
        self.seconds += time.perf_counter() - began


def process_ratio(name: str, steps: int) -> float:
    """Time of a training of `steps` with the process, its start too, over without."""
    confined, plain = (Training(name, steps, reward) for reward in (outside, inside))
    order = [confined, plain]
    while plain.log.steps < steps:
        order.reverse()
        for training in order:
            training.go_on()
    confined.reward.close()
    if not np.array_equal(confined.agent.net.flat, plain.agent.net.flat):
        raise AssertionError("both trainings must learn the same")
    return confined.seconds / plain.seconds
