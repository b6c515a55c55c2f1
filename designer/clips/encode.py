"""Pictures and files: H.264 that every browser plays, GIF, a poster, a filmstrip."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from designer.clips.tools import require_pyav

FPS = 25
FILMS = "films: "  # before their number in the comment of an mp4


def write_mp4(path: Path, pictures: Iterable[Image.Image], films: int = 1) -> None:
    """An mp4 of FPS pictures a second, with its index in front for streaming.

    films: of one length, which follow each other in it. ConfigError without PyAV.
    """
    require_pyav()
    import av

    video: Any = av  # PyAV is typed only in part
    options = {"movflags": "+faststart"}
    with video.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata["comment"] = f"{FILMS}{films}"
        stream = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream("libx264", rate=FPS)
                stream.width, stream.height = picture.size
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "28", "preset": "veryfast"}
                stream.time_base = Fraction(1, FPS)
                stream.codec_context.thread_count = 1
            container.mux(stream.encode(video.VideoFrame.from_image(picture)))
        if stream is not None:
            container.mux(stream.encode())


def read_mp4(path: Path) -> Iterator[Image.Image]:
    """The pictures of a file of write_mp4, in order; ConfigError without PyAV."""
    require_pyav()
    import av

    video: Any = av
    with video.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            yield frame.to_image()


def pictures_of_a_film(path: Path) -> int:
    """The number of pictures of each film in a file of write_mp4.

    An older file counts as one film. ConfigError without PyAV.
    """
    require_pyav()
    import av

    video: Any = av
    with video.open(str(path)) as container:
        films = container.metadata.get("comment", "").removeprefix(FILMS)
        frames = int(container.streams.video[0].frames)
    return frames // int(films) if films.isdecimal() and int(films) else frames


def write_gif(path: Path, pictures: Sequence[Image.Image], fps: float) -> None:
    """A GIF of 64 colours that plays for ever, at `fps` pictures a second."""
    # One palette for all pictures keeps what stands still out of the file.
    sample = _sheet(pictures[:: max(1, len(pictures) // 8)], 2)
    palette = sample.quantize(64, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    first, *later = (
        picture.quantize(palette=palette, dither=Image.Dither.NONE)
        for picture in pictures
    )
    duration_ms = round(1000 / fps)
    first.save(
        path, "GIF", save_all=True, append_images=later, duration=duration_ms, loop=0
    )


def write_poster(path: Path, picture: Image.Image) -> None:
    """One picture as JPEG."""
    picture.save(path, "JPEG", quality=80)


def write_strip(path: Path, pictures: Sequence[Image.Image], columns: int = 4) -> None:
    """Pictures row by row in one PNG of 64 colours."""
    sheet = _sheet(pictures, columns)
    # The octree keeps strong colours of few pixels, and takes a tenth of the time.
    reduced = sheet.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(path, "PNG", optimize=True)


def _sheet(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size row by row in one picture."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i % columns * width, i // columns * height))
    return sheet
