"""Draws ruler, start line, clock, caption and ending into every picture.

People misjudge speed in clips whose scale they do not know, hence the ruler. Nothing
here depends on a reward or a fitness.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from designer.clips.camera import HEIGHT, RULER_ROW, WIDTH, View
from envs.bodies import Array

INK, HALO, ACCENT = (28, 34, 44), (255, 255, 255), (196, 52, 40)
Colour = tuple[int, int, int]
MIN_TICK_PIXELS = 52  # between labelled ticks


@dataclass(frozen=True)
class Caption:
    """The text on a picture; ended: why the episode ended, '' while it goes on."""

    time_s: float
    text: str
    ended: str = ""


def tick_step(view: View) -> float:
    """Metres between labelled ticks: 1, 2 or 5 times a power of ten."""
    metres = MIN_TICK_PIXELS / _scale(view)
    power = 10.0 ** np.floor(np.log10(metres))
    return float(next(n * power for n in (1, 2, 5, 10) if n * power >= metres))


def ruler_zero(view: View) -> Array:
    """The zero (3,) of the ruler, which goes to the right from there.

    It lies on the ground: under a robot that moves in an upright plane, nearer to the
    camera otherwise; where no ground is in sight, at the picture's lower edge.
    """
    camera, right = view.camera, view.axes[0]
    origin = camera.home if camera.tracked else np.zeros(3)
    zero = np.asarray(view.lookat + ((origin - view.lookat) @ right) * right)
    if camera.ground is not None:
        down = np.array([0.0, 0.0, camera.ground - view.lookat[2]])
        if not camera.flat:
            return np.asarray(zero + down + view.ground_ahead(RULER_ROW) * view.ahead)
        if view.project((zero + down)[None])[0][0, 1] <= RULER_ROW:
            return np.asarray(zero + down)
    up = (HEIGHT / 2 - RULER_ROW) / _scale(view)
    return np.asarray(zero + up * view.axes[1])


def start_line(view: View) -> Array | None:
    """The ends (2, 3) of a line over the ground through the ruler's zero.

    None where nothing can leave its start, or there is no ground.
    """
    if not view.camera.tracked or view.camera.ground is None:
        return None
    zero, far = ruler_zero(view), 4 * view.camera.half
    zero[2] = view.camera.ground
    near = max(view.ground_ahead(HEIGHT), -0.8 * view.camera.distance)
    middle = (view.lookat - zero) @ view.ahead
    ends = np.outer([middle + near, middle + far], view.ahead)
    return np.asarray(zero + ends)


def _scale(view: View) -> float:
    return float(view.pixels_per_metre(np.array(view.camera.distance)))


def draw_on(picture: Image.Image, view: View, caption: Caption) -> None:
    """Draw all but the start line: a robot may hide that, so painters draw it."""
    if caption.ended:
        picture.paste(_dimmed(picture))
    _draw_ruler(picture, view)
    _write(picture, (6, 4), _sprite(f"{caption.time_s:.2f} s", 15))
    words = _sprite(caption.text, 12)
    _write(picture, (WIDTH - 6 - words.width, 6), words)
    if caption.ended:
        words = _as_large_as_fits(f"ended: {caption.ended} at {caption.time_s:.2f} s")
        _write(picture, ((WIDTH - words.width) / 2, 26), words)


def _dimmed(picture: Image.Image) -> Image.Image:
    grey = ImageEnhance.Color(picture).enhance(0.15)
    return Image.blend(grey, Image.new("RGB", picture.size, (120, 124, 130)), 0.35)


def _draw_ruler(picture: Image.Image, view: View) -> None:
    zero, right, step = ruler_zero(view), view.axes[0], tick_step(view)
    metres = step / 5 * _ticks_in_sight(view, zero, step / 5)
    pixels, _ = view.project(zero + metres[:, None] * right)
    row = float(pixels[0, 1])
    labelled = np.isclose(np.round(metres / step) * step, metres)
    lines = [((0, row), (WIDTH, row))]
    for x, tall in zip(pixels[:, 0], labelled, strict=True):
        lines.append(((x, row), (x, row + (8 if tall else 4))))
    draw = ImageDraw.Draw(picture)
    for colour, width in ((HALO, 3), (INK, 1)):
        for line in lines:
            draw.line(line, fill=colour, width=width)
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    for x, metre in zip(pixels[labelled, 0], metres[labelled], strict=True):
        start = bool(view.camera.tracked) and abs(metre) < step / 10
        words = "start" if start else f"{metre + 0.0:.{digits}f} m"
        sprite = _sprite(words, 12, ACCENT if start else INK)
        if sprite.width < 2 * min(x, WIDTH - x):  # not cut off at the edge
            _write(picture, (x - sprite.width / 2, row + 7), sprite)


def _ticks_in_sight(view: View, zero: Array, step: float) -> Array:
    _, depth = view.project(zero[None])
    reach = 0.5 * WIDTH / view.pixels_per_metre(depth)[0]
    middle = float((view.lookat - zero) @ view.axes[0])
    low, high = (middle - reach) / step, (middle + reach) / step
    return np.arange(np.ceil(low), np.floor(high) + 1)


def _write(
    picture: Image.Image, place: tuple[float, float], sprite: Image.Image
) -> None:
    picture.paste(sprite, (round(place[0]), round(place[1])), sprite)


@lru_cache(2048)
def _sprite(words: str, size: int, colour: Colour = INK) -> Image.Image:
    """Text with a halo, legible on any ground; cached, since it takes time to draw."""
    face = font(size)
    left, _, right, bottom = face.getbbox(words or " ", stroke_width=2)
    size_px = (int(np.ceil(right - left)), int(np.ceil(bottom)))
    sprite = Image.new("RGBA", size_px, (*HALO, 0))
    ImageDraw.Draw(sprite).text(
        (-left, 0), words, colour, face, stroke_width=2, stroke_fill=HALO
    )
    return sprite


@lru_cache
def font(size: int) -> Any:
    """The typeface of all clips; size: in pixels."""
    return ImageFont.load_default(size)  # comes with Pillow


def _as_large_as_fits(words: str) -> Image.Image:
    """A sprite of the words, in the largest size that fits into the picture."""
    sprites = (_sprite(words, size, ACCENT) for size in range(15, 7, -1))
    return next((s for s in sprites if s.width <= WIDTH - 8), _sprite(words, 7, ACCENT))
