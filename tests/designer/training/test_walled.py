"""The walls change nothing but what a reward can reach."""

import numpy as np
import pytest

from designer.training.learner import Setup
from designer.training.ppo import PPO
from envs.hidden import load_hidden
from envs.make import load_task
from sandbox import NO_WALLS, RewardProcess, available

SOURCE = (
    "def reward(s, a, s_next):\n"
    "    return {'v': s_next.x_velocity, 'up': np.exp(-s_next.torso_angle ** 2)}\n"
)


def arrays(walls) -> dict[str, np.ndarray]:
    """All that a training of two rollouts leaves."""
    task = load_task("hopper-run")

    def opener(env):
        return RewardProcess(
            SOURCE, env.public_widths, env.action_dim, 2048, walls=walls
        )

    learner = PPO(Setup(task, load_hidden(task), opener, seed=0, steps=4096))
    learner.advance(4096, lambda *_: None)
    return learner.arrays(0)


@pytest.mark.parametrize("walls", available(), ids=str)
def test_weights_are_the_same_to_the_bit_with_and_without_walls(walls):
    with_walls, without = arrays(walls), arrays(NO_WALLS)
    assert {"agent/net", "peak/w1", "log/sums"} <= without.keys()
    assert with_walls.keys() == without.keys()
    for name, array in without.items():
        assert with_walls[name].tobytes() == array.tobytes(), name
