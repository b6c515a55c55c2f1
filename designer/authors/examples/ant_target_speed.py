"""Walk forward (+x) at a steady speed of 0.8 m/s, neither slower nor faster.

fields of: ant-run
"""

import numpy as np

SPEED = 0.8  # m/s


def reward(s, a, s_next):
    """Pay speed up to the wanted one, take it back beyond: both slopes point home."""
    level = np.clip(s_next.torso_up, 0.0, 1.0)
    ahead, aside = s_next.torso_velocity[:, 0], s_next.torso_velocity[:, 1]
    return {
        "pace": 2.0 * level * np.clip(ahead / SPEED, -0.5, 1.0),
        # Steeper than the way up: a gait that swings about the speed stays below it.
        "hurry": -2.0 * level * np.clip((ahead - SPEED) / 0.5, 0.0, 1.0),
        "straight": level / (1.0 + aside**2),
        "effort": -0.1 * (a**2).sum(axis=1),
    }
