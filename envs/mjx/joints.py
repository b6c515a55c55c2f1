"""How positions follow from velocities, joint by joint."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import mujoco
import numpy as np

from envs.bodies import XArray

_FREE, _BALL = int(mujoco.mjtJoint.mjJNT_FREE), int(mujoco.mjtJoint.mjJNT_BALL)


@dataclass(frozen=True)
class JointColumns:
    """Columns of qpos and qvel.

    positions, velocities: (k,), those that add up. quaternions: (m, 4), and spins:
    (m, 3), those of turns in space.
    """

    positions: Any
    velocities: Any
    quaternions: Any
    spins: Any

    def moved(self, qpos: XArray, qvel: XArray, step: XArray) -> XArray:
        """The positions qpos (nq,) after moving with qvel (nv,) for step s."""
        qpos = qpos.at[self.positions].add(step * qvel[self.velocities])
        if not len(self.quaternions):
            return qpos
        turned = jax.vmap(_turned, (0, 0, None))(
            qpos[self.quaternions], qvel[self.spins], step
        )
        return qpos.at[self.quaternions].set(turned)


def _turned(quaternion: XArray, spin: XArray, step: XArray) -> XArray:
    """A quaternion (4,) after turning with spin (3,), rad/s, for step s."""
    square = (spin * spin).sum()
    is_still = square == 0
    speed = jnp.sqrt(jnp.where(is_still, 1.0, square))
    half = 0.5 * speed * step
    sine = jnp.where(is_still, 0.0, jnp.sin(half)) / speed
    w, (x, y, z) = jnp.cos(jnp.where(is_still, 0.0, half)), sine * spin
    a, b, c, d = quaternion
    turned = jnp.stack(
        [
            a * w - b * x - c * y - d * z,
            a * x + b * w + c * z - d * y,
            a * y - b * z + c * w + d * x,
            a * z + b * y - c * x + d * w,
        ]
    )
    return turned / jnp.sqrt((turned * turned).sum())


def joint_columns(model: Any) -> JointColumns:
    """The columns of the joints of an MjModel."""
    positions: list[int] = []
    velocities: list[int] = []
    quaternions, spins = [], []
    addresses = model.jnt_qposadr.tolist(), model.jnt_dofadr.tolist()
    for kind, q, v in zip(model.jnt_type.tolist(), *addresses, strict=True):
        count = 3 if kind == _FREE else 0 if kind == _BALL else 1
        positions += range(q, q + count)
        velocities += range(v, v + count)
        if kind in (_FREE, _BALL):
            quaternions.append(range(q + count, q + count + 4))
            spins.append(range(v + count, v + count + 3))
    return JointColumns(*map(np.array, (positions, velocities, quaternions, spins)))
