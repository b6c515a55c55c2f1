"""Clear a height: jump as high off the ground as possible and land upright on the foot.

fields of: hopper-hop-in-place
"""

import numpy as np

STANDING, GRAVITY = 1.21, 9.81  # m, m/s^2


def reward(s, a, s_next):
    """Pay the height that its speed will carry it to, which is felt before take-off."""
    climb = np.maximum(s_next.z_velocity, 0.0) ** 2 / (2 * GRAVITY)
    apex = s_next.torso_height + climb - STANDING
    upright = np.exp(-((s_next.torso_angle / 0.3) ** 2))
    return {
        "apex": 4.0 * upright * np.clip(apex, 0.0, 0.6),
        "tucked": 2.0 * upright * np.clip(s_next.foot_height - 0.25, 0.0, 0.6),
        "upright": 0.3 * upright,
        "smooth": -0.005 * ((a - s.last_action) ** 2).sum(axis=1),
    }
