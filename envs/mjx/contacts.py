"""The frames of contacts, where MJX chooses other directions than MuJoCo.

The edges of a friction pyramid lie along the frame, so a turned frame is another
friction. MuJoCo aligns the frame of a capsule on a plane with the capsule; MJX does so
only for capsules that lie rather than stand.
"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import mujoco
import numpy as np

SMALLEST_PROJECTION = 1e-6
_FREE, _BALL, _HINGE = (
    int(getattr(mujoco.mjtJoint, f"mjJNT_{kind}")) for kind in ("FREE", "BALL", "HINGE")
)
_PLANE, _CAPSULE = int(mujoco.mjtGeom.mjGEOM_PLANE), int(mujoco.mjtGeom.mjGEOM_CAPSULE)


@dataclass(frozen=True)
class CapsuleFrames:
    """Aligns frames with capsules; kinds: (ngeom,), the type of each geom."""

    kinds: Any

    def write(self, data: Any) -> Any:
        """The mjx.Data with frames of planes and capsules as MuJoCo has them."""
        contact = data._impl.contact
        kinds = jnp.asarray(self.kinds)
        first, second = contact.geom[:, 0], contact.geom[:, 1]
        normal, axis = contact.frame[:, 0], data.geom_xmat[second][:, :, 2]
        along = axis - normal * (normal * axis).sum(axis=1, keepdims=True)
        length = jnp.sqrt((along * along).sum(axis=1, keepdims=True))
        along = along / jnp.maximum(length, SMALLEST_PROJECTION)
        frame = jnp.stack([normal, along, jnp.cross(normal, along)], axis=1)
        is_pair = (kinds[first] == _PLANE) & (kinds[second] == _CAPSULE)
        is_aligned = is_pair & (length[:, 0] > SMALLEST_PROJECTION)
        frame = jnp.where(is_aligned[:, None, None], frame, contact.frame)
        return data.tree_replace({"_impl.contact.frame": frame})


def capsule_frames(model: Any) -> CapsuleFrames | None:
    """What aligns the frames of a model; None where it would change no motion."""
    kinds = model.geom_type
    if (
        model.opt.cone != mujoco.mjtCone.mjCONE_PYRAMIDAL
        or not (kinds == _PLANE).any()
        or not (kinds == _CAPSULE).any()
        or _moves_in_a_plane(model)
    ):
        return None
    return CapsuleFrames(kinds.copy())


def _moves_in_a_plane(model: Any) -> bool:
    """Whether all turns are about one axis of the world.

    A pyramid looks the same after a quarter turn, so there both frames do.
    """
    kinds = model.jnt_type
    if np.isin(kinds, (_FREE, _BALL)).any():
        return False
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    axes = np.abs(data.xaxis[kinds == _HINGE])
    is_along = axes > 1 - 1e-6  # (hinges, 3): the axis of the world that it is about
    return bool(is_along.any(axis=1).all() and is_along.any(axis=0).sum() <= 1)
