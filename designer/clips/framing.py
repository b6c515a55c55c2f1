"""Chooses the camera of a model.

It is chosen from the model and its starting pose alone, so all clips of a task have one
scale: a robot that moves in a plane is seen at right angles to it, any other one from
the side and a little above; a robot that can leave is followed, any other one moves
within a picture that stands still.
"""

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np

from designer.clips.camera import HEIGHT, RULER_ROW, WIDTH, Camera, View
from envs.bodies import Array

SIDE, ABOVE, OBLIQUE, TABLE = -7.0, -90.0, -18.0, -55.0  # degrees of elevation
PLANE = int(mujoco.mjtGeom.mjGEOM_PLANE)
FREE, BALL, SLIDE = (
    int(kind)
    for kind in (
        mujoco.mjtJoint.mjJNT_FREE,
        mujoco.mjtJoint.mjJNT_BALL,
        mujoco.mjtJoint.mjJNT_SLIDE,
    )
)


def camera_for(model: Any, start: Any) -> Camera:
    """The camera for a model; start: MjData in a starting pose, kinematics done."""
    robot, ground = _robot(model), _ground(model, start)
    normal, follows = _normal(model, start, robot), _can_leave(model, robot)
    azimuth, elevation = _direction(normal, follows)
    flat = normal is not None and elevation == SIDE
    if follows:
        home = np.array(start.subtree_com[robot])
        half = _half_of_stretched(model, start, robot, ground)
        return Camera(azimuth, elevation, half, home, robot, ground, flat)
    low, high = _extent(model, start, _geoms(model, None))
    if normal is not None:
        centre, reach = _reach(model, start, robot)
        aside = reach * (1 - np.abs(normal))
        low, high = np.minimum(low, centre - aside), np.maximum(high, centre + aside)
    home = (low + high) / 2
    unit = Camera(azimuth, elevation, 1.0, home, 0, ground, flat)
    return replace(unit, half=_half_of_box(unit, low, high))


def _half_of_stretched(
    model: Any, start: Any, robot: int, ground: float | None
) -> float:
    """The half height of a picture in which a robot can stand up, stretch and turn."""
    geoms, home = _geoms(model, robot), start.subtree_com[robot]
    if not len(geoms):
        return 1.0
    away = np.linalg.norm(start.geom_xpos[geoms] - home, axis=1)
    half = 1.3 * float((away + model.geom_rbound[geoms]).max())
    height = float(_extent(model, start, geoms)[1][2]) - (ground or 0.0)
    return (
        max(half, 0.82 * height) if ground is not None and height < 2 * half else half
    )


def _robot(model: Any) -> int:
    """The root of the tree of bodies that most actuators drive."""
    joints = np.isin(model.actuator_trntype, [0, 1])  # mjTRN_JOINT, JOINTINPARENT
    bodies = model.jnt_bodyid[model.actuator_trnid[joints, 0]]
    if not len(bodies):
        bodies = model.jnt_bodyid if model.njnt else np.array([model.nbody - 1])
    return int(np.bincount(model.body_rootid[bodies]).argmax())


def _joints(model: Any, robot: int) -> Array:
    return np.flatnonzero(model.body_rootid[model.jnt_bodyid] == robot)


def _normal(model: Any, start: Any, robot: int) -> Array | None:
    """Unit normal (3,) of the plane that the robot moves in; None if it leaves any."""
    joints = _joints(model, robot)
    kinds, axes = model.jnt_type[joints], start.xaxis[joints]
    if not len(joints) or np.isin(kinds, [FREE, BALL]).any():
        return None
    slides, hinges = axes[kinds == SLIDE], axes[kinds != SLIDE]
    for normal in np.eye(3)[[1, 2, 0]]:
        turns = np.abs(hinges @ normal)
        if (turns > 0.999).all() and (np.abs(slides @ normal) < 0.001).all():
            return np.asarray(normal)
    return None


def _direction(normal: Array | None, follows: bool) -> tuple[float, float]:
    """Azimuth and elevation in degrees; forward, by convention x, is to the right."""
    if normal is None:  # a robot that stands fixed is mostly an arm at a table
        return 90.0, OBLIQUE if follows else TABLE
    if normal[2]:
        return 90.0, ABOVE
    return (90.0 if normal[1] else 180.0), SIDE


def _can_leave(model: Any, robot: int) -> bool:
    """Whether the robot's root moves freely, or slides without a limit."""
    free = model.jnt_type == FREE
    unbounded = (model.jnt_type == SLIDE) & (model.jnt_limited == 0)
    return bool(((free | unbounded) & (model.jnt_bodyid == robot)).any())


def _geoms(model: Any, robot: int | None) -> Array:
    """Geoms that have an extent: of the robot, or of everything."""
    bounded = model.geom_rbound > 0
    if robot is not None:
        bounded &= model.body_rootid[model.geom_bodyid] == robot
    return np.flatnonzero(bounded)


def _extent(model: Any, data: Any, geoms: Array) -> tuple[Array, Array]:
    """Lowest and highest corner (3,) of the box along the axes round the geoms."""
    if not len(geoms):
        return -np.ones(3), np.ones(3)
    boxes = model.geom_aabb[geoms]  # centre and half sizes in the geom's own axes
    turns = data.geom_xmat[geoms].reshape(-1, 3, 3)
    centres = data.geom_xpos[geoms] + np.einsum("kij,kj->ki", turns, boxes[:, :3])
    halves = np.einsum("kij,kj->ki", np.abs(turns), boxes[:, 3:])
    return (centres - halves).min(axis=0), (centres + halves).max(axis=0)


def _reach(model: Any, start: Any, robot: int) -> tuple[Array, float]:
    """Place (3,) of the first hinge, and how far from it the robot can reach, m."""
    hinges = [j for j in _joints(model, robot) if model.jnt_type[j] != SLIDE]
    if not hinges:
        return start.xpos[robot], 0.0
    first = model.jnt_bodyid[hinges[0]]
    lengths = {int(first): 0.0}
    for body in range(first + 1, model.nbody):
        parent = int(model.body_parentid[body])
        if parent in lengths:
            step = np.linalg.norm(start.xpos[body] - start.xpos[parent])
            lengths[body] = lengths[parent] + float(step)
    reach = 0.0
    for geom in _geoms(model, robot):
        body = int(model.geom_bodyid[geom])
        if body in lengths:
            away = np.linalg.norm(start.geom_xpos[geom] - start.xpos[body])
            reach = max(reach, lengths[body] + away + model.geom_rbound[geom])
    return start.xanchor[hinges[0]], reach


def _ground(model: Any, start: Any) -> float | None:
    """Height of the floor, None where there is none."""
    level = start.geom_xmat[:, 8] > 0.999
    floors = (model.geom_type == PLANE) & (model.geom_bodyid == 0) & level
    return float(start.geom_xpos[floors, 2].max()) if floors.any() else None


def _half_of_box(unit: Camera, low: Array, high: Array) -> float:
    """The half height of a picture that holds a box, above the ruler and its labels."""
    view = View(unit, unit.home)
    corners = np.array([np.where(c, high, low) for c in np.ndindex(2, 2, 2)])
    right, up, _ = np.abs(view.axes @ (corners - unit.home).T).max(axis=1)
    room = (RULER_ROW - HEIGHT / 2) / (HEIGHT / 2)
    return float(1.12 * max(up / room, right * HEIGHT / WIDTH))
