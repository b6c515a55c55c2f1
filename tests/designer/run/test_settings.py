"""Flags, recipes and config.yaml are read by the same types and ranges."""

from dataclasses import replace
from pathlib import Path

import pytest

from designer.__main__ import run as run_command
from designer.commands.run import settled
from designer.config import RunConfig
from envs.make import load_task
from tests.designer.conftest import Designer
from tests.designer.started import TASK, change, refusal, started


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("generations: 5", "generations: five", "must be a whole number, got 'five'"),
        ("seeds: 2", "seeds: [2]", "config.yaml:8: 'seeds' must be a whole number"),
        ("episodes: 16", "episodes: 1000000000000", "must be <= 100000"),
        ("repairs: 2", "repairs: true", "must be a whole number, got True"),
        ("islands: 1", "islands: null", "must be a whole number, got None"),
        ("wall_s: 3600.0", "wall_s: .inf", "must be a finite number"),
        ("scores: true", "scores: maybe", "must be true or false"),
        ("form: sum", "form: product", "must be one of sum, sign"),
        ("price: null", "price: [1, 2, 3]", "must be a list of 2"),
        ("model: symbolic", "model: {a: 1}", "must be text"),
        ("steps: null", "stepz: 5", "did you mean 'steps'"),
        ("steps: null", "steps: 2024-13-45", "config.yaml:7"),
        ("steps: null", "steps: !!python/name:os.system", "config.yaml:7"),
        ("steps: null", "seeds: 3", "'seeds' appears twice"),
        ("steps: null", "steps: &a 5\nhistory: *a", "aliases"),
        ("steps: null", "steps: " + "[" * 600, "config.yaml"),
        ("judge: metric", "judge: both", "needs somebody who votes"),
        ("versions:", "version:", "did you mean 'versions'"),
    ],
)
def test_settings_of_a_run_are_checked_like_flags(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    run = started(tmp_path)
    change(run / "config.yaml", old, new)
    assert words in refusal(run)


@pytest.mark.parametrize("content", [b"", b"\0\xff\xfe", b"- 1\n", b"seeds: 3\n"])
def test_a_config_that_is_no_config_is_refused(tmp_path: Path, content: bytes) -> None:
    run = started(tmp_path)
    (run / "config.yaml").write_bytes(content)
    assert "config.yaml" in refusal(run)


def test_a_config_that_was_cut_off_anywhere_is_refused_or_whole(tmp_path: Path) -> None:
    run = started(tmp_path, seeds=7)
    whole = (run / "config.yaml").read_bytes()
    end = whole.index(b"versions:") + len("versions:\n  p")
    for length in range(0, end, 23):
        (run / "config.yaml").write_bytes(whole[:length])
        refusal(run)


def test_a_recipe_from_elsewhere_chooses_neither_keys_nor_walls(
    designer: Designer, tmp_path: Path
) -> None:
    recipe = tmp_path / "theirs.yaml"
    recipe.write_text("candidates: 1\nmodel: m@http://127.0.0.1:9/v1\nsandbox: none\n")
    done = designer("plan", TASK, "--recipe=theirs.yaml", "--sandbox=auto")
    assert done.returncode == 2
    assert "which a recipe can't choose" in done.stderr
    assert "add --model m@http://127.0.0.1:9/v1" in done.stderr
    flags = ["--model=symbolic", "--sandbox=auto"]
    done = designer("plan", TASK, "--recipe=theirs.yaml", *flags)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("candidates: eight\n", "theirs.yaml:1: 'candidates' must be a whole number"),
        ("seeds: 2\nworkers: 0\n", "theirs.yaml:2: 'workers' must be >= 1, got 0"),
        ("price: [1, .nan]\n", "'price.1' must be a finite number"),
        ("judge: both\n", "needs somebody who votes"),
        ("a: &a [1]\nb: [*a, *a]\n", "aliases"),
    ],
)
def test_a_recipe_is_read_like_a_run_s_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "theirs.yaml").write_text(text)
    assert run_command(["run", TASK, f"--recipe={tmp_path}/theirs.yaml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--workers=0", "Must be >= 1"),
        ("--wall-s=nan", "nan"),
        ("--price=-1 2", "price"),
        ("--wall-s=inf", "Must be <= 1000000000"),
        ("--max-usd=inf", "'max_usd' must be a finite number"),
        ("--episodes=1000000000000", "Must be <= 100000"),
    ],
)
def test_flags_have_the_same_ranges(
    capsys: pytest.CaptureFixture[str], flag: str, words: str
) -> None:
    assert run_command(["run", TASK, *flag.split(" ")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_a_race_is_left_out_where_trainings_can_not_pause() -> None:
    task, config = load_task(TASK), RunConfig(trainer="sb3", race="halving")
    by_sac = replace(task, train=replace(task.train, algo="sac"))
    assert settled(config, task).race == "halving"
    assert settled(config, by_sac).race == "none"
