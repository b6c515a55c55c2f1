"""Turn over when upside down and stand up on the legs, belly off the ground.

fields of: ant-lie-down
"""

import numpy as np


def reward(s, a, s_next):
    """Rolling over pays as it is done; height pays only the right way up."""
    right_way = np.clip(s_next.torso_up, 0.0, 1.0)
    tall = np.clip((s_next.torso_height - 0.28) / 0.15, 0.0, 1.0)
    motion = (s_next.joint_velocities**2).mean(axis=1)
    return {
        "roll": 10.0 * (s_next.torso_up - s.torso_up),
        "right_way": 0.5 + 0.5 * s_next.torso_up,
        "stand": right_way * tall,
        "still": 0.5 * right_way * tall / (1.0 + motion),
        "effort": -0.01 * (a**2).sum(axis=1),
    }
