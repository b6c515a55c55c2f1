"""Clips of candidates, with real policies of a real arm; an episode is one second."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from designer.clips.rendering import make_clip
from designer.clips.workers import ClipRequest, make_clips, painter_here
from designer.errors import ConfigError
from designer.training.policy import Policy
from tests.designer.search.test_loop import still_running

ROOT = Path(__file__).parent.parent.parent.parent
TASK = "reacher-reach"
MADE = ["clip.jpg", "clip.mp4", "strip.png"]
# Arms that misbehave in a step, after those that a task is tried with.
MODULE = """\
import os, signal, time
import gymnasium
from gymnasium.envs.mujoco.reacher_v5 import ReacherEnv

class Arm(ReacherEnv):
    steps = 0
    def step(self, action):
        self.steps += 1
        if self.steps > 5:
            self.misbehave()
        return super().step(action)

class Hanging(Arm):
    def misbehave(self):
        os.chdir(os.path.dirname(__file__))  # where still_running looks for it
        time.sleep(600)

class Crashing(Arm):
    def misbehave(self):
        if os.environ["MUJOCO_GL"] != "disable":
            os.kill(os.getpid(), signal.SIGSEGV)

class Reading(ReacherEnv):
    def __init__(self, **settings):
        open("settings.txt").close()
        super().__init__(**settings)

for kind in (Hanging, Crashing, Reading):
    gymnasium.register(f"test/{kind.__name__}-v0", kind, max_episode_steps=50)
"""
YAML = """\
name: arm
env: arms_of_a_test:test/{}-v0
goal: Reach.
conventions: SI units
fields:
  angle: {{source: "obs[0:1]", unit: "1", doc: cosine of the shoulder}}
"""

pytest.importorskip("av", reason="clips need PyAV")


def candidate(folder: Path, trainings: int = 2) -> Path:
    """A candidate's folder, with policies that wave the arm about."""
    for k in range(trainings):
        rng, inside = np.random.default_rng(k), (10, 4, 4, 2)
        layers: dict[str, np.ndarray] = {}
        for n, (wide, high) in enumerate(pairwise(inside), 1):
            layers |= {f"w{n}": rng.normal(size=(wide, high)), f"b{n}": np.zeros(high)}
        (folder / f"s{k}").mkdir(parents=True)
        policy = Policy(
            mean=np.zeros(10),
            scale=np.ones(10),
            clip=np.array(10.0),
            low=-np.ones(2),
            high=np.ones(2),
            **layers,
        )
        policy.save(folder / f"s{k}" / "policy.npz")
    return folder


def shoot(folder: Path, task: str = TASK) -> ClipRequest:
    return ClipRequest(folder, task, (5, 6))


def arm(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A task with an arm that misbehaves."""
    (folder / "arms_of_a_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    (folder / "task").mkdir()
    (folder / "task" / "task.yaml").write_text(YAML.format(kind))
    return str(folder / "task")


def test_an_environment_may_read_files_from_where_the_search_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, task = candidate(tmp_path / "a", 1), arm(tmp_path, "Reading", monkeypatch)
    (tmp_path / "settings.txt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "arms_of_a_test", raising=False)
    make_clip(str(folder), task, (5, 6), "stick figure")
    assert made(folder) == MADE


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def pictures(clip: Path) -> int:
    import av

    with av.open(str(clip)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_candidate_has_a_clip_of_the_same_length(tmp_path: Path) -> None:
    both, alone = candidate(tmp_path / "a"), candidate(tmp_path / "b", trainings=2)
    shoots = [shoot(both), shoot(alone)]
    assert make_clips(shoots, 2, 60.0, "stick figure") == {}
    for folder in (both, alone):
        assert made(folder) == MADE
        assert pictures(folder / "clip.mp4") == 2 * 25


def test_what_has_a_clip_is_not_filmed_again(tmp_path: Path) -> None:
    folder = candidate(tmp_path / "a")
    (folder / "clip.mp4").write_bytes(b"done")
    assert make_clips([shoot(folder)], 1, 60.0) == {}
    assert (folder / "clip.mp4").read_bytes() == b"done"


def test_a_candidate_without_a_policy_does_not_keep_others_from_theirs(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").mkdir()
    empty, good = tmp_path / "empty", candidate(tmp_path / "good", trainings=1)
    reasons = make_clips([shoot(empty), shoot(good)], 1, 60.0, "stick figure")
    assert reasons == {empty: f"no trained policy in {empty}"}
    assert made(good) == MADE


def test_an_environment_without_a_model_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "task").mkdir()
    yaml = YAML.replace("arms_of_a_test:test/{}-v0", "Pendulum-v1").format()
    (tmp_path / "task" / "task.yaml").write_text(yaml)
    folder = candidate(tmp_path / "a", trainings=1)
    reasons = make_clips(
        [shoot(folder, str(tmp_path / "task"))], 1, 60.0, "stick figure"
    )
    assert reasons[folder].startswith("no clip can be made of Pendulum-v1")


def test_a_hanging_rendering_is_stopped_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = candidate(tmp_path / "a")
    task, began = arm(tmp_path, "Hanging", monkeypatch), time.monotonic()
    reasons = make_clips([shoot(folder, task)], 1, 4.0, "stick figure")
    assert reasons == {folder: "rendering took longer than 4 s"}
    assert time.monotonic() - began < 15
    assert not still_running(tmp_path)
    assert made(folder) == []


def test_what_crashes_under_opengl_is_drawn_as_stick_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = candidate(tmp_path / "a", trainings=1)
    task = arm(tmp_path, "Crashing", monkeypatch)
    assert make_clips([shoot(folder, task)], 1, 60.0, "gl") == {}
    assert made(folder) == MADE


def test_broken_opengl_is_found_out_and_leaves_stick_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "nonsense")
    assert painter_here.__wrapped__() == "stick figure"
    folder = candidate(tmp_path / "a", trainings=1)
    assert make_clips([shoot(folder)], 1, 60.0, "gl") == {}
    assert made(folder) == MADE


@pytest.mark.skipif(painter_here() != "gl", reason="OpenGL does not work here")
def test_opengl_makes_the_same_files(tmp_path: Path) -> None:
    folder = candidate(tmp_path / "a")
    assert make_clips([shoot(folder)], 1, 60.0) == {}
    assert made(folder) == MADE
    assert pictures(folder / "clip.mp4") == 2 * 25


def test_without_pyav_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.clips.tools.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"PyAV; install it with pip .*\[people\]"):
        make_clips([shoot(candidate(tmp_path / "a"))], 1, 60.0)


def test_renderings_die_with_the_process_that_wanted_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = candidate(tmp_path / "a")
    task = arm(tmp_path, "Hanging", monkeypatch)
    code = (
        "from pathlib import Path;"
        "from designer.clips.workers import ClipRequest, make_clips;"
        f"make_clips([ClipRequest(Path({str(folder)!r}), {task!r}, (5, 6))], 1, 600.0, "
        "'stick figure')"
    )
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    parent = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}
    )
    wait_until(lambda: bool(still_running(tmp_path)))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not still_running(tmp_path))


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
