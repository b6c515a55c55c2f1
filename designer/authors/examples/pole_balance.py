"""Balance a pole on a cart: keep it upright and the cart near the middle of the rail.

fields of: inverted-pendulum-balance
stands for: inverted-pendulum-balance
"""

import numpy as np


def reward(s, a, s_next):
    """Upright is worth most where it can last: slow, and far from the rail's ends."""
    upright = np.exp(-((s_next.pole_angle / 0.1) ** 2))
    return {
        "upright": upright,
        "slow": 0.3 * upright * np.exp(-(s_next.pole_velocity**2)),
        "middle": 0.3 * upright * (1.0 - np.clip(s_next.cart_position**2, 0.0, 1.0)),
        "effort": -0.002 * (a**2).sum(axis=1),
    }
