"""Whole small runs in which nobody votes, or nobody can, or somebody does later."""

import json
import platform
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml

from designer.report.votes_verdict import NO_VOTES
from designer.run.provenance import RECORDED_LIBRARIES
from designer.votes.ballots import read_ballot
from designer.votes.preferences import add_vote, read_votes
from designer.votes.questions import Asking
from tests.designer.conftest import Designer, environment, figures, small

TASK = "inverted-pendulum-balance"
TINY = small(generations=1, seeds=1, final_seeds=1)
UNASKED = ["--judge=people", "--human=terminal", "--deadline-s=30", "--out=run"]
# It has no MuJoCo model, so no clip can be made of it.
FLAT = """\
name: flat
env: Pendulum-v1
goal: Keep the pole up.
conventions: SI units
fields:
  up: {source: "obs[0]", unit: "1", doc: cosine of the angle}
train: {algo: ppo, steps: 2048}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose voter has left: the input ends at once."""
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    folder = tmp_path_factory.mktemp("unvoted")
    done = subprocess.run(
        [sys.executable, "-m", "designer", "run", TASK, *TINY, *UNASKED, "--json"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *lines, last = done.stdout.splitlines()
    assert NO_VOTES in lines
    assert "to choose: designer ask run, then designer resume run" in lines
    assert "best reward" not in done.stdout
    assert json.loads(last)["winner"] is None
    return folder / "run"


@pytest.fixture
def unvoted(made: Path, tmp_path: Path) -> Path:
    """A copy of that run where the command line looks for it."""
    return Path(shutil.copytree(made, tmp_path / "run"))


def test_nothing_is_chosen_until_somebody_votes(
    designer: Designer, unvoted: Path
) -> None:
    report = (unvoted / "report.md").read_text()
    assert f"**{NO_VOTES}**" in report
    assert "choice" not in report
    assert "## The reward" not in report
    assert "nan" not in report.lower()
    assert not (unvoted / "best").exists()
    assert [r["fitness"] for r in figures(unvoted)["table"]] == [None, None]
    assert not list((unvoted / "final").glob("g*"))

    began = time.monotonic()
    assert designer("resume", "run").returncode == 0  # asks nobody again
    assert time.monotonic() - began < 25
    assert figures(unvoted)["winner"] is None

    done = designer("ask", "run", "--terminal", "--rater=ben", stdin="A>B>C>D\n")
    assert done.returncode == 0, done.stderr
    assert "the run chooses by these votes when it goes on" in done.stdout
    (vote,) = read_votes(unvoted)
    done = designer("resume", "run")
    assert done.returncode == 0, done.stderr
    chosen = figures(unvoted)["winner"]
    first = next(name for name in vote.shown if name.startswith("g"))
    assert chosen == first
    assert f"People's choice is {chosen};" in done.stdout
    source = (unvoted / chosen / "reward.py").read_text()
    assert (unvoted / "best" / "reward.py").read_text() == source
    assert (unvoted / "best" / "policy.npz").is_file()


def test_another_choice_gets_figures_of_its_own(
    designer: Designer, unvoted: Path
) -> None:
    names = ("g00/c00", "g00/c01")
    for k, name in enumerate(names):
        asking = Asking(9, names, 1, 2, 0.0, 0)
        for _ in range(2 * k + 1):  # more than there were for the other one
            line = "A>B" if k == 0 else "B>A"
            add_line(unvoted, asking, line)
        assert designer("resume", "run").returncode == 0
        assert figures(unvoted)["winner"] == name
        reward = (unvoted / name / "reward.py").read_text()
        assert (unvoted / "best" / "reward.py").read_text() == reward
        best = (unvoted / "best" / "policy.npz").read_bytes()
        folder = unvoted / "final" / name.replace("/", "-")
        assert best == (folder / "s0" / "policy.npz").read_bytes()
        labels = sorted(path.name for path in (unvoted / "final").glob("g*"))
        assert labels == ["g00-c00", "g00-c01"][: k + 1]


def add_line(run: Path, asking: Asking, line: str) -> None:
    add_vote(run, "ben", asking.generation, asking.pool, read_ballot(line, "AB"))


def test_where_no_clip_can_be_made_nobody_is_asked_or_waited_for(
    designer: Designer, tmp_path: Path
) -> None:
    pytest.importorskip("av", reason="clips are made with PyAV (extra people)")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "task.yaml").write_text(FLAT)
    asked = ["--judge=people", "--human=page", "--deadline-s=100", "--out=run"]
    began = time.monotonic()
    done = designer("run", "./flat", *TINY, *asked)
    assert time.monotonic() - began < 80
    assert done.returncode == 0, done.stderr
    assert "no clip of g00/c00: no clip can be made of Pendulum-v1" in done.stdout
    assert "nobody is asked: there are not enough clips to compare" in done.stdout
    assert "people are asked" not in done.stdout
    assert NO_VOTES in done.stdout
    done = designer("ask", "run", "--terminal")
    assert done.returncode == 2
    assert "no two policies with clips" in done.stderr


def test_only_pairs_with_clips_are_asked() -> None:
    asking = Asking(0, ("a", "b", "c"), 3, 4, 9.0, 0, (("a", "b"), ("b", "c")))
    some = asking.among(["a", "b"])
    assert (some.pool, some.pairs, some.questions) == (("a", "b"), (("a", "b"),), 1)
    assert asking.among(["b"]).pool == ()
    assert asking.among([]).pool == ()
    one = Asking(0, ("a",), 1, 4, 9.0, 0)
    assert one.among(["a"]) == one
    assert one.among([]).pool == ()


def test_a_report_says_with_which_versions_a_run_was_made(unvoted: Path) -> None:
    held = yaml.safe_load((unvoted / "config.yaml").read_text())["versions"]
    report = (unvoted / "report.md").read_text()
    versions = {"python": platform.python_version()}
    for name in RECORDED_LIBRARIES:
        with suppress(PackageNotFoundError):  # an extra that is not installed
            versions[name] = version(name)
    assert len(versions) > 4
    for name, there in versions.items():
        assert held[name] == there
        assert f" {name} {there}" in report
