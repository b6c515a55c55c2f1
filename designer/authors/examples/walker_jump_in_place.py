"""Jump up and down on the spot with both feet together, again and again.

fields of: walker-stand-on-one-leg
"""

import numpy as np


def reward(s, a, s_next):
    """The lower foot counts, so that pulling up one leg is no jump."""
    lower = np.minimum(s_next.right_foot_height, s_next.left_foot_height)
    here = np.exp(-((s_next.x_position / 0.4) ** 2))
    upright = np.exp(-((s_next.torso_angle / 0.4) ** 2))
    return {
        # 0.16 m: a foot of 0.2 m on its tip, which is not yet off the ground.
        "daylight": 4.0 * here * upright * np.clip((lower - 0.16) / 0.2, 0.0, 1.0),
        "push_off": 0.5 * here * upright * np.clip(s_next.z_velocity, 0.0, 2.0),
        "ready": 0.5 * here * upright,
        "effort": -0.003 * (a**2).sum(axis=1),
    }
