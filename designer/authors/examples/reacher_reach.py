"""Reach a point with the tip of an arm and hold it still there.

fields of: reacher-reach
stands for: reacher-reach
"""

import numpy as np


def away(state):
    """Distance from the fingertip to the target, m."""
    return np.linalg.norm(state.fingertip_position - state.target_position, axis=1)


def reward(s, a, s_next):
    """A long slope leads there from anywhere, a short bell makes the last bit exact."""
    left = away(s_next)
    slow = 1.0 / (1.0 + (s_next.arm_velocities**2).sum(axis=1))
    return {
        "approach": 10.0 * (away(s) - left),  # adds up to the way covered, no more
        "near": 0.5 * (1.0 - left / 0.42),  # 0.42 m: the farthest it can be
        "exact": np.exp(-((left / 0.03) ** 2)),
        "hold": 0.5 * np.exp(-((left / 0.03) ** 2)) * slow,
        "effort": -0.02 * (a**2).sum(axis=1),
    }
