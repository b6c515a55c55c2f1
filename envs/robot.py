"""What a robot is made of: sizes and masses that no field tells."""

from collections.abc import Iterator
from typing import Any

import mujoco

MOST = 24  # parts; a reader loses the thread in more
GEOMS = 2  # of a part
_T = mujoco.mjtGeom
_SHAPES = {
    int(_T.mjGEOM_SPHERE): "sphere of radius {0:.3g} m",
    int(_T.mjGEOM_CAPSULE): "capsule {2:.3g} m long, radius {0:.3g} m",
    int(_T.mjGEOM_CYLINDER): "cylinder {2:.3g} m long, radius {0:.3g} m",
    int(_T.mjGEOM_BOX): "box {3:.3g} x {2:.3g} x {4:.3g} m",
    int(_T.mjGEOM_ELLIPSOID): "ellipsoid {3:.3g} x {2:.3g} x {4:.3g} m",
}


def parts(model: Any) -> tuple[str, ...]:
    """One line for every body with mass, from the root on; the whole mass first.

    model: MjModel, or None for an environment without: then ().
    """
    if model is None:
        return ()
    lines = list(_lines(model))
    more = [f"and {len(lines) - MOST} more parts"] if len(lines) > MOST else []
    return (f"mass of all: {model.body_mass.sum():.3g} kg", *lines[:MOST], *more)


def _lines(model: Any) -> Iterator[str]:
    for k in range(1, model.nbody):
        if model.body_mass[k] <= 0:
            continue
        parent = model.body(int(model.body_parentid[k]))
        joined = f" (joined to {parent.name})" if parent.id and parent.name else ""
        name = model.body(k).name or f"body {k}"
        facts = [f"{model.body_mass[k]:.3g} kg", *_shapes(model, k)]
        yield f"{name}{joined}: {', '.join(facts)}"


def _shapes(model: Any, body: int) -> Iterator[str]:
    first = int(model.body_geomadr[body])
    for geom in range(first, first + min(GEOMS, int(model.body_geomnum[body]))):
        shape = _SHAPES.get(int(model.geom_type[geom]))
        if shape:
            size = model.geom_size[geom]
            # Capsules and cylinders are given by radius and half their length.
            yield shape.format(size[0], size[1], 2 * size[1], 2 * size[0], 2 * size[2])
