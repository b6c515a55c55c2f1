"""A painter without OpenGL: every geom is the convex hull of a few balls.

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

FINE = 2  # pictures are drawn so many times larger and reduced, for smooth edges
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
    """A painter that draws polygons."""
    geoms = [_shape(model.geom(i), model) for i in range(model.ngeom)]
    sites = [_shape(model.site(i), model) for i in range(model.nsite)]

    def paint(view: View, data: Any) -> Image.Image:
        picture = Image.new("RGB", (FINE * WIDTH, FINE * HEIGHT), SKY)
        draw = ImageDraw.Draw(picture)
        draw_floor(draw, view, FINE)
        places = np.concatenate([data.geom_xpos, data.site_xpos])
        turns = np.concatenate([data.geom_xmat, data.site_xmat]).reshape(-1, 3, 3)
        for depth, outline, shape in _outlines(view, [*geoms, *sites], places, turns):
            _draw_shape(draw, view, depth, outline, shape)
        return picture.reduce(FINE)

    yield paint


def _shape(geom: Any, model: Any) -> _Shape | None:
    """The shape of a geom or a site; None if it is invisible or infinite."""
    colour = geom.rgba
    if geom.matid[0] >= 0 and (colour[:3] == 0.5).all():  # the default: not set
        colour = model.mat_rgba[geom.matid[0]]
    if geom.group[0] > 2 or colour[3] == 0:  # MuJoCo hides these groups by default
        return None
    balls = _balls(Geom(int(geom.type[0])), geom, model)
    return balls and _Shape(np.asarray(balls[0], dtype=float), balls[1], tuple(colour))


def _balls(kind: Any, geom: Any, model: Any) -> Any:
    """Points and radius of the balls whose convex hull is the geom; None for a plane.

    None also for height fields, which are not drawn.
    """
    x, y, _ = geom.size
    match kind:
        case Geom.mjGEOM_SPHERE:
            return np.zeros((1, 3)), x
        case Geom.mjGEOM_CAPSULE:
            return [[0, 0, -y], [0, 0, y]], x
        case Geom.mjGEOM_CYLINDER:
            return [(x * c, x * s, z) for c, s in ROUND for z in (-y, y)], 0.0
        case Geom.mjGEOM_BOX:
            return (2.0 * np.array([*np.ndindex(2, 2, 2)]) - 1) * geom.size, 0.0
        case Geom.mjGEOM_ELLIPSOID:
            turns = np.linspace(-np.pi / 2, np.pi / 2, 11)
            rings = [[*(np.cos(t) * r), np.sin(t)] for t in turns for r in ROUND]
            return np.array(rings) * geom.size, 0.0
        case Geom.mjGEOM_MESH:
            return _outermost(model.mesh(int(geom.dataid[0])), model), 0.0
    return None


def _outermost(mesh: Any, model: Any) -> Array:
    """Vertices of a mesh that are farthest out in one of 64 directions."""
    first, count = int(mesh.vertadr[0]), int(mesh.vertnum[0])
    vertices = model.mesh_vert[first : first + count]
    directions = np.random.default_rng(0).standard_normal((64, 3))
    return np.asarray(vertices[np.unique((vertices @ directions.T).argmax(axis=0))])


def _outlines(
    view: View, shapes: Sequence[_Shape | None], places: Array, turns: Array
) -> list[tuple[float, Array, _Shape]]:
    """Metres behind lookat, outline (k, 2) in fine pixels, and shape; far to near.

    places: (shapes, 3). turns: (shapes, 3, 3).
    """
    visible = [(i, shape) for i, shape in enumerate(shapes) if shape is not None]
    if not visible:
        return []
    points = [shape.points @ turns[i].T + places[i] for i, shape in visible]
    pixels, depths = view.project(np.concatenate(points))
    scales, outlines, end = FINE * view.pixels_per_metre(depths), [], 0
    # In one upright plane the model's own order decides, or legs would swap places.
    into = view.ahead if view.camera.flat else view.axes[2]
    for (_, shape), centres in zip(visible, points, strict=True):
        rows = slice(end, end := end + len(centres))
        if depths[rows].min() > 0.05 * view.camera.distance:
            outline = _hull(FINE * pixels[rows], shape.radius * scales[rows])
            depth = float((centres - view.lookat).mean(axis=0) @ into)
            outlines.append((round(depth, 6), outline, shape))
    return sorted(outlines, key=lambda row: -row[0])


def _hull(centres: Array, radii: Array) -> Array:
    """Corners (32, 2), in order, of the convex hull of circles.

    centres: (k, 2). radii: (k,). In each direction the circle that reaches farthest.
    """
    farthest = (centres @ ROUND.T + radii[:, None]).argmax(axis=0)
    return np.asarray(centres[farthest] + radii[farthest, None] * ROUND)


def _draw_shape(
    draw: ImageDraw.ImageDraw, view: View, depth: float, outline: Array, shape: _Shape
) -> None:
    # A farther shape is paler, so that the near one of two legs stands out.
    away = depth / view.camera.half
    pale = float(np.clip(0.12 + 0.35 * away, 0.0, 0.55))
    pale = max(pale, 1 - shape.colour[3])
    corners = outline.ravel().tolist()
    line = _mixed(shape.colour, 0.55, pale)
    draw.polygon(corners, _mixed(shape.colour, 1.0, pale), line, width=FINE)


def _mixed(colour: tuple[float, ...], light: float, pale: float) -> tuple[int, ...]:
    """A colour made darker, then paler towards the sky's."""
    channels = zip(colour[:3], SKY, strict=True)
    return tuple(int((1 - pale) * light * 255 * c + pale * sky) for c, sky in channels)
