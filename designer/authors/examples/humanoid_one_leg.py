"""Stand still on the left leg with the right foot lifted off the ground.

fields of: humanoid-run
"""

import numpy as np


def reward(s, a, s_next):
    """Standing comes first; lifting pays by the height, and only while it stands."""
    right, left = s_next.foot_heights[:, 0], s_next.foot_heights[:, 1]
    tall = np.clip((s_next.torso_height - 1.0) / 0.25, 0.0, 1.0)
    standing = tall * np.clip(s_next.torso_up, 0.0, 1.0)
    planted = np.exp(-((np.maximum(left - 0.08, 0.0) / 0.05) ** 2))  # no jumping
    speed = np.linalg.norm(s_next.torso_velocity, axis=1)
    return {
        "standing": standing,
        "lift": 1.5 * standing * planted * np.clip((right - 0.08) / 0.3, 0.0, 1.0),
        "still": 0.5 * standing * np.exp(-2.0 * speed),
        "effort": -0.02 * (a**2).sum(axis=1),
    }
