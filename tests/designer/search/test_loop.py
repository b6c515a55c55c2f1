"""Whole searches on a task that takes seconds, through the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.designer.conftest import Designer, environment, figures, small

TASK = "inverted-pendulum-balance"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """One finished run that several tests look at."""
    folder = tmp_path_factory.mktemp("finished")
    command = [sys.executable, "-m", "designer", "run", TASK, *small(out="run")]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=120)
    return folder / "run"


def test_a_run_ends_with_a_table_of_designed_human_and_sparse(finished: Path) -> None:
    result = figures(finished)
    assert [row["reward"] for row in result["table"]] == ["designed", "human", "sparse"]
    for row in result["table"]:
        assert len(row["by_seed"]) == 2
        assert row["interval"][0] <= row["fitness"] <= row["interval"][1]
        assert row["steps"] == 2 * 2048


def test_a_run_folder_holds_what_the_design_says(finished: Path) -> None:
    for name in [
        "config.yaml",
        "command.txt",
        "events.jsonl",
        "report.md",
        "result.json",
        "fitness.svg",
        "best/reward.py",
        "best/policy.npz",
        "best/README.md",
        "g00/c00/reward.py",
        "g00/c00/outcome.json",
        "g01/c01/outcome.json",
        "g00/c00/s0/curves.csv",
        "g00/c00/s0/policy.npz",
        "g00/c00/s0/checkpoint.npz",
        "g00/c00/s1/episodes.npz",
        "final/human/s0/result.json",
    ]:
        assert (finished / name).is_file(), name


def test_the_winner_s_search_score_is_shown_against_its_retraining(
    finished: Path,
) -> None:
    result = figures(finished)
    outcome = json.loads((finished / result["winner"] / "outcome.json").read_text())
    scores = [r["judgement"]["fitness"] for r in outcome["results"]]
    gap = sum(scores) / 2 - result["table"][0]["fitness"]
    assert result["search_minus_retrain"] == pytest.approx(gap)
    assert "In the search it scored" in (finished / "report.md").read_text()


def test_the_best_policy_is_of_the_seed_that_scored_most(finished: Path) -> None:
    result = figures(finished)
    scores = result["table"][0]["by_seed"]
    assert len(set(scores)) == 2
    best = (finished / "best" / "policy.npz").read_bytes()
    k = scores.index(max(scores))
    final = finished / "final" / result["winner"].replace("/", "-")
    assert best == (final / f"s{k}" / "policy.npz").read_bytes()


def test_final_seeds_were_never_seen_in_the_search(finished: Path) -> None:
    def seeds(pattern: str) -> set[int]:
        files = finished.glob(pattern)
        return {json.loads(file.read_text())["seed"] for file in files}

    search, final = seeds("g*/c*/s*/result.json"), seeds("final/*/s*/result.json")
    # The third is the confirmation's.
    assert (len(search), len(final)) == (2, 3)
    assert not search & final


def test_the_same_seed_gives_the_same_table(
    finished: Path, designer: Designer, tmp_path: Path
) -> None:
    done = designer("run", TASK, *small(workers=1, out="again"))
    assert done.returncode == 0, done.stderr
    assert figures(tmp_path / "again") == figures(finished)


def test_json_makes_the_last_line_one_object(
    finished: Path, designer: Designer
) -> None:
    done = designer("resume", str(finished), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["run"] == str(finished)
    assert {row["reward"] for row in said["table"]} == {"designed", "human", "sparse"}


def test_a_finished_run_is_resumed_without_training_again(
    finished: Path, designer: Designer
) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished.rglob("policy.npz")}
    del before[finished / "best" / "policy.npz"]
    first = figures(finished)
    assert designer("resume", str(finished)).returncode == 0
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert figures(finished) == first


def test_nothing_of_the_hidden_side_is_in_a_prompt(designer: Designer) -> None:
    text = designer("tasks", "hopper-run").stdout
    assert "torso_height" in text
    assert "x_position" not in text
    assert "fitness" not in text


def kill_at_random(command: list[str], folder: Path, after_s: float) -> None:
    """Start, and SIGKILL the command's own process (not its group) after a while."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_no_training_outlives_a_killed_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "designer", "run", TASK, "--out=run"]
    kill_at_random(command, tmp_path, 2.5)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and still_running(tmp_path):
        time.sleep(0.1)
    assert not still_running(tmp_path)


def still_running(folder: Path) -> list[str]:
    """Processes whose working folder, or whose output, is inside this one."""
    running = []
    for process in Path("/proc").glob("[0-9]*"):
        for link in (process / "cwd", process / "fd" / "1"):
            try:
                where = str(link.readlink())
            except OSError:
                continue
            if where.startswith(str(folder)):
                running.append(f"{process.name} in {where}")
    return running
