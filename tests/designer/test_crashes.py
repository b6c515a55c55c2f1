"""Batches killed at random moments come to the same results, and pay nothing twice.

CRASH_MOMENTS sets how many random moments the slow test tries; 500 if not given.
"""

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.designer.conftest import environment, figures, small
from tests.designer.crashes import (
    CALLS_AT_ONCE,
    TASK,
    Author,
    Victims,
    descendants,
    finished_trainings,
    hit,
    recorded,
    results,
    torn,
    wait_for_no_orphans,
)

MOMENTS = int(os.environ.get("CRASH_MOMENTS", "500"))
KILLS = 5  # of one batch
KINDS = ("main", "training", "reward")


@pytest.fixture(scope="module")
def author() -> Iterator[Author]:
    author = Author()
    yield author
    author.close()


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, author: Author
) -> dict[str, Any]:
    """What the batch comes to if nobody kills it, and how many answers it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    figures = Victims(folder, author.url).finish()
    assert len(figures) == 2
    return {"figures": figures, "calls": recorded(folder / "out").total()}


def survive(victims: Victims, kills: int, rng: random.Random, author: Author) -> None:
    """Kill a batch some times; nothing that is finished is done again."""
    for _ in range(kills):
        out = victims.folder / "out"
        before, paid = finished_trainings(out), recorded(out)
        answers = author.answers.copy()
        victims.live_and_kill(rng, rng.choice(KINDS))
        after = finished_trainings(out)
        assert {path: after.get(path) for path in before} == before
        # What was answered and is not recorded was under way when it was killed.
        new = recorded(out) - paid
        lost = (author.answers - answers - new).total()
        assert lost <= CALLS_AT_ONCE
        assert recorded(out) >= paid


def check_ending(victims: Victims, undisturbed: dict[str, Any]) -> None:
    out = victims.folder / "out"
    assert victims.finish() == undisturbed["figures"]
    assert recorded(out).total() == undisturbed["calls"]
    assert torn(out) == []
    wait_for_no_orphans(victims.folder)


def test_a_batch_that_was_killed_comes_to_the_same_results(
    tmp_path: Path, author: Author, undisturbed: dict[str, Any]
) -> None:
    victims = Victims(tmp_path, author.url)
    survive(victims, 2, random.Random(1), author)
    check_ending(victims, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MOMENTS // KILLS))
def test_batches_killed_at_many_moments_come_to_the_same_results(
    tmp_path: Path, author: Author, undisturbed: dict[str, Any], seed: int
) -> None:
    victims = Victims(tmp_path, author.url)
    survive(victims, KILLS, random.Random(100 + seed), author)
    check_ending(victims, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["/raylet\0", "ray::", "/gcs_server\0"])
def test_a_batch_whose_ray_breaks_comes_to_the_same_results(
    tmp_path: Path, author: Author, undisturbed: dict[str, Any], victim: str
) -> None:
    pytest.importorskip("ray")
    victims = Victims(tmp_path, author.url, ("--pool=ray",))
    process = victims.start()
    deadline = time.monotonic() + 120
    while not [*(tmp_path / "out").glob("*/final/*/s0/checkpoint.npz")]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pids = titled(process.pid, victim)
    assert pids
    for pid in pids:
        hit(pid)
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    wait_for_no_orphans(tmp_path)
    check_ending(victims, undisturbed)


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(
    tmp_path: Path, author: Author, undisturbed: dict[str, Any]
) -> None:
    victims = Victims(tmp_path, author.url)
    (tmp_path / "small.yaml").write_text("")
    process = victims.start()
    # Prompts still fit, episodes and policies do not.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (30_000, 30_000))
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 2
    assert errors.count("\n") == 1
    assert "disk full" in errors or "File too large" in errors
    check_ending(victims, undisturbed)


@pytest.mark.slow
def test_a_clock_that_jumps_changes_nothing(tmp_path: Path) -> None:
    steady, jumping = tmp_path / "steady", tmp_path / "jumping"
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import itertools, time\n"
        "_time, _jumps = time.time, itertools.cycle((0, 9e6, -9e6))\n"
        "time.time = lambda: _time() + next(_jumps)\n"
    )
    paths = os.pathsep.join([str(patch), environment()["PYTHONPATH"]])
    for folder, path in ((steady, environment()["PYTHONPATH"]), (jumping, paths)):
        command = [sys.executable, "-m", "designer", "run", TASK, *small()]
        env = environment() | {"PYTHONPATH": path}
        subprocess.run([*command, f"--out={folder}"], env=env, check=True, timeout=300)
    assert figures(jumping) == figures(steady)


@pytest.mark.slow
def test_two_processes_on_one_batch_share_its_runs(
    tmp_path: Path, author: Author, undisturbed: dict[str, Any]
) -> None:
    victims, answers = Victims(tmp_path, author.url), author.answers.total()
    processes = [victims.start(), victims.start()]
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert results(tmp_path / "out") == undisturbed["figures"]
    assert author.answers.total() - answers == undisturbed["calls"]


@pytest.mark.slow
def test_a_run_whose_page_is_killed_goes_on_without_it(tmp_path: Path) -> None:
    for library in ("starlette", "uvicorn", "av"):
        pytest.importorskip(library)
    command = [sys.executable, "-m", "designer", "run", TASK, *small()]
    alone = [*command, f"--out={tmp_path / 'alone'}"]
    subprocess.run(alone, env=environment(), check=True, timeout=300)
    asking = [*command, "--human=page", "--deadline-s=3", f"--out={tmp_path / 'asks'}"]
    process = subprocess.Popen(asking, env=environment(), cwd=tmp_path)
    deadline = time.monotonic() + 120
    while not (pages := titled(process.pid, "designer\0ask")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for pid in pages:
        hit(pid)
    assert process.wait(300) == 0
    assert figures(tmp_path / "asks") == figures(tmp_path / "alone")
    wait_for_no_orphans(tmp_path)


def titled(main: int, words: str) -> list[int]:
    """Processes under main whose command line has these words."""
    pids = []
    for pid in descendants(main):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if words in command:
            pids.append(pid)
    return pids
