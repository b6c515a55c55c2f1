"""Rotations as unit quaternions (m, 4), w first, as MuJoCo has them."""

import numpy as np

from envs.bodies import Array


def rotations(unit: Array) -> Array:
    """Uniform rotations (m, 4) from (m, 3) uniform in [0, 1) (Shoemake 1992)."""
    inner, outer = np.sqrt(1.0 - unit[:, 0]), np.sqrt(unit[:, 0])
    first, second = 2 * np.pi * unit[:, 1], 2 * np.pi * unit[:, 2]
    columns = [
        outer * np.cos(second),
        inner * np.sin(first),
        inner * np.cos(first),
        outer * np.sin(second),
    ]
    return np.stack(columns, axis=1)


def turn(axis: str, angles: Array) -> Array:
    """Rotations (m, 4) by angles (m, 1), rad, about the axis x, y or z."""
    direction = np.eye(3)["xyz".index(axis)]
    return np.hstack([np.cos(angles / 2), np.sin(angles / 2) * direction])


def product(first: Array, second: Array) -> Array:
    """Products (m, 4) of first (m, 4) and second ((m,) 4): the second acts first."""
    a, b, c, d = first.T
    e, f, g, h = np.broadcast_to(second, first.shape).T
    columns = [
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    ]
    return np.stack(columns, axis=1)
