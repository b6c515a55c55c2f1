"""Batches killed at random moments come to the same results, and pay nothing twice.

CRASH_MOMENTS sets how many random moments the slow test tries; 500 if not given.
"""

import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.designer.conftest import environment, figures, small
from tests.designer.crashes import (
    CALLS_AT_ONCE,
    TASK,
    VARIABLES,
    Author,
    Victims,
    descendants,
    finished_trainings,
    hit,
    recorded,
    results,
    torn,
    trained_steps,
    wait_for_no_orphans,
)
from tests.designer.lives import Nursery

MOMENTS = int(os.environ.get("CRASH_MOMENTS", "500"))
FEW_MOMENTS = 50


@pytest.fixture(scope="module")
def author() -> Iterator[Author]:
    author = Author()
    yield author
    author.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(VARIABLES)
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, author: Author, nursery: Nursery
) -> dict[str, Any]:
    """What the batch comes to if nobody kills it, and how many answers it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    figures = Victims(folder, author.url, nursery).finish()
    assert len(figures) == 2
    return {"figures": figures, "calls": recorded(folder / "out").total()}


@pytest.fixture
def victims(tmp_path: Path, author: Author, nursery: Nursery) -> Victims:
    return Victims(tmp_path, author.url, nursery)


def survive(victims: Victims, kills: int, rng: random.Random, author: Author) -> None:
    """Kill processes of a batch; nothing that is finished is done again."""
    out = victims.folder / "out"
    while victims.kills.total() < kills and not victims.is_finished:
        before, paid, steps = finished_trainings(out), recorded(out), trained_steps(out)
        answers = author.answers.copy()
        victims.live(rng, kills - victims.kills.total())
        after, steps_now = finished_trainings(out), trained_steps(out)
        assert {path: after.get(path) for path in before} == before
        assert all(steps_now[path] >= steps[path] for path in steps)
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


def kill_often(
    victims: Victims,
    rng: random.Random,
    author: Author,
    undisturbed: dict[str, Any],
) -> None:
    """Kill FEW_MOMENTS times, in as many batches as that takes."""
    kills, batches = Counter[str](), 0
    while kills.total() < FEW_MOMENTS:
        folder = victims.folder / f"b{batches}"
        folder.mkdir()
        batch, batches = replace(victims, folder=folder, kills=Counter()), batches + 1
        survive(batch, FEW_MOMENTS - kills.total(), rng, author)
        check_ending(batch, undisturbed)
        kills += batch.kills
    assert kills.keys() == {"main", "training", "reward"}


def test_batches_killed_at_fifty_moments_come_to_the_same_results(
    victims: Victims, author: Author, undisturbed: dict[str, Any]
) -> None:
    kill_often(victims, random.Random(1), author, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MOMENTS // FEW_MOMENTS))
def test_batches_killed_at_many_moments_come_to_the_same_results(
    victims: Victims, author: Author, undisturbed: dict[str, Any], seed: int
) -> None:
    kill_often(victims, random.Random(100 + seed), author, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["/raylet\0", "ray::", "/gcs_server\0"])
def test_a_batch_whose_ray_breaks_comes_to_the_same_results(
    tmp_path: Path, victims: Victims, undisturbed: dict[str, Any], victim: str
) -> None:
    pytest.importorskip("ray")
    victims.options = ("--pool=ray",)
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
    # Processes of Ray look for a head that is gone for a minute before they end.
    wait_for_no_orphans(tmp_path, 120)
    check_ending(victims, undisturbed)


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(
    victims: Victims, undisturbed: dict[str, Any]
) -> None:
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
    victims: Victims, author: Author, undisturbed: dict[str, Any]
) -> None:
    answers = author.answers.total()
    processes = [victims.start(), victims.start()]
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert results(victims.folder / "out") == undisturbed["figures"]
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
