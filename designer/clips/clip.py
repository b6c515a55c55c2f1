"""A clip: films of one task one after the other, all of the same length."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import mujoco
import numpy as np
from PIL import Image

from designer.clips.camera import aim
from designer.clips.encode import FPS, write_mp4, write_poster, write_strip
from designer.clips.film import Film, pose
from designer.clips.framing import camera_for
from designer.clips.paint import Paint, Painter
from designer.clips.ruler import Caption, draw_on
from designer.clips.tools import PainterName

STRIP_PICTURES = 8  # in a filmstrip


def painter(name: PainterName) -> Painter:
    """The painter of a name; OpenGL is loaded only for gl."""
    if name == "gl":
        from designer.clips.gl import gl

        return gl
    from designer.clips.stick import stick

    return stick


def pictures(films: Sequence[Film], style: Painter) -> Iterator[Image.Image]:
    """All pictures of a clip in order, `length` for each film."""
    for k, film in enumerate(films):
        text = f"training {k + 1} of {len(films)}" if len(films) > 1 else ""
        with style(film.model) as paint:
            yield from _pictures_of_film(film, paint, text)


def length(film: Film) -> int:
    """Number of pictures of a film, whenever its episode ended."""
    return max(1, round(film.seconds * FPS))


def _pictures_of_film(film: Film, paint: Paint, text: str) -> Iterator[Image.Image]:
    data = mujoco.MjData(film.model)
    pose(film, data, 0.0)
    camera = camera_for(film.model, data)
    last_picture: Image.Image | None = None  # of an episode that has ended
    for k in range(length(film)):
        time_s = min(k / FPS, film.end_s)
        has_ended = bool(film.ended) and k / FPS >= film.end_s
        if not has_ended or last_picture is None:
            pose(film, data, time_s)
            view = aim(camera, data)
            picture = paint(view, data)
            draw_on(picture, view, Caption(time_s, text, film.ended * has_ended))
            last_picture = picture if has_ended else None
        yield picture


def _strip_numbers(films: Sequence[Film]) -> list[int]:
    """Numbers of the filmstrip's pictures, evenly from each film's start to its end."""
    numbers, first = [], 0
    for film in films:
        last = min(int(np.ceil(film.end_s * FPS)), length(film) - 1)
        places = np.linspace(0, last, STRIP_PICTURES // len(films)).round().astype(int)
        numbers += [first + int(place) for place in places]
        first += length(film)
    return numbers


def write_clip(folder: Path, films: Sequence[Film], name: PainterName) -> None:
    """Write strip.png, clip.jpg and clip.mp4; the last one appears last."""
    numbers = _strip_numbers(films)
    strip: dict[int, Image.Image] = {}

    def keep_strip(all_pictures: Iterator[Image.Image]) -> Iterator[Image.Image]:
        for k, picture in enumerate(all_pictures):
            if k in numbers:
                strip[k] = picture
            yield picture

    temporary = {
        file: folder / f"{file}.tmp" for file in ("strip.png", "clip.jpg", "clip.mp4")
    }
    all_pictures = keep_strip(pictures(films, painter(name)))
    write_mp4(temporary["clip.mp4"], all_pictures, len(films))
    write_strip(temporary["strip.png"], [strip[k] for k in numbers])
    write_poster(temporary["clip.jpg"], strip[numbers[1]])
    for file_name, path in temporary.items():
        path.rename(folder / file_name)
