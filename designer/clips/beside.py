"""Two or three clips of one task side by side, in step, as mp4 and as GIF."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw

from designer.clips.camera import HEIGHT, WIDTH
from designer.clips.encode import (
    FPS,
    pictures_of_a_film,
    read_mp4,
    write_gif,
    write_mp4,
)
from designer.clips.ruler import INK, font

MAX_SECONDS = 8.0
CAPTION_HEIGHT, CAPTION_SIZE = 28, 15
GAP = 4  # pixels between two clips
# A GIF of these proportions is about 1 MB and still smooth enough to judge a gait.
GIF_EVERY, GIF_SCALE = 2, 0.75


def write_side_by_side(folder: Path, clips: Mapping[str, Path]) -> None:
    """Write clip.mp4 and clip.gif into a folder.

    clips: files by the label that stands under each. The first film of each clip is
    shown, at most MAX_SECONDS of it. ConfigError without PyAV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = list(_side_by_side(clips))
    video, moving = folder / "clip.mp4.tmp", folder / "clip.gif.tmp"
    write_mp4(video, pictures)
    small = [_scaled(picture) for picture in pictures[::GIF_EVERY]]
    write_gif(moving, small, FPS / GIF_EVERY)
    video.rename(folder / "clip.mp4")
    moving.rename(folder / "clip.gif")


def _side_by_side(clips: Mapping[str, Path]) -> Iterator[Image.Image]:
    films = [islice(read_mp4(path), _pictures_shown(path)) for path in clips.values()]
    width = len(films) * (WIDTH + GAP) - GAP
    for pictures in zip(*films, strict=False):
        sheet = Image.new("RGB", (width, HEIGHT + CAPTION_HEIGHT), "white")
        draw = ImageDraw.Draw(sheet)
        for k, (label, picture) in enumerate(zip(clips, pictures, strict=True)):
            left = k * (WIDTH + GAP)
            sheet.paste(picture, (left, 0))
            middle = left + WIDTH / 2, HEIGHT + CAPTION_HEIGHT / 2
            draw.text(middle, label, fill=INK, font=font(CAPTION_SIZE), anchor="mm")
        yield sheet


def _pictures_shown(clip: Path) -> int:
    """The number of pictures of a clip's first film, at most those of MAX_SECONDS."""
    return min(pictures_of_a_film(clip), round(MAX_SECONDS * FPS))


def _scaled(picture: Image.Image) -> Image.Image:
    size = round(picture.width * GIF_SCALE), round(picture.height * GIF_SCALE)
    return picture.resize(size, Image.Resampling.LANCZOS)
