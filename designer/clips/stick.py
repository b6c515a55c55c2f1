"""Pictures of a model without OpenGL: every geom is the convex hull of a few balls.

Not covered: height fields, skins and flexes, textures, light.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from PIL import Image, ImageDraw

from designer.clips.camera import HEIGHT, WIDTH, View
from designer.clips.floor import draw_floor
from designer.clips.paint import SKY, Paint
from envs.bodies import Array

FINE = 2  # drawn larger and reduced, for smooth edges
Geom = mujoco.mjtGeom
CIRCLE = np.linspace(0, 2 * np.pi, 32, endpoint=False)
ROUND = np.stack([np.cos(CIRCLE), np.sin(CIRCLE)], axis=1)


@dataclass(frozen=True)
class _Shape:
    """Balls at points (k, 3) of a geom or site's own axes, all of one radius."""

    points: Array
    radius: float
    colour: tuple[float, ...]


@contextmanager
def stick(model: Any) -> Iterator[Paint]:
    """Paints by drawing polygons."""
    geoms = [_shape(model.geom(i), model) for i in range(model.ngeom)]
    sites = [_shape(model.site(i), model) for i in range(model.nsite)]

    def paint(view: View, data: Any) -> Image.Image:
        picture = Image.new("RGB", (FINE * WIDTH, FINE * HEIGHT), SKY)
        draw = ImageDraw.Draw(picture)
        draw_floor(draw, view, FINE)
        places = np.concatenate([data.geom_xpos, data.site_xpos])
        turns = np.concatenate([data.geom_xmat, data.site_xmat]).reshape(-1, 3, 3)
        for depth, outline, shape in _seen(view, [*geoms, *sites], places, turns):
            _draw_part(draw, view, depth, outline, shape)
        return picture.reduce(FINE)

    yield paint


def _shape(thing: Any, model: Any) -> _Shape | None:
    """Of a geom or a site; None for what is not shown or has no end."""
    colour = thing.rgba
    if thing.matid[0] >= 0 and (colour[:3] == 0.5).all():  # the default: not set
        colour = model.mat_rgba[thing.matid[0]]
    if thing.group[0] > 2 or colour[3] == 0:  # as MuJoCo shows by default
        return None
    found = _balls(Geom(int(thing.type[0])), thing, model)
    return found and _Shape(np.asarray(found[0], dtype=float), found[1], tuple(colour))


def _balls(kind: Any, thing: Any, model: Any) -> Any:
    """Points and radius of the balls whose convex hull is the geom; None for none."""
    x, y, _ = thing.size
    match kind:
        case Geom.mjGEOM_SPHERE:
            return np.zeros((1, 3)), x
        case Geom.mjGEOM_CAPSULE:
            return [[0, 0, -y], [0, 0, y]], x
        case Geom.mjGEOM_CYLINDER:
            return [(x * c, x * s, z) for c, s in ROUND for z in (-y, y)], 0.0
        case Geom.mjGEOM_BOX:
            return (2.0 * np.array([*np.ndindex(2, 2, 2)]) - 1) * thing.size, 0.0
        case Geom.mjGEOM_ELLIPSOID:
            turns = np.linspace(-np.pi / 2, np.pi / 2, 11)
            rings = [[*(np.cos(t) * r), np.sin(t)] for t in turns for r in ROUND]
            return np.array(rings) * thing.size, 0.0
        case Geom.mjGEOM_MESH:
            return _outermost(model.mesh(int(thing.dataid[0])), model), 0.0
    return None


def _outermost(mesh: Any, model: Any) -> Array:
    """Those vertices of a mesh that are farthest in some of many directions."""
    first, count = int(mesh.vertadr[0]), int(mesh.vertnum[0])
    vertices = model.mesh_vert[first : first + count]
    directions = np.random.default_rng(0).standard_normal((64, 3))
    return np.asarray(vertices[np.unique((vertices @ directions.T).argmax(axis=0))])


def _seen(
    view: View, shapes: Sequence[_Shape | None], places: Array, turns: Array
) -> list[tuple[float, Array, _Shape]]:
    """How far behind lookat, outline (k, 2) in fine pixels, and shape; far to near."""
    shown = [(i, shape) for i, shape in enumerate(shapes) if shape is not None]
    if not shown:
        return []
    points = [shape.points @ turns[i].T + places[i] for i, shape in shown]
    pixels, depths = view.project(np.concatenate(points))
    scales, found, end = FINE * view.pixels_per_metre(depths), [], 0
    # In one upright plane the model's own order decides, or legs would swap places.
    into = view.ahead if view.camera.flat else view.axes[2]
    for (_, shape), part_points in zip(shown, points, strict=True):
        part = slice(end, end := end + len(part_points))
        if depths[part].min() > 0.05 * view.camera.distance:
            outline = _hull(FINE * pixels[part], shape.radius * scales[part])
            depth = float((part_points - view.lookat).mean(axis=0) @ into)
            found.append((round(depth, 6), outline, shape))
    return sorted(found, key=lambda part: -part[0])


def _hull(centres: Array, radii: Array) -> Array:
    """Corners (32, 2), in order, of the convex hull of circles.

    centres: (k, 2). radii: (k,). In each direction the circle that reaches farthest.
    """
    farthest = (centres @ ROUND.T + radii[:, None]).argmax(axis=0)
    return np.asarray(centres[farthest] + radii[farthest, None] * ROUND)


def _draw_part(
    draw: ImageDraw.ImageDraw, view: View, depth: float, outline: Array, shape: _Shape
) -> None:
    # What is farther away is paler, so that of two legs the near one is told apart.
    away = depth / view.camera.half
    pale = float(np.clip(0.12 + 0.35 * away, 0.0, 0.55))
    pale = max(pale, 1 - shape.colour[3])
    corners = outline.ravel().tolist()
    line = _mixed(shape.colour, 0.55, pale)
    draw.polygon(corners, _mixed(shape.colour, 1.0, pale), line, width=FINE)


def _mixed(colour: tuple[float, ...], light: float, pale: float) -> tuple[int, ...]:
    """A colour made darker, then paler towards the sky's."""
    parts = zip(colour[:3], SKY, strict=True)
    return tuple(int((1 - pale) * light * 255 * c + pale * sky) for c, sky in parts)
