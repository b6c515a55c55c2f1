"""Run or walk forward (+x) fast with the torso upright and without falling over.

fields of: walker-run
stands for: walker-run
"""

import numpy as np


def reward(s, a, s_next):
    """Speed is worth what the posture is worth: diving forward is no gait."""
    upright = np.exp(-((s_next.torso_angle / 0.5) ** 2))
    tall = np.clip((s_next.torso_height - 0.8) / 0.3, 0.0, 1.0)
    posture = upright * tall
    return {
        "forward": posture * np.clip(s_next.x_velocity, -1.0, 5.0),
        "posture": 0.5 * posture,
        "smooth": -0.005 * ((a - s.last_action) ** 2).sum(axis=1),
    }
