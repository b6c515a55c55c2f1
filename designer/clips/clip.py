"""A clip: one film after the other, each as long as the next."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import mujoco
import numpy as np
from PIL import Image

from designer.clips.camera import aim
from designer.clips.encode import FPS, write_mp4, write_poster, write_strip
from designer.clips.film import Film, pose
from designer.clips.framing import camera_for
from designer.clips.paint import Paint, Painter
from designer.clips.ruler import Caption, draw_on

STRIP = 8  # pictures in a filmstrip
PainterName = Literal["gl", "stick figure"]


def painter(name: PainterName) -> Painter:
    """What paints under a name; OpenGL is loaded only for gl."""
    if name == "gl":
        from designer.clips.gl import gl

        return gl
    from designer.clips.stick import stick

    return stick


def pictures(films: Sequence[Film], paint: Paint) -> Iterator[Image.Image]:
    """All pictures of a clip, in order, `length` for each film."""
    for k, film in enumerate(films):
        text = f"training {k + 1} of {len(films)}" if len(films) > 1 else ""
        yield from _of_one(film, paint, text)


def length(film: Film) -> int:
    """Pictures that a film takes, whenever its episode ended."""
    return max(1, round(film.seconds * FPS))


def _of_one(film: Film, paint: Paint, text: str) -> Iterator[Image.Image]:
    data = mujoco.MjData(film.model)
    pose(film, data, 0.0)
    camera = camera_for(film.model, data)
    held: Image.Image | None = None
    for k in range(length(film)):
        time_s = min(k / FPS, film.end_s)
        over = bool(film.ended) and k / FPS >= film.end_s
        if not over or held is None:
            pose(film, data, time_s)
            view = aim(camera, data)
            picture = paint(view, data)
            draw_on(picture, view, Caption(time_s, text, film.ended * over))
            held = picture if over else None
        yield picture


def _telling(films: Sequence[Film]) -> list[int]:
    """Which pictures make the filmstrip: evenly from each film's start to its end."""
    shown, before = [], 0
    for film in films:
        last = min(int(np.ceil(film.end_s * FPS)), length(film) - 1)
        places = np.linspace(0, last, STRIP // len(films)).round().astype(int)
        shown += [before + int(place) for place in places]
        before += length(film)
    return shown


def write_clip(folder: Path, films: Sequence[Film], name: PainterName) -> None:
    """clip.mp4, clip.jpg and strip.png of films of one task; clip.mp4 comes last."""
    shown = _telling(films)
    kept: dict[int, Image.Image] = {}

    def keeping(all_pictures: Iterator[Image.Image]) -> Iterator[Image.Image]:
        for k, picture in enumerate(all_pictures):
            if k in shown:
                kept[k] = picture
            yield picture

    made: dict[str, Any] = {
        end: folder / f"{end}.tmp" for end in ("strip.png", "clip.jpg", "clip.mp4")
    }
    with painter(name)(films[0].model) as paint:
        write_mp4(made["clip.mp4"], keeping(pictures(films, paint)))
    write_strip(made["strip.png"], [kept[k] for k in shown])
    write_poster(made["clip.jpg"], kept[shown[1]])
    for end, path in made.items():
        path.rename(folder / end)
