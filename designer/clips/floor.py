"""A grid on the ground of models without a pattern there; it shows the motion."""

from collections.abc import Iterator

import numpy as np
from PIL import ImageDraw

from designer.clips.camera import HEIGHT, WIDTH, View
from designer.clips.paint import FLOOR
from designer.clips.ruler import ACCENT, start_line, tick_step
from envs.bodies import Array

GRID = (192, 199, 192)
GRID_REACH = 10  # how far the grid is drawn, in half heights of the picture


def draw_floor(draw: ImageDraw.ImageDraw, view: View, fine: int) -> None:
    """Draw ground, grid and start line, if any, onto a picture fine times as large."""
    if view.camera.ground is None:
        return
    near, far = view.ground_ahead(HEIGHT), view.ground_ahead(0)
    wide = (view.camera.distance + far) * WIDTH / HEIGHT

    def pixels(points: Array) -> list[float]:
        return [float(fine * value) for value in view.project(points)[0].ravel()]

    edge = [(-wide, near), (wide, near), (wide, far), (-wide, far)]
    draw.polygon(pixels(_on_ground(view, edge)), fill=FLOOR)
    for ends in grid_lines(view):
        draw.line(pixels(ends), fill=GRID, width=fine)
    line = start_line(view)
    if line is not None:
        draw.line(pixels(line), fill=ACCENT, width=2 * fine)


def grid_lines(view: View) -> Iterator[Array]:
    """Ends (2, 3) of lines on the ground, as far apart as the ruler's labels."""
    if view.camera.ground is None:
        return
    step, reach = tick_step(view), GRID_REACH * view.camera.half
    near, far = view.ground_ahead(HEIGHT), min(view.ground_ahead(0), reach)
    aside, ahead = map(float, np.stack([view.axes[0], view.ahead]) @ view.lookat)
    for place in _multiples(step, aside - reach, aside + reach) - aside:
        yield _on_ground(view, [(place, near), (place, far)])
    for place in _multiples(step, ahead + near, ahead + far) - ahead:
        yield _on_ground(view, [(-reach, place), (reach, place)])


def _multiples(step: float, low: float, high: float) -> Array:
    return step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)


def _on_ground(view: View, places: list[tuple[float, float]]) -> Array:
    """Points (n, 3) on the ground, from metres to the right and ahead of lookat."""
    assert view.camera.ground is not None
    middle = np.array([*view.lookat[:2], view.camera.ground])
    return np.asarray(middle + np.array(places) @ [view.axes[0], view.ahead])
