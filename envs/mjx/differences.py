"""What is different for a task on MJX, in sentences; needs neither jax nor MJX.

For every task: numbers have single precision, so that motions part after some contacts;
episodes begin in one of 1,024 states that MuJoCo made, and what is drawn follows other
random numbers than in MuJoCo's environments.
"""

from collections.abc import Iterator
from typing import Any, Literal

import mujoco
import numpy as np

from envs.bodies import BODIES
from envs.draws import Draw
from envs.fields import object_source
from envs.physics import STATE, compile_model
from envs.task import Task

_INTEGRATOR, _GEOM = mujoco.mjtIntegrator, mujoco.mjtGeom
_OWN_CONTACTS = {
    int(_GEOM.mjGEOM_BOX): "boxes",
    int(_GEOM.mjGEOM_CYLINDER): "cylinders",
    int(_GEOM.mjGEOM_ELLIPSOID): "ellipsoids",
    int(_GEOM.mjGEOM_MESH): "meshes",
    int(_GEOM.mjGEOM_HFIELD): "height fields",
}


def mjx_differences(
    task: Task, engine: Literal["jax", "warp"] = "jax"
) -> tuple[str, ...]:
    """What is different for this task on MJX; TaskError where its model is faulty."""
    if task.env not in BODIES:
        return (f"{task.env} is no built-in body, so it can't run on MJX.",)
    model = compile_model(task.body)
    return (
        *_of_model(model, engine),
        *_of_draws(task, engine),
        *(_of_warp(model) if engine == "warp" else ()),
    )


def _of_model(model: Any, engine: str) -> Iterator[str]:
    option = model.opt
    is_elliptic = option.cone == mujoco.mjtCone.mjCONE_ELLIPTIC
    if option.integrator == _INTEGRATOR.mjINT_IMPLICIT:
        yield (
            "MJX has no integrator 'implicit', so this can't run on it; take "
            "implicitfast."
        )
    if option.solver == mujoco.mjtSolver.mjSOL_PGS:
        yield "Newton's method solves its contacts, for MJX has no PGS."
    if is_elliptic and engine == "jax":
        yield (
            "Its elliptic friction cones need MJX's own solver, cut off after few "
            "iterations and slow on a GPU."
        )
    if option.noslip_iterations:
        yield "MJX has no noslip solver, so contacts may slip where they hold here."
    touching = (model.geom_contype != 0) | (model.geom_conaffinity != 0)
    kinds = np.unique(model.geom_type[touching]).tolist()
    if names := [_OWN_CONTACTS[kind] for kind in kinds if kind in _OWN_CONTACTS]:
        yield f"MJX finds contacts of {' and '.join(names)} by routines of its own."


def _of_draws(task: Task, engine: str) -> Iterator[str]:
    constants = [draw for draw in task.draws if _is_constant(draw)]
    if not constants:
        return
    names = ", ".join(draw.name for draw in constants)
    if engine == "warp":
        yield f"Warp can't change constants of the model, so {names} can't be drawn."
    elif any(draw.again_s is not None or draw.widens for draw in constants):
        yield (
            f"MJX can't change constants of the model within an episode, so {names} "
            "can't be drawn again or widen there."
        )
    else:
        yield f"{names} have one of 1,024 values, drawn once for each start."


def _of_warp(model: Any) -> Iterator[str]:
    kinds = {*model.geom_type.tolist()}
    if {int(_GEOM.mjGEOM_PLANE), int(_GEOM.mjGEOM_CAPSULE)} <= kinds:
        yield "Warp turns the friction pyramid of capsules that stand on a plane."


def _is_constant(draw: Draw) -> bool:
    return bool(draw.target) and object_source(draw.target)["attr"] not in STATE
