"""Robot arms: Reacher and Pusher.

Both are equal to Gymnasium's bit for bit: state, observation and ending. Gymnasium
draws the goal and the cylinder by rejection; here the same distributions come from a
fixed number of random values, by polar coordinates and an inverse distribution
function.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.bodies.body import Array, Body, Kwargs, XArray

GOAL_RADIUS = 0.2  # Reacher's goal is uniform in this disc, m
CLEARANCE = 0.17  # Pusher's cylinder keeps this distance from its goal, m
REACH, HALF_WIDTH = 0.3, 0.2  # the cylinder is in [-REACH, 0] x [-HALF_WIDTH, +]


def _reacher_start(
    xp: Any, kw: Kwargs, home: Any, uniform: XArray, normal: XArray
) -> tuple[XArray, XArray]:
    nq = len(home.qpos)
    radius = GOAL_RADIUS * xp.sqrt((uniform[:, nq - 2] + 1) / 2)
    angle = xp.pi * uniform[:, nq - 1]
    goal = xp.stack([radius * xp.cos(angle), radius * xp.sin(angle)], axis=1)
    arm = home.qpos[:-2] + 0.1 * uniform[:, : nq - 2]
    qvel = home.qvel[:-2] + 0.005 * uniform[:, nq:-2]
    return (
        xp.concatenate([arm, goal], axis=1),
        xp.concatenate([qvel, xp.zeros_like(goal)], axis=1),
    )


def _reacher_reads(kw: Kwargs) -> dict[str, str]:
    return {"fingertip": "body.fingertip.xpos", "target": "body.target.xpos"}


def _reacher_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    angles = data.qpos[:, :2]
    entries = [
        xp.cos(angles),
        xp.sin(angles),
        data.qpos[:, 2:],
        data.qvel[:, :2],
        (data.fingertip - data.target)[:, :2],
    ]
    return xp.concatenate(entries, axis=1)


def _gap(x: Array, xp: Any = np) -> Any:
    """Half the width of the disc of CLEARANCE at a distance x from its centre."""
    return xp.sqrt(xp.clip(CLEARANCE**2 - x * x, 0.0, None))


def _distances() -> tuple[Array, Array]:
    """A table to invert the distribution function of the cylinder's -x.

    Gives (3001,) function values and (3001,) x.
    """
    x = np.linspace(0.0, REACH, 3001)
    inner = np.minimum(x, CLEARANCE)
    cut = (inner * _gap(inner) + CLEARANCE**2 * np.arcsin(inner / CLEARANCE)) / 2
    area = HALF_WIDTH * x - cut
    return area / area[-1], x


_SHARE, _X = _distances()


def _pusher_start(
    xp: Any, kw: Kwargs, home: Any, uniform: XArray, normal: XArray
) -> tuple[XArray, XArray]:
    nq = len(home.qpos)
    x = xp.interp((uniform[:, 0] + 1) / 2, xp.asarray(_SHARE), xp.asarray(_X))
    side, gap = uniform[:, 1], _gap(x, xp)
    y = xp.sign(side) * (gap + xp.abs(side) * (HALF_WIDTH - gap))
    goal = xp.zeros((len(uniform), 2))
    arm = home.qpos[:-4] + xp.zeros((len(uniform), 1))
    qvel = home.qvel[:-4] + 0.005 * uniform[:, nq:-4]
    return (
        xp.concatenate([arm, -x[:, None], y[:, None], goal], axis=1),
        xp.concatenate([qvel, goal, goal], axis=1),
    )


def _pusher_reads(kw: Kwargs) -> dict[str, str]:
    return {name: f"body.{name}.xpos" for name in ("tips_arm", "object", "goal")}


def _pusher_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    arm = [data.qpos[:, :7], data.qvel[:, :7]]
    return xp.concatenate([*arm, data.tips_arm, data.object, data.goal], axis=1)


ARMS: Mapping[str, Body] = {
    "Reacher-v5": Body(
        max_steps=50,
        kwargs={"xml_file": "reacher.xml", "frame_skip": 2},
        start=_reacher_start,
        observe=_reacher_observe,
        begins="the model's own position, with uniform noise of at most 0.1 rad and "
        "0.005 rad/s on the arm, and the target anywhere in a disc of radius 0.2 m "
        "around the base",
        reads=_reacher_reads,
    ),
    "Pusher-v5": Body(
        max_steps=100,
        kwargs={"xml_file": "pusher_v5.xml", "frame_skip": 5},
        start=_pusher_start,
        observe=_pusher_observe,
        begins="the model's own position, with uniform noise of at most 0.005 rad/s on "
        "the arm's velocities, and the cylinder at least 0.17 m from its goal, within "
        "0.2 m of it in x and up to 0.3 m on its -y side",
        reads=_pusher_reads,
    ),
}
