"""Whole small searches in which somebody votes, as a user starts them."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from designer.votes.preferences import PREFERENCES_FILE, read_votes
from envs.make import load_task
from envs.task import TASKS
from tests.designer.conftest import environment, small

TASK = "inverted-pendulum-balance"
LEARNT = 6144  # steps after which policies differ; until then all votes are ties
PEOPLE = ["--judge=people", "--human=synthetic"]


def test_people_alone_can_choose_the_reward(designer, tmp_path):
    done = designer(
        "run", TASK, *small(candidates=3, steps=LEARNT), *PEOPLE, "--out=run", "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["judged_by"] == "people"
    assert [row["reward"] for row in result["table"]] == ["designed", "human", "sparse"]
    report = (tmp_path / "run" / "report.md").read_text()
    assert "## What people said" in report
    assert "no metric was read" in report
    assert "10% of neighbours swapped" in report
    assert "nan" not in report.lower()
    generations = [vote.generation for vote in read_votes(tmp_path / "run")]
    assert sorted(set(generations)) == [0, 1, 2]  # two, and the final policies


def test_where_people_judge_no_file_of_a_run_holds_the_metric(designer, tmp_path):
    """Only the synthetic rater reads it, and keeps an order alone."""
    done = designer("run", TASK, *small(generations=1), *PEOPLE, "--out=run")
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "run").rglob("outcome.json"):
        for result in json.loads(path.read_text())["results"]:
            assert result["judgement"]["fitness"] is None
            assert result["judgement"]["success"] is None
    curves = next((tmp_path / "run").rglob("curves.csv")).read_text().splitlines()
    column = curves[0].split(",").index("fitness")
    assert {row.split(",")[column] for row in curves[1:]} == {"nan"}


def test_a_task_without_a_metric_can_be_run(designer, tmp_path):
    shutil.copytree(TASKS / TASK, tmp_path / "mine")
    (tmp_path / "mine" / "hidden.py").unlink()
    done = designer("run", "./mine", *small(generations=1), "--out=a")
    assert done.returncode == 2
    assert "hidden.py" in done.stderr
    few = small(generations=1, steps=LEARNT)
    words = ["--judge=people", "--factors=fell, length:0", "--out=b", "--json"]
    done = designer("run", "./mine", *few, *words)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout.splitlines()[-1])["table"]
    assert row["reward"] == "designed"


@pytest.mark.slow
def test_both_is_stated_with_its_weights(designer, tmp_path):
    both = ["--judge=both", "--human=synthetic", "--people-weight=0.25"]
    done = designer("run", TASK, *small(generations=1), *both, "--out=run")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "run" / "report.md").read_text()
    assert "0.25 strength by votes + 0.75 fitness" in report
    assert "beaten" in report or "beats" in report or "can't be told" in report


@pytest.mark.slow
def test_a_stopped_run_asks_only_what_is_missing(designer, tmp_path):
    arguments = ["run", TASK, *small(generations=1), *PEOPLE, "--out=run"]
    assert designer(*arguments).returncode == 0
    votes = (tmp_path / "run" / PREFERENCES_FILE).read_text()
    (tmp_path / "run" / "result.json").unlink()
    assert designer("resume", "run").returncode == 0
    assert (tmp_path / "run" / PREFERENCES_FILE).read_text() == votes


def test_the_deadline_passes_and_the_run_goes_on(tmp_path):
    """Its input stays open, and nobody types."""
    reading, writing = os.pipe()
    words = ["--human=terminal", "--deadline-s=0.5", "--out=run"]
    done = subprocess.run(
        [sys.executable, "-m", "designer", "run", TASK, *small(candidates=1), *words],
        cwd=tmp_path,
        env=environment(),
        stdin=reading,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writing)
    os.close(reading)
    assert done.returncode == 0, done.stderr
    assert "no vote came in time" in done.stdout
    assert read_votes(tmp_path / "run") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--judge=people"], "needs somebody who votes"),
        (["--human=synthetic"], "which nobody counts with --judge metric"),
        (["--factors=fell"], "which nobody counts with --judge metric"),
        (["--judge=people", "--factors=felt"], "fell"),
        (["--judge=people", "--factors=task"], "names no factors"),
        (["--judge=people", "--human=page", "--clips=7"], "--clips"),
    ],
)
def test_settings_that_contradict_are_told_at_the_start(
    designer, tmp_path, options, said
):
    done = designer("run", TASK, *small(), *options, "--out=run")
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run" / "g00").exists()


def test_a_task_may_rank_factors_of_its_own(tmp_path):
    shutil.copytree(TASKS / TASK, tmp_path / "mine")
    path = tmp_path / "mine" / "task.yaml"
    path.write_text(path.read_text() + "factors: [fell, length]\n")
    assert load_task(str(tmp_path / "mine")).factors == "fell, length"
