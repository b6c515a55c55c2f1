"""Turn round on the spot, counter-clockwise, as fast as possible, without leaving it.

fields of: ant-run
"""

import numpy as np


def reward(s, a, s_next):
    """Turning pays by its rate, so that even a little is felt; place comes second."""
    level = np.clip(s_next.torso_up, 0.0, 1.0)
    drift = np.linalg.norm(s_next.torso_velocity[:, :2], axis=1)
    return {
        "turn": level * np.clip(s_next.torso_rotation[:, 2], -4.0, 4.0),
        "place": 0.5 * level / (1.0 + drift**2),
        "level": 0.5 * level,
        "effort": -0.05 * (a**2).sum(axis=1),
    }
