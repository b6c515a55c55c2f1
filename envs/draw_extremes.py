"""Refuses draws that could write what no robot can have, as a mass below 0."""

import numpy as np

from envs.bodies import Array
from envs.fields import SourceError, object_source

ABOVE_ZERO = ("mass", "inertia")
NOT_BELOW_ZERO = ("friction", "frictionloss", "damping", "armature", "size")
ROTATIONS = ("qpos", "quat", "mocap_quat")  # hold quaternions


def require_physical(
    source: str, how: str, low: Array, high: Array, base: Array | None
) -> None:
    """SourceError where what a draw writes, (k,), can't be the numbers of source.

    low, high: of the draw, (k,). base: what it adds to or scales, (k,), None for the
    present state. Not covered: what is added to the present state.
    """
    ends = np.array([low, high])
    if base is not None and how != "sets":
        ends = base + ends if how == "adds" else base * ends
    elif how == "adds":
        return
    least, greatest = ends.min(axis=0), ends.max(axis=0)
    attr = object_source(source)["attr"]
    lowest = f"'{source}' would be {least.min():g} at least, and must"
    if attr in ABOVE_ZERO and (least <= 0).any():
        raise SourceError(f"{lowest} be above 0")
    if attr in NOT_BELOW_ZERO and (least < 0).any():
        raise SourceError(f"{lowest} not be below 0")
    spans_zero = (least <= 0) & (greatest >= 0)
    if attr in ROTATIONS and len(spans_zero) in (4, 7) and spans_zero[-4:].all():
        raise SourceError(
            f"'{source}' has a quaternion, and 0 0 0 0 is none; draw a rotation with "
            "turn: any, or with turn: z and an angle"
        )
