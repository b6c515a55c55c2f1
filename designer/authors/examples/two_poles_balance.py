"""Balance two poles, one on the end of the other, upright on a moving cart.

fields of: inverted-double-pendulum-balance
stands for: inverted-double-pendulum-balance
"""

import numpy as np


def reward(s, a, s_next):
    """Each pole is judged by its lean against the vertical, not against the other."""
    first = s_next.pole_angles[:, 0]
    second = first + s_next.pole_angles[:, 1]
    upright = np.exp(-((first / 0.3) ** 2) - (second / 0.3) ** 2)
    speed = (s_next.pole_velocities**2).sum(axis=1)
    return {
        "upright": upright,
        "slow": 0.5 * upright / (1.0 + speed),
        "middle": 0.3 * upright * np.exp(-((s_next.cart_position / 0.5) ** 2)),
        "effort": -0.01 * (a**2).sum(axis=1),
    }
