"""Rotations as unit quaternions (m, 4), w first, as MuJoCo has them.

xp: numpy or jax.numpy.
"""

from typing import Any

import numpy as np

from envs.bodies import XArray


def rotations(unit: XArray, xp: Any = np) -> XArray:
    """Uniform rotations (m, 4) from (m, 3) uniform in [0, 1) (Shoemake 1992)."""
    inner, outer = xp.sqrt(1.0 - unit[:, 0]), xp.sqrt(unit[:, 0])
    first, second = 2 * xp.pi * unit[:, 1], 2 * xp.pi * unit[:, 2]
    columns = [
        outer * xp.cos(second),
        inner * xp.sin(first),
        inner * xp.cos(first),
        outer * xp.sin(second),
    ]
    return xp.stack(columns, axis=1)


def turn(axis: str, angles: XArray, xp: Any = np) -> XArray:
    """Rotations (m, 4) by angles (m, 1), rad, about the axis x, y or z."""
    direction = np.eye(3)["xyz".index(axis)]
    return xp.hstack([xp.cos(angles / 2), xp.sin(angles / 2) * direction])


def product(first: XArray, second: XArray, xp: Any = np) -> XArray:
    """Products (m, 4) of first (m, 4) and second ((m,) 4): the second acts first."""
    a, b, c, d = first.T
    e, f, g, h = xp.broadcast_to(second, first.shape).T
    columns = [
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    ]
    return xp.stack(columns, axis=1)
