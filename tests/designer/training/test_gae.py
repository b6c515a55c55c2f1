"""Advantages of three steps against numbers worked out by hand."""

import numpy as np
import pytest

from designer.training.agent import Agent
from designer.training.network import forward
from designer.training.ppo import Collector, generalised_advantages
from designer.training.settings import Settings
from tests.designer.training.test_ppo import Probe, Quiet, Reward

REWARDS = np.array([[1.0], [2.0], [4.0]])
VALUES = np.array([[1.0], [2.0], [3.0], [8.0]])  # the last one: after the last step


def advantages(weight: float, *ends: int) -> list[float]:
    """Of one environment, gamma 0.5; ends: the steps with which an episode ended."""
    settings = Settings(gamma=0.5, gae_lambda=weight)
    dones = np.isin(np.arange(3), ends)[:, None]
    return generalised_advantages(REWARDS, VALUES, dones, settings)[:, 0].tolist()


def test_each_step_is_compared_with_what_was_expected_of_it() -> None:
    """Lambda 0: 1 + 0.5 x 2 - 1, then 2 + 0.5 x 3 - 2, then 4 + 0.5 x 8 - 3."""
    assert advantages(0.0) == [1.0, 1.5, 5.0]


def test_lambda_lets_later_surprises_count() -> None:
    """Lambda 0.4, so each later surprise counts 0.5 x 0.4 = 0.2 of the one before."""
    assert advantages(0.4) == pytest.approx([1.0 + 0.2 * 2.5, 1.5 + 0.2 * 5.0, 5.0])


def test_with_lambda_one_it_is_the_discounted_return_less_the_value() -> None:
    """1 + 0.5 x 2 + 0.25 x 4 + 0.125 x 8 - 1 = 3, and so on."""
    assert advantages(1.0) == pytest.approx([3.0, 4.0, 5.0])


def test_nothing_flows_back_over_the_end_of_an_episode() -> None:
    """The second step ends one: it is worth its reward alone, 2 - 2 = 0."""
    assert advantages(0.4, 1) == pytest.approx([1.0, 0.0, 5.0])


def test_the_value_target_is_the_advantage_and_what_was_expected() -> None:
    """Of one rollout; advantages are normalised later, so they are still in it."""
    settings = Settings(envs=8, rollout=4, gamma=0.5, gae_lambda=0.4)
    agent = Agent(1, 1, settings, 0)
    collector = Collector(Probe(1), Reward(lambda s, a: s), Quiet(), agent, 0)
    batch = collector.collect()
    # Every episode is one step long, so the target is its (normalised) reward alone.
    reward = batch.target
    assert np.unique(np.sign(reward)).tolist() == [-1.0, 1.0]
    values = forward(agent.net, batch.obs)[1]
    assert batch.advantage == pytest.approx(reward - values, abs=1e-5)
