"""PPO on environments so small that the right values are known by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from designer.training.agent import MIN_STD, Agent
from designer.training.network import forward
from designer.training.ppo import Collector
from designer.training.settings import Settings
from envs.env import Step

SETTINGS = Settings(envs=8, rollout=64, minibatch=64, gamma=0.9, learning_rate=3e-3)


class Probe:
    """Episodes of `length` steps; one observation, -1 or 1 at random, or the step."""

    action_dim, public_width, public_widths = 1, 1, {"x": 0}
    low, high = np.array([-1.0]), np.array([1.0])

    def __init__(self, length: int, show_step: bool = False, cut: bool = False) -> None:
        self.n, self._length, self._show, self._cut = (
            SETTINGS.envs,
            length,
            show_step,
            cut,
        )
        self._rng = np.random.default_rng(0)
        self._k = np.zeros(self.n, dtype=int)
        self.obs = self._look()

    def _look(self) -> np.ndarray:
        coin = self._rng.choice([-1.0, 1.0], self.n)
        self.frame = (self._k if self._show else coin)[:, None].astype(float)
        return self.frame

    def reset(self, seeds: list[int]) -> np.ndarray:
        return self.obs

    def step(self, action: np.ndarray) -> Step:
        s = self.obs.copy()
        self._k += 1
        over = self._k >= self._length
        next_obs = self._look()
        self._k[over] = 0
        self.obs = self._look()
        no = np.zeros_like(over)
        ends = (no, over) if self._cut else (over, no)
        clipped = np.clip(action, self.low, self.high)
        return Step(s, clipped, next_obs, next_obs, *ends, {})


class Quiet:
    """A log that keeps nothing."""

    def add(self, step, terms, values) -> None:
        """Nothing."""


class Reward:
    terms = ("only",)

    def __init__(self, function: Callable) -> None:
        self._function = function

    def __call__(self, s, a, s_next) -> np.ndarray:
        return self._function(s, a).reshape(len(a), 1)


class Hiding(Probe):
    """A coin that the frame shows, and an observation that is always 0."""

    def _look(self) -> np.ndarray:
        self.frame = super()._look()
        return 0.0 * self.frame

    def step(self, action: np.ndarray) -> Step:
        s = self.frame.copy()
        return replace(super().step(action), s=s)


def learn(
    env: Probe, reward: Callable, updates: int = 40, critic_only: int = 0
) -> Agent:
    agent = Agent(1, 1, SETTINGS, 0, critic_only)
    collector = Collector(env, Reward(reward), Quiet(), agent, 0)
    rng = np.random.default_rng(0)
    for _ in range(updates):
        agent.update(collector.collect(), rng)
    return agent


def value(agent: Agent, *inputs: float) -> float:
    """Predicted return in the reward's own unit."""
    normalised = forward(agent.net, agent.normalised(np.array([inputs])))[1][0]
    return float(normalised / agent.returns.scale)


def test_a_constant_reward_is_worth_itself() -> None:
    agent = learn(Probe(1), lambda s, a: 1.0 + 0 * s)
    # The reward is divided by a spread near zero and clipped at 10: read it back there.
    assert value(agent, 1.0) * agent.returns.scale == pytest.approx(10, rel=0.02)


def test_a_reward_that_is_observed_is_predicted() -> None:
    agent = learn(Probe(1), lambda s, a: s)
    assert value(agent, 1.0) == pytest.approx(1.0, abs=0.05)
    assert value(agent, -1.0) == pytest.approx(-1.0, abs=0.05)


def test_a_critic_may_see_more_than_the_policy() -> None:
    """The coin pays what it shows; the policy's weights of it are 0."""
    agent = learn(Hiding(1), lambda s, a: s, critic_only=1)
    assert value(agent, 0.0, 1.0) == pytest.approx(1.0, abs=0.05)
    assert value(agent, 0.0, -1.0) == pytest.approx(-1.0, abs=0.05)
    assert not agent.net.w1[0, 1:].any()
    assert agent.net.w1[1, 1:].any()
    policy = agent.export(Hiding.low, Hiding.high)
    assert policy(np.zeros((3, 1))).shape == (3, 1)


def test_a_delayed_reward_is_discounted() -> None:
    agent = learn(Probe(2, show_step=True), lambda s, a: (s == 1.0) * 1.0)
    assert value(agent, 1.0) == pytest.approx(1.0, abs=0.05)
    assert value(agent, 0.0) == pytest.approx(0.9, abs=0.05)


def test_a_time_limit_is_not_the_end() -> None:
    """Reward 1 for ever after is worth 1 / (1 - 0.9) = 10, limit or not."""
    agent = learn(Probe(4, cut=True), lambda s, a: 1.0 + 0 * s, updates=150)
    assert value(agent, 1.0) == pytest.approx(10.0, rel=0.1)


def test_the_action_that_pays_is_learnt() -> None:
    env = Probe(1)
    agent = learn(env, lambda s, a: -((a - 0.5 * s) ** 2), updates=80)
    policy = agent.export(env.low, env.high)
    assert policy(np.array([[1.0]]))[0, 0] == pytest.approx(0.5, abs=0.05)
    assert policy(np.array([[-1.0]]))[0, 0] == pytest.approx(-0.5, abs=0.05)


def test_the_range_of_actions_makes_no_difference() -> None:
    """Between 1000 and 3000, 2500 is found as 0.5 is between -1 and 1."""
    env = Probe(1)
    env.low, env.high = np.array([1000.0]), np.array([3000.0])
    agent = learn(env, lambda s, a: -(((a - 2500.0) / 1000.0) ** 2))
    policy = agent.export(env.low, env.high)
    assert policy(np.array([[1.0]]))[0, 0] == pytest.approx(2500.0, abs=50.0)


def test_the_deviation_of_actions_never_vanishes() -> None:
    """Below about 0.006 an update overshoots so far that the policy is lost.

    Without a least value it is at 0.008 here and the policy gone 20 updates later.
    """
    agent = learn(Probe(1), lambda s, a: -((a - 0.5 * s) ** 2), updates=60)
    assert np.exp(agent.net.log_std[0]) == pytest.approx(MIN_STD, rel=0.01)
