"""A run folder with real clips that take no time: a square that moves."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from designer.votes.questions import Asking

WIDTH, HEIGHT, PICTURES = 320, 240, 50
COLOURS = ("#c0504d", "#4f81bd", "#9bbb59", "#8064a2", "#f79646", "#2c9c9c", "#7f7f7f")
NAMES = tuple(f"g00/c{k:02d}" for k in range(7))
FOREVER = 4e9  # seconds since 1970
Run = Callable[..., Path]


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of each name with a clip, its poster and its filmstrip."""
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    folder = tmp_path_factory.mktemp("clips")
    for name, colour in zip(NAMES, COLOURS, strict=True):
        make_clip(folder / name, colour, speed=1 + NAMES.index(name))
    return folder


def make_clip(folder: Path, colour: str, speed: int) -> None:
    """Two seconds of a square of this colour, to the right at this speed."""
    from PIL import Image

    from designer.clips.encode import write_mp4, write_poster, write_strip

    def picture(k: int) -> Image.Image:
        shown = Image.new("RGB", (WIDTH, HEIGHT), "#dfe6ea")
        shown.paste("#b9c2c6", (0, 180, WIDTH, HEIGHT))
        left = 10 + (k * speed) % (WIDTH - 60)
        shown.paste(colour, (left, 140, left + 40, 180))
        return shown

    folder.mkdir(parents=True)
    pictures = [picture(k) for k in range(PICTURES)]
    write_mp4(folder / "clip.mp4", pictures)
    write_poster(folder / "clip.jpg", pictures[0])
    write_strip(folder / "strip.png", pictures[:: PICTURES // 8][:8])


@pytest.fixture
def run(tmp_path: Path, clips: Path) -> Run:
    """Makes a run folder that asks about so many candidates."""

    def make(
        names: Sequence[str] = NAMES[:4], questions: int = 3, at_once: int = 4
    ) -> Path:
        path = tmp_path / f"hopper_s{len(names)}"
        for name in names:
            shutil.copytree(clips / name, path / name)
        Asking(0, tuple(names), questions, at_once, FOREVER, seed=1).save(path)
        return path

    return make
