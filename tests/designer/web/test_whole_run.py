"""A preference-only search from start to end, judged in a real browser."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.votes.preferences import read_votes
from tests.designer.conftest import environment, small
from tests.designer.web.browser import (
    another_site,
    answer,
    attacked,
    browser,
    cannot_tell,
    heading,
    letters,
    new_page,
    press,
)

SEARCH = small(candidates=3, seeds=1, final_seeds=1)
PATIENCE_S = 60


class Started:
    """A command whose output can be waited for."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.log = folder / f"{arguments[0]}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "designer", *arguments],
                cwd=folder,
                env=environment() | {"PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def address(self) -> str:
        """Of the page that it opened."""
        return self.line("page: ").removeprefix("page: ")

    def line(self, start: str) -> str:
        """The first line that begins so."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for line in self.log.read_text().splitlines():
                if line.startswith(start):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no '{start}' in {self.log.read_text()}")


def kill_page(run: Started) -> None:
    """SIGKILL to the process that serves the page of a run."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        pid, parent = int(entry.parent.name), entry.read_text().rpartition(")")[2]
        command = (entry.parent / "cmdline").read_bytes().split(b"\0")
        if int(parent.split()[1]) == run.process.pid and b"ask" in command:
            os.kill(pid, signal.SIGKILL)
            return
    raise AssertionError("the run has no page")


def until(page: Any, title: str) -> None:
    """Wait until the page has come to a title by itself."""
    deadline = time.monotonic() + PATIENCE_S
    while heading(page) != title:
        assert time.monotonic() < deadline, f"{heading(page)}, not {title}"
        page.wait_for_timeout(100)


@pytest.fixture
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.mark.slow
def test_people_alone_steer_a_search_though_the_page_is_killed(
    chromium: Any, tmp_path: Path
) -> None:
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    people = ["--judge=people", "--human=page", "--rater=ada", "--out=run"]
    people += ["--clips=2", "--questions=2"]
    command = ["run", "inverted-pendulum-balance", *SEARCH, *people]
    with Started(tmp_path, *command) as run:
        refused(chromium, run, tmp_path)
        begin(chromium, run)
        kill_page(run)  # the run does not mind, and another one is opened
        with Started(tmp_path, "ask", "run", "--rater=ada") as asked:
            finish(chromium, asked)
            assert run.process.wait(PATIENCE_S) == 0, run.log.read_text()
            asked.process.send_signal(signal.SIGINT)
            assert asked.process.wait(PATIENCE_S) == 0, asked.log.read_text()
        assert "5 votes" in asked.log.read_text()

    votes = read_votes(tmp_path / "run")
    assert [(vote.generation, vote.line) for vote in votes] == [
        (0, "B>A # A leans to the right"),
        (0, "A !B"),
        (1, "A=B # too slow, both of them"),
        (1, "?"),
        (2, "B>A"),
    ]
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["judged_by"] == "people"
    compared = [row for row in result["table"] if row["fitness"] is not None]
    assert len(compared) == 2  # a question has two clips, so the third has no strength
    best = max(compared, key=lambda row: row["fitness"])
    winner = result["winner"].replace("/", "-")
    folder = winner if best["reward"] == "designed" else best["reward"]
    assert f"final/{folder}" == votes[-1].legend["B"]
    report = (tmp_path / "run" / "report.md").read_text()
    assert "too slow, both of them" in report


def refused(chromium: Any, run: Started, folder: Path) -> None:
    """Whoever has another token, and another site with who has the right one."""
    page, address = new_page(chromium), run.address()
    assert page.goto(f"{address}x").status == 403
    page.goto(address)
    until(page, "Question 1")
    (folder / "evil").mkdir()
    with another_site(folder / "evil") as evil:
        assert attacked(page, folder / "evil", evil, address) == 403


def begin(chromium: Any, run: Started) -> None:
    """The first question of a generation; the vote is taken back once, and changed."""
    page = new_page(chromium)
    page.goto(run.address())
    until(page, "Question 1")
    assert letters(page) == "AB"
    answer(page, {"A": 1, "B": 2}, "A leans to the right")
    press(page, "Undo")
    answer(page, {"A": 2, "B": 1}, "A leans to the right")


def finish(chromium: Any, asked: Started) -> None:
    """The other question, those of the next generation, and the final policies."""
    page = new_page(chromium)
    page.goto(asked.address())
    until(page, "Question 2")
    answer(page, {"A": 1, "B": "reject"})
    until(page, "Question 1")
    page.reload()
    answer(page, {"A": 1, "B": 1}, "too slow, both of them")
    until(page, "Question 2")
    cannot_tell(page)
    until(page, "Question 1")
    page.screenshot(path=asked.log.parent / "final.png", full_page=True)
    answer(page, {"A": 2, "B": 1})
