"""The walls change nothing but what a reward can reach."""

import numpy as np
import pytest

from designer.training.policy import Policy
from designer.training.ppo import train
from envs.make import load_task
from sandbox import NO_WALLS, RewardProcess, available

SOURCE = (
    "def reward(s, a, s_next):\n"
    "    return {'v': s_next.x_velocity, 'up': np.exp(-s_next.torso_angle ** 2)}\n"
)


def weights(walls) -> Policy:
    def opener(env):
        return RewardProcess(
            SOURCE, env.public_widths, env.action_dim, 2048, walls=walls
        )

    return train(load_task("hopper-run"), opener, 0, 4096)[1]


@pytest.mark.parametrize("walls", available(), ids=str)
def test_weights_are_the_same_to_the_bit_with_and_without_walls(walls):
    with_walls, without = weights(walls), weights(NO_WALLS)
    for name in ("w1", "b1", "w2", "b2", "w3", "b3", "mean", "scale"):
        assert np.array_equal(getattr(with_walls, name), getattr(without, name)), name
