"""Masses and sizes of a robot's bodies, as lines for a prompt."""

from collections.abc import Iterator
from typing import Any

import mujoco

MAX_BODIES_LISTED = 24  # lines, and names of one line: more would confuse a reader
MAX_SHAPES_OF_BODY = 2
_T = mujoco.mjtGeom
_SHAPES = {
    int(_T.mjGEOM_SPHERE): "sphere of radius {0:.3g} m",
    int(_T.mjGEOM_CAPSULE): "capsule {2:.3g} m long, radius {0:.3g} m",
    int(_T.mjGEOM_CYLINDER): "cylinder {2:.3g} m long, radius {0:.3g} m",
    int(_T.mjGEOM_BOX): "box {3:.3g} x {2:.3g} x {4:.3g} m",
    int(_T.mjGEOM_ELLIPSOID): "ellipsoid {3:.3g} x {2:.3g} x {4:.3g} m",
}


def body_lines(model: Any) -> tuple[str, ...]:
    """The total mass, then the bodies with mass, from the root on.

    model: MjModel, or None for an environment without: then ().
    """
    if model is None:
        return ()
    lines = list(_lines(model))
    omitted = len(lines) - MAX_BODIES_LISTED
    if omitted > 0:
        lines = [*lines[:MAX_BODIES_LISTED], f"and {omitted} more parts"]
    return (f"mass of all: {model.body_mass.sum():.3g} kg", *lines)


def _lines(model: Any) -> Iterator[str]:
    """One line for all bodies of one mass and one shape, as the four legs of an ant."""
    labels: dict[str, list[str]] = {}
    for k in range(1, model.nbody):
        if model.body_mass[k] > 0:
            facts = [f"{model.body_mass[k]:.3g} kg", *_shapes(model, k)]
            labels.setdefault(", ".join(facts), []).append(_label(model, k))
    for alike, names in labels.items():
        listed = ", ".join(names[:MAX_BODIES_LISTED])
        if len(names) > MAX_BODIES_LISTED:
            listed += f" and {len(names) - MAX_BODIES_LISTED} more"
        yield f"{listed}: {alike}"


def _label(model: Any, body: int) -> str:
    parent = model.body(int(model.body_parentid[body]))
    name = model.body(body).name
    if not name:
        return f"the part after {parent.name}" if parent.name else f"body {body}"
    return f"{name} (joined to {parent.name})" if parent.id and parent.name else name


def _shapes(model: Any, body: int) -> Iterator[str]:
    first = int(model.body_geomadr[body])
    count = min(MAX_SHAPES_OF_BODY, int(model.body_geomnum[body]))
    for geom in range(first, first + count):
        shape = _SHAPES.get(int(model.geom_type[geom]))
        if shape:
            size = model.geom_size[geom]
            # Capsules and cylinders are given by radius and half their length.
            yield shape.format(size[0], size[1], 2 * size[1], 2 * size[0], 2 * size[2])
