"""Run forward (+x) as far as possible on four legs, straight and level.

fields of: ant-run
stands for: ant-run
"""

import numpy as np


def reward(s, a, s_next):
    """Run level and straight; what tips over or drifts sideways earns less."""
    level = np.clip(s_next.torso_up, 0.0, 1.0)
    ahead, aside = s_next.torso_velocity[:, 0], s_next.torso_velocity[:, 1]
    return {
        "forward": 2.0 * level * np.clip(ahead, -1.0, 6.0),
        "level": level,
        "straight": -0.1 * np.minimum(np.abs(aside), 1.0),
        # Eight joints at full torque cost 0.8 a step, less than being level pays.
        "effort": -0.1 * (a**2).sum(axis=1),
    }
