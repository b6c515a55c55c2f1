"""Clips of the final policies at the end of a run."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from designer.clips.encode import write_mp4
from designer.clips.tools import NEEDS_PYAV
from designer.config import RunConfig
from designer.search import films
from envs.make import load_task

TASK = load_task("inverted-pendulum-balance")
FOLDERS = {"designed": "final/g00-c00", "human": "final/human"}
CONFIG = RunConfig(episodes=1)


@pytest.fixture
def filmed(tmp_path: Path) -> Path:
    """A run whose final policies have clips already."""
    pytest.importorskip("av", reason="clips are made with PyAV")
    for folder in FOLDERS.values():
        (tmp_path / folder).mkdir(parents=True)
        pictures = [Image.new("RGB", (320, 240), (k, 0, 0)) for k in range(0, 200, 50)]
        write_mp4(tmp_path / folder / "clip.mp4", pictures)
    return tmp_path


def test_human_and_designed_stand_side_by_side_in_best(filmed: Path) -> None:
    lines: list[str] = []
    films.film_final(filmed, TASK, CONFIG, lines.append, FOLDERS, ())
    assert (filmed / "best/clip.mp4").is_file()
    assert (filmed / "best/clip.gif").is_file()
    assert lines == []


def test_a_candidate_that_can_not_be_filmed_is_said(filmed: Path) -> None:
    lines: list[str] = []
    films.film_final(filmed, TASK, CONFIG, lines.append, FOLDERS, ["g00/c01"])
    assert any("no clip of g00/c01" in line for line in lines)
    assert (filmed / "best/clip.gif").is_file()


def test_without_pyav_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "has_pyav", lambda: False)
    lines: list[str] = []
    films.film_final(tmp_path, TASK, CONFIG, lines.append, FOLDERS, ())
    assert lines == [f"no clip of the final policies: {NEEDS_PYAV}"]


def test_with_no_film_nothing_is_filmed_and_nothing_is_said(tmp_path: Path) -> None:
    lines: list[str] = []
    config = replace(CONFIG, film=False)
    films.film_final(tmp_path, TASK, config, lines.append, FOLDERS, ())
    assert (lines, list(tmp_path.iterdir())) == ([], [])
