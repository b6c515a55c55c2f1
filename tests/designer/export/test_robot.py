"""The exported environment of a robot of one's own does what ours does."""

import re
from pathlib import Path

import numpy as np
import pytest

from designer.export.folder import write_export
from designer.run.provenance import copy_task_files
from envs.make import load_task, make_env
from sandbox.contract import collect, load, view
from tests.designer.export.conftest import search
from tests.designer.export.test_gym_env import every_field

TERMS = ("clock", "effort", "jerk", "even", "odd")
# Joints without a name, which are read from the observation, and a servo with a filter.
ROBOT = """\
<mujoco>
  <worldbody>
    <body name="arm">
      <joint axis="0 1 0"/><joint axis="1 0 0"/>
      <geom type="capsule" fromto="0 0 0 0 0 -.4" size=".03" mass="1"/>
      <body pos="0 0 -.4">
        <joint name="wrist" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 0 0 -.2" size=".03" mass=".3"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position name="servo" joint="wrist" kp="5" timeconst="0.1" ctrlrange="-1 1"/>
  </actuator>
  <keyframe><key name="bent" qpos="0 0 .6"/></keyframe>
</mujoco>
"""
TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs: {xml_file: robot.xml, keyframe: bent, control_s: 0.01, episode_s: 1}
goal: Move.
conventions: SI units
fields:
  swing: {source: "obs[0]", unit: rad, doc: of the arm}
  rates: {source: "obs[3:5]", unit: rad/s, doc: of the arm}
  wrist: {source: joint.wrist.qpos, unit: rad, doc: of the hand}
"""


@pytest.fixture
def own_robot(tmp_path: Path) -> str:
    """The folder of a task with this robot."""
    (tmp_path / "robot.xml").write_text(ROBOT)
    (tmp_path / "task.yaml").write_text(TASK)
    return str(tmp_path)


def exported_env(task: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The environment of an export, as its user makes it."""
    copy_task_files(folder, load_task(task))
    out = folder / "export"
    write_export(search(folder, task, every_field(task), TERMS), out)
    monkeypatch.syspath_prepend(str(out))
    for stale in ("reward", "gym_env"):
        monkeypatch.delitem(__import__("sys").modules, stale, raising=False)
    return __import__("gym_env").make_env()


def test_a_filter_starts_at_the_control_that_holds_the_robot(
    own_robot: str, tmp_path: Path, monkeypatch
) -> None:
    theirs = exported_env(own_robot, tmp_path, monkeypatch)
    ours = make_env(load_task(own_robot), 1)
    ours.reset([0])
    theirs.reset(seed=0)
    activations = ours._physics.bind("act")[0]  # type: ignore[attr-defined]
    assert theirs.data.act.tolist() == activations.tolist() == pytest.approx([0.6])


@pytest.mark.parametrize(
    "task", ["quadruped-velocity", "arm-reach-target", "hand-turn-dial", "own_robot"]
)
def test_it_pays_what_a_training_pays(
    task: str, tmp_path: Path, monkeypatch, own_robot: str
) -> None:
    """From the same state and draws on; those due later are drawn anew here."""
    task = own_robot if task == "own_robot" else task
    theirs = exported_env(task, tmp_path, monkeypatch)
    ours = make_env(load_task(task), 1)
    ours.reset([11])
    theirs.reset(seed=11)
    theirs.drawn = {name: x[0].copy() for name, x in ours.draws.values.items()}
    constants = [name for name in theirs.drawn if name in theirs._constants]
    theirs._write(constants)
    physics = ours._physics  # type: ignore[attr-defined]
    theirs.data.qpos[:], theirs.data.qvel[:] = physics.qpos[0], physics.qvel[0]
    if theirs.model.nmocap:
        theirs.data.mocap_pos[:] = physics.bind("mocap_pos")[0]
    import mujoco

    mujoco.mj_forward(theirs.model, theirs.data)
    theirs._state = theirs._read()
    np.testing.assert_allclose(theirs._look(), ours.obs[0], atol=1e-9)
    rng, reward = np.random.default_rng(0), load(every_field(task))
    for _ in range(30):
        action = 1.2 * rng.uniform(ours.low, ours.high, (1, ours.action_dim))
        step = ours.step(action)
        states = [
            view(x[:, : ours.public_width], ours.public_widths)
            for x in (step.s, step.s_next)
        ]
        terms, paid = collect(reward(states[0], step.action, states[1]), 1)
        _, total, ended, cut, info = theirs.step(action[0])
        same = [info["reward_terms"][term] for term in terms]
        np.testing.assert_allclose(same, paid[0], rtol=1e-6, atol=1e-6)
        assert total == pytest.approx(sum(same))
        assert (ended, cut) == (bool(step.terminated[0]), bool(step.truncated[0]))
        if ended or cut:
            break


def test_the_info_of_a_step_holds_what_the_file_promises(
    own_robot: str, tmp_path: Path, monkeypatch
) -> None:
    env = exported_env(own_robot, tmp_path, monkeypatch)
    text = (tmp_path / "export" / "gym_env.py").read_text()
    promised = set(re.findall(r'info\["(\w+)"\]', text))
    env.reset(seed=0)
    assert promised == {"reward_terms"} <= env.step(np.zeros(1))[4].keys()


def test_what_is_due_is_drawn_again_after_the_step_was_paid(
    tmp_path: Path, monkeypatch
) -> None:
    """The arm's target moves after 2 s, that is 50 steps of 0.04 s."""
    env = exported_env("arm-reach-target", tmp_path, monkeypatch)
    env.reset(seed=0)
    rest = np.zeros(env.action_space.shape)
    first = env.drawn["target"].copy()
    for _ in range(49):
        info = env.step(rest)[4]
    assert np.array_equal(info["target"], first)
    obs, _, _, _, info = env.step(rest)
    assert not np.array_equal(info["target"], first)
    np.testing.assert_allclose(obs[-6:-3], info["target"])
    np.testing.assert_allclose(env.data.mocap_pos[0], info["target"])


def test_a_body_of_gymnasium_with_draws_is_left_to_the_user(tmp_path: Path) -> None:
    draw = "draws: {goal: {uniform: [0, 1], unit: m, doc: where to go}}\n"
    folder = tmp_path / "task"
    folder.mkdir()
    original = load_task("inverted-pendulum-balance").folder
    text = (original / "task.yaml").read_text()
    (folder / "task.yaml").write_text(text.replace("fields:", draw + "fields:", 1))
    (folder / "hidden.py").write_text((original / "hidden.py").read_text())
    source = "def reward(s, a, s_next):\n    return {'up': s.goal}\n"
    exported = write_export(
        search(tmp_path, str(folder), source, ("up",)), tmp_path / "out"
    )
    assert any("adds draws" in line for line in exported.left_out)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Not here: make_env" in card
    assert "from gym_env import make_env" not in card
    assert "def make_env" not in (tmp_path / "out" / "gym_env.py").read_text()
