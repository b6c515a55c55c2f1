"""The command line from outside: what it prints and with which code it ends."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.designer.conftest import Designer, environment, small, wait_for

TASK = "inverted-pendulum-balance"
GOOD = 'def reward(s, a, s_next):\n    return {"up": np.cos(s_next.pole_angle)}\n'


def one_error_line(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """The single line of an expected failure."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "hoper-run"], "did you mean 'hopper-run'"),
        (["run", TASK, "--recipe", "nope"], "unknown recipe 'nope'"),
        (["run", TASK, "--model", "replai:x"], "replay:RUN"),
        (["run", TASK, "--model", "replay:nowhere"], "nowhere"),
        (["run", TASK, "--model", "gpt-x"], "OPENAI_API_KEY"),
        (["run", TASK, "--candidates", "0"], "candidates"),
        (["run", TASK, "--candidates", "many"], "many"),
        (["run", TASK, "--generation", "2"], "--generations"),
        (["run", TASK, "--trainer", "magic"], "magic"),
        (["run", TASK, "--algo", "sac"], "sac needs --trainer sb3"),
        (["run"], "task"),
        (["resume", "nowhere"], "not a run folder"),
        (["report", "nowhere"], "not a run folder"),
        (["report"], "expected at least one run folder"),
        (["tasks", "nope"], "unknown task 'nope'"),
        (["check", "nowhere.py", "--task", TASK], "nowhere.py: No such file"),
        (
            ["run", TASK, "--max-usd", "1", "--model", "x@http://127.0.0.1:9/v1"],
            "price",
        ),
        (["fly"], "fly"),
    ],
)
def test_a_wrong_command_is_one_line(
    designer: Designer, arguments: list[str], words: str
) -> None:
    assert words in one_error_line(designer(*arguments))


def test_a_recipe_with_an_unknown_key_is_told(designer: Designer, tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text("candidates: 2\ngenertions: 3\n")
    line = one_error_line(designer("run", TASK, "--recipe", "mine.yaml"))
    assert "genertions" in line


def test_flags_win_over_the_recipe(designer: Designer, tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text("candidates: 3\ngenerations: 2\nsteps: 2048\n")
    done = designer("plan", TASK, "--recipe=mine.yaml", "--candidates=4", "--json")
    costs = json.loads(done.stdout.splitlines()[-1])
    assert costs["trainings"] == 4 * 2 * 2 + 3 * 5
    assert costs["steps"] == costs["trainings"] * 2048


def test_a_second_run_in_the_same_folder_is_refused(
    designer: Designer, tmp_path
) -> None:
    command = [sys.executable, "-m", "designer", "run", TASK, "--out=run"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    first = subprocess.Popen(command, cwd=tmp_path, env=environment(), **quiet)
    try:
        wait_for(tmp_path / "run" / "g00", first)
        line = one_error_line(designer("resume", "run"))
        assert f"in use by process {first.pid}" in line
        line = one_error_line(designer("run", TASK, "--out=run"))
        assert "designer resume run" in line
    finally:
        first.kill()
        first.wait()


def test_a_folder_that_cannot_be_written_is_told(designer: Designer, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    line = one_error_line(designer("run", TASK, "--out=file/run"))
    assert "file/run" in line


def test_a_full_disk_is_told_and_loses_nothing(tmp_path) -> None:
    """A file size limit stands in for the disk: writes fail in the same place."""
    code = (
        "import resource, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000));"
        "from designer.__main__ import run;"
        f"sys.exit(run(['run', '{TASK}', *{small(episodes=400, out='run')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert (tmp_path / "run" / "config.yaml").is_file()


def test_an_interrupted_run_says_how_to_go_on(tmp_path) -> None:
    command = [sys.executable, "-m", "designer", "run", TASK, "--out=run"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(tmp_path / "run" / "g00", process)
    time.sleep(0.5)
    process.send_signal(2)
    with process.stderr as errors:
        said = errors.readline()
        while process.poll() is None:  # whoever is impatient presses Ctrl-C again
            process.send_signal(2)
            time.sleep(0.001)
        assert said + errors.read() == (
            "interrupted; go on with: designer resume run\n"
        )
    assert process.returncode == 130


def test_check_accepts_a_reward_that_fits(designer: Designer, tmp_path) -> None:
    (tmp_path / "reward.py").write_text(GOOD)
    done = designer("check", "reward.py", "--task", TASK, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["terms"] == ["up"]


def test_check_tells_findings_as_notes(designer: Designer, tmp_path) -> None:
    (tmp_path / "reward.py").write_text(GOOD.replace("np.cos", "-2.0 + np.cos"))
    done = designer("check", "reward.py", "--task", TASK)
    assert done.returncode == 0, done.stdout
    assert "reward.py: note: the sum of the terms is negative on 100%" in done.stdout


def test_check_names_line_and_nearest_field(designer: Designer, tmp_path) -> None:
    (tmp_path / "reward.py").write_text(GOOD.replace("pole_angle", "pole_angel"))
    done = designer("check", "reward.py", "--task", TASK)
    assert done.returncode == 2
    assert "line 2" in done.stdout
    assert "nearest: pole_angle" in done.stdout


def test_tasks_lists_every_task(designer: Designer) -> None:
    rows = json.loads(designer("tasks", "--json").stdout.splitlines()[-1])
    assert {"hopper-run", "halfcheetah-run", TASK} <= {row["task"] for row in rows}


def test_a_reader_that_wants_no_more_is_no_error(tmp_path) -> None:
    """As in designer tasks | head -1."""
    process = subprocess.Popen(
        [sys.executable, "-m", "designer", "tasks"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.communicate()[1] == ""
    assert process.returncode == 0


def test_doctor_finds_this_machine_fit(designer: Designer) -> None:
    done = designer("doctor", "--json")
    assert done.returncode == 0, done.stdout
    rows = json.loads(done.stdout.splitlines()[-1])
    assert {"Python", "mujoco", "sandbox: auto"} <= {row["what"] for row in rows}


def test_foreign_packages_of_our_names_are_told(tmp_path) -> None:
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "__init__.py").write_text("")
    root = environment()["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-c", "from designer.__main__ import main; main()", "tasks"],
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "package 'envs' does not come from this project" in one_error_line(done)


def test_a_task_outside_the_project_runs(designer: Designer, tmp_path) -> None:
    source = Path(environment()["PYTHONPATH"]) / "envs" / "tasks" / TASK
    mine = tmp_path / "mine"
    mine.mkdir()
    text = (source / "task.yaml").read_text().replace(TASK, "my-balance")
    (mine / "task.yaml").write_text(text)
    (mine / "hidden.py").write_text((source / "hidden.py").read_text())
    done = designer("run", "./mine", *small(generations=1, out="run"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "best" / "reward.py").is_file()
