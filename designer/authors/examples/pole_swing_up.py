"""Swing a hanging pole up by moving the cart, and hold it upright on top.

fields of: inverted-pendulum-balance
"""

import numpy as np

LENGTH, GRAVITY = 0.6, 9.81  # m, m/s^2


def reward(s, a, s_next):
    """Pump in the energy of an upright pole; with just that much it arrives slowly."""
    up = 0.5 * (1.0 + np.cos(s_next.pole_angle))
    # A rod's energy over half its weight times length: -1 hanging, 1 upright at rest.
    swing = LENGTH / (3 * GRAVITY) * s_next.pole_velocity**2
    energy = swing + np.cos(s_next.pole_angle)
    return {
        "energy": 0.5 * np.exp(-((energy - 1.0) ** 2)),
        "up": up,
        "caught": 2.0 * up**8 * np.exp(-(s_next.pole_velocity**2)),
        "middle": 0.3 * (1.0 - np.clip(s_next.cart_position**2, 0.0, 1.0)),
    }
