"""Get up from lying on the ground and stay standing on both feet.

fields of: walker-run
"""

import numpy as np


def height(state):
    """0 when lying, 1 when standing straight."""
    return np.clip((state.torso_height - 0.2) / 1.0, 0.0, 1.0)


def reward(s, a, s_next):
    """Height pays when it is gained, as long as it is kept, and most at rest on top."""
    up = height(s_next)
    feet = np.maximum(s_next.right_foot_height, s_next.left_foot_height)
    on_feet = np.exp(-((np.maximum(feet - 0.1, 0.0) / 0.2) ** 2))
    speed = np.hypot(s_next.x_velocity, s_next.z_velocity)
    return {
        "rise": 20.0 * (up - height(s)),
        "height": up,
        "on_feet": 0.5 * up * on_feet,
        "rest": up**4 * on_feet * np.exp(-speed),  # up**4: not before it stands
        "effort": -0.003 * (a**2).sum(axis=1),
    }
