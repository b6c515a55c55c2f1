"""Lie down gently, face up, and rest on the ground without moving.

fields of: humanoid-stand-up
"""

import numpy as np


def low(state):
    """0 when standing, 1 when torso and head are both down."""
    highest = np.maximum(state.torso_height, state.head_height)
    return np.clip(1.0 - (highest - 0.1) / 1.2, 0.0, 1.0)


def reward(s, a, s_next):
    """Going down pays once, lying face up pays on, most when nothing moves."""
    lying = low(s_next) * (0.5 + 0.5 * s_next.chest_up)
    motion = (s_next.joint_velocities**2).mean(axis=1)
    motion = motion + (s_next.torso_velocity**2).sum(axis=1)
    return {
        "descent": 10.0 * (low(s_next) - low(s)),
        "lying": lying,
        "rest": lying**2 / (1.0 + motion),
        "gentle": -0.2 * np.clip(-s_next.torso_velocity[:, 2] - 1.0, 0.0, 2.0),
    }
