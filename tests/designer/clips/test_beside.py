"""Clips side by side, as mp4 and as GIF."""

from pathlib import Path

import pytest
from PIL import Image

from designer.clips.beside import write_side_by_side
from designer.clips.encode import read_mp4, write_gif, write_mp4

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture(autouse=True)
def needs_pyav() -> None:
    pytest.importorskip("av", reason="clips are made with PyAV")


def film(path: Path, colour: tuple[int, int, int], pictures: int = 10) -> Path:
    """A film of one colour, over which a white bar moves."""
    shown = []
    for k in range(pictures):
        picture = Image.new("RGB", (320, 240), colour)
        picture.paste("white", (10 * k, 0, 10 * k + 10, 60))
        shown.append(picture)
    write_mp4(path, shown)
    return path


def clip_of_two(folder: Path, pictures: int) -> Path:
    """A clip of two trainings, films of red and then of blue pictures."""
    folder.mkdir()
    colours = [RED] * pictures + [BLUE] * pictures
    shown = [Image.new("RGB", (320, 240), colour) for colour in colours]
    write_mp4(folder / "clip.mp4", shown, films=2)
    return folder / "clip.mp4"


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 20 for a, b in zip(pixel, colour, strict=True))


def test_both_clips_stand_in_step_with_their_labels(tmp_path: Path) -> None:
    clips = {
        "human": film(tmp_path / "h.mp4", RED),
        "designed": film(tmp_path / "d.mp4", BLUE, pictures=6),
    }
    write_side_by_side(tmp_path / "best", clips)
    pictures = list(read_mp4(tmp_path / "best/clip.mp4"))
    assert len(pictures) == 6  # as long as the shorter one
    assert near(pictures[0].getpixel((160, 120)), RED)
    assert near(pictures[0].getpixel((324 + 160, 120)), BLUE)
    label = pictures[0].crop((0, 240, 320, 268)).convert("L").getextrema()
    assert label[0] < 100 < label[1]  # dark letters on white
    with Image.open(tmp_path / "best/clip.gif") as gif:
        assert gif.n_frames == 3
        assert gif.info["duration"] == 80
        assert near(gif.convert("RGB").getpixel((120, 90)), RED)


def test_of_two_trainings_the_first_is_shown_to_its_end(tmp_path: Path) -> None:
    clips = {"designed": clip_of_two(tmp_path / "designed", pictures=6)}
    write_side_by_side(tmp_path / "best", clips)
    pictures = list(read_mp4(tmp_path / "best/clip.mp4"))
    assert len(pictures) == 6
    assert all(near(picture.getpixel((160, 120)), RED) for picture in pictures)


def test_a_gif_plays_for_ever_in_64_colours(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (40, 30), (k, 0, 255 - k)) for k in range(0, 250, 50)]
    write_gif(tmp_path / "x.gif", pictures, fps=10)
    with Image.open(tmp_path / "x.gif") as gif:
        assert (gif.n_frames, gif.info["loop"], gif.info["duration"]) == (5, 0, 100)
        assert len(gif.convert("RGB").getcolors() or ()) <= 64
