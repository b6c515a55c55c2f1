"""Climb a flight of stairs (towards +x), foot by foot, without falling.

fields of: humanoid-run
"""

import numpy as np


def reward(s, a, s_next):
    """A stair counts when the lower foot has left it behind; lifting one is nothing."""
    gained = s_next.foot_heights.min(axis=1) - s.foot_heights.min(axis=1)
    legs = s_next.torso_height - s_next.foot_heights.min(axis=1)
    tall = np.clip((legs - 0.8) / 0.3, 0.0, 1.0)  # above the stair, not above zero
    posture = tall * np.clip(s_next.torso_up, 0.0, 1.0)
    return {
        "climb": 50.0 * gained,
        "onward": posture * np.clip(s_next.torso_velocity[:, 0], -0.5, 1.0),
        "posture": posture,
        "effort": -0.02 * (a**2).sum(axis=1),
    }
