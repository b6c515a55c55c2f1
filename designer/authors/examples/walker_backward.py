"""Run backward (towards -x) at a brisk pace with the torso upright.

fields of: walker-run
"""

import numpy as np


def reward(s, a, s_next):
    """A brisk walk backward is enough; beyond it only a steadier torso pays more."""
    upright = np.exp(-((s_next.torso_angle / 0.4) ** 2))
    tall = np.clip((s_next.torso_height - 0.8) / 0.3, 0.0, 1.0)
    steady = np.exp(-0.1 * s_next.torso_rotation**2)
    return {
        "backward": upright * tall * np.clip(-s_next.x_velocity, -1.0, 2.0),
        "steady": 0.5 * upright * tall * steady,
        "effort": -0.003 * (a**2).sum(axis=1),
    }
