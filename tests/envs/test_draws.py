from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.episodes import before_actions, play, redraws_of
from envs.fields import unpack
from envs.make import load_task
from envs.task import Task
from envs.yamlfile import TaskError

ROBOT = """\
<mujoco>
  <option gravity="0 0 0"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1" friction="0.5 0.1 0.1"/>
    <body name="goal" mocap="true" pos="1 0 1"/>
    <body name="base" pos="0 0 1">
      <freejoint/><geom name="box" type="box" size=".1 .1 .1" mass="2"/>
      <body name="arm" pos="0 0 .1">
        <joint name="elbow" axis="0 1 0" range="-90 90"/>
        <geom type="capsule" fromto="0 0 0 0 0 .3" size=".02" mass=".1"/>
      </body>
    </body>
  </worldbody>
  <tendon><fixed name="cord"><joint joint="elbow" coef="2"/></fixed></tendon>
  <actuator><position name="servo" joint="elbow" kp="3"/></actuator>
  <keyframe><key name="home" qpos="0 0 1 1 0 0 0 .5"/></keyframe>
</mujoco>
"""
TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs:
  {xml_file: robot.xml, keyframe: home, reset_noise_scale: 0, control_s: 0.01,
   episode_s: 1}
goal: Move.
conventions: SI units
fields:
  velocity: {source: joint.base.qvel, unit: m/s, doc: of the base}
  rotation: {source: "joint.base.qpos[3:7]", unit: "1", doc: of the base}
  goal_position: {source: body.goal.mocap_pos, unit: m, doc: of the goal}
  goal_seen: {source: body.goal.xpos, unit: m, doc: of the goal}
  cord: {source: tendon.cord.length, unit: rad, doc: length of the cord}
"""


def task(folder: Path, rest: str = "") -> Task:
    (folder / "robot.xml").write_text(ROBOT)
    (folder / "task.yaml").write_text(TASK + rest)
    return load_task(str(folder))


def draws(*lines: str) -> str:
    rows = "".join(f"  {line[:-1]}, unit: m, doc: a draw}}\n" for line in lines)
    return f"draws:\n{rows}"


def started(folder: Path, *lines: str, n: int = 3) -> tuple[VectorEnv, Any]:
    """Environments at the start of their episodes, with the fields they show."""
    env = VectorEnv(task(folder, draws(*lines)), n)
    env.reset(range(n))
    return env, unpack(env.frame, env.widths)


def rest(env: VectorEnv) -> np.ndarray:
    """The action that holds the elbow where it starts."""
    return np.tile(0.5 * (env.low + env.high), (env.n, 1))


def test_a_draw_is_a_field_within_its_range(tmp_path) -> None:
    env, fields = started(tmp_path, "aim: {uniform: [[-1, 2], [1, 3]]}", n=200)
    assert env.widths["aim"] == 2
    low, high = fields.aim.min(axis=0), fields.aim.max(axis=0)
    assert (low >= [-1, 2]).all()
    assert (high <= [1, 3]).all()
    assert high - low == pytest.approx([2, 1], abs=0.1)


def test_a_draw_of_one_number_is_a_scalar_field(tmp_path) -> None:
    env, fields = started(tmp_path, "speed: {uniform: [1, 2]}")
    assert env.widths["speed"] == 0
    assert fields.speed.shape == (3,)


def test_a_mocap_goal_is_where_it_was_drawn(tmp_path) -> None:
    line = "aim: {uniform: [[0, 0, 1], [1, 1, 2]], sets: body.goal.mocap_pos}"
    _, fields = started(tmp_path, line)
    assert np.array_equal(fields.aim, fields.goal_position)
    assert np.array_equal(fields.aim, fields.goal_seen)


def test_a_start_can_be_set_and_added_to(tmp_path) -> None:
    _, fields = started(
        tmp_path,
        "speed: {uniform: [[1, 2], [3, 4]], sets: 'joint.base.qvel[0:2]'}",
        "more: {uniform: [10, 20], adds: 'joint.base.qvel[0]'}",
    )
    assert np.allclose(fields.velocity[:, 0], fields.speed[:, 0] + fields.more)
    assert np.array_equal(fields.velocity[:, 1], fields.speed[:, 1])


def test_a_turn_sets_a_rotation(tmp_path) -> None:
    line = "heading: {turn: z, uniform: [-3, 3], sets: 'joint.base.qpos[3:7]'}"
    _, fields = started(tmp_path, line)
    assert np.allclose(fields.rotation, fields.heading)
    assert (fields.heading[:, 1:3] == 0).all()
    assert np.linalg.norm(fields.heading, axis=1) == pytest.approx(1)


def test_a_mass_is_scaled_from_the_models_own_at_every_start(tmp_path) -> None:
    env, _ = started(tmp_path, "load: {uniform: [0.5, 1.5], scales: body.base.mass}")
    mass = env._physics._batch.body("base").mass[:, 0]
    for _ in range(3):
        env.reset([4, 5, 6])
        assert mass == pytest.approx(2 * env.draws.values["load"])
    assert env.model.body("base").mass[0] == 2  # the robot as the prompt has it


def test_a_heavier_robot_is_harder_to_move(tmp_path) -> None:
    """Under one force, accelerations are as the inverse of masses: 2.1 and 4.1 kg."""
    env, _ = started(
        tmp_path,
        "load: {uniform: [1, 2], scales: body.base.mass}",
        "force: {uniform: [[1, 0, 0], [1, 0, 0]], sets: 'body.base.xfrc_applied[0:3]'}",
    )
    step = env.step(rest(env))
    speed = unpack(step.s_next, env.widths).velocity[:, 0]
    mass = 2 * env.draws.values["load"] + 0.1
    assert speed * mass == pytest.approx([0.01] * 3, rel=0.1)


def test_friction_differs_between_environments(tmp_path) -> None:
    line = "grip: {uniform: [0.1, 2], sets: 'geom.floor.friction[0]', hidden: true}"
    env, fields = started(tmp_path, line)
    friction = env._physics._batch.geom("floor").friction
    assert np.array_equal(friction[:, 0], fields.grip)
    assert (friction[:, 1:] == 0.1).all()
    assert "grip" not in env.public_widths
    assert "grip" in env.widths


def test_draws_are_those_of_the_seed_whatever_else_runs(tmp_path) -> None:
    lines = (
        "aim: {uniform: [-1, 1], again_s: [0.02, 0.1]}",
        "kick: {uniform: [-1, 1], adds: 'joint.base.qvel[0]', again_s: 0.05}",
    )
    mine = task(tmp_path, draws(*lines))

    def frames(seeds: list[int]) -> np.ndarray:
        episodes = play(mine, lambda obs: np.zeros((len(obs), 1)), seeds)
        return episodes[seeds.index(7)].frames

    assert np.array_equal(frames([7]), frames([3, 9, 7, 1]))


def test_another_draw_changes_no_other(tmp_path) -> None:
    first = started(tmp_path, "aim: {uniform: [-1, 1]}")[1].aim
    more = ("new: {uniform: [-1, 1]}", "aim: {uniform: [-1, 1]}")
    assert np.array_equal(started(tmp_path, *more)[1].aim, first)


def test_every_episode_draws_anew(tmp_path) -> None:
    env, _ = started(tmp_path, "aim: {uniform: [-1, 1]}")
    aims = [env.draws.values["aim"].copy()]
    for _ in range(200):
        step = env.step(np.zeros((3, 1)))
        if step.reasons:
            aims.append(env.draws.values["aim"].copy())
    assert len(aims) == 3
    assert len(np.unique(aims)) == 9


def test_one_transition_holds_one_command(tmp_path) -> None:
    env, _ = started(tmp_path, "aim: {uniform: [-1, 1], again_s: 0.05}")
    values = []
    for _ in range(12):
        step = env.step(np.zeros((3, 1)))
        before, after = (unpack(x, env.widths).aim for x in (step.s, step.s_next))
        assert np.array_equal(before, after)
        values.append(before[0])
    # Drawn at 0, 0.05 and 0.1 s, in steps of 0.01 s.
    assert [values.count(value) for value in dict.fromkeys(values)] == [5, 5, 2]


def test_recorded_transitions_hold_one_command_each(tmp_path) -> None:
    line = "aim: {uniform: [-1, 1], again_s: 0.05}"
    mine = task(tmp_path, draws(line))
    (episode,) = play(mine, lambda obs: np.full((len(obs), 1), 0.5), [3])
    before = before_actions(episode.frames, redraws_of(VectorEnv(mine, 1)))
    fields = unpack(before, episode.widths)
    assert np.array_equal(fields.aim, episode.aim[1:])
    assert np.array_equal(fields.time, episode.time[:-1])
    assert len(np.unique(episode.aim)) == 20


def test_a_push_is_felt_in_the_next_state(tmp_path) -> None:
    line = "kick: {uniform: [1, 1], adds: 'joint.base.qvel[0]', again_s: 0.03}"
    env, fields = started(tmp_path, line)
    speeds = [fields.velocity[0, 0]]
    for _ in range(4):
        env.step(rest(env))
        speeds.append(unpack(env.frame, env.widths).velocity[0, 0])
    assert speeds == pytest.approx([1, 1, 1, 2, 2], abs=0.01)


def test_a_range_widens_with_training_and_is_whole_for_the_judge(tmp_path) -> None:
    line = "aim: {uniform: [0, 4], widens: 1000}"
    env, fields = started(tmp_path, line, n=100)
    assert np.ptp(fields.aim) > 3.5
    for steps, width in ((0, 0.0), (500, 2.0), (2000, 4.0)):
        env.draws.trained_steps = steps
        env.reset(range(100))
        aim = env.draws.values["aim"]
        assert np.abs(aim - 2).max() <= width / 2
        assert np.ptp(aim) >= 0.9 * width


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a: {uniform: [1, 0]}", "LOW <= HIGH"),
        ("a: {uniform: [[0, 0], [1]]}", "two lists of as many"),
        ("a: {uniform: [0, .inf]}", "two finite numbers"),
        ("a: {uniform: [-1e308, 1e308]}", "two finite numbers"),
        ("a: {uniform: [[], []]}", "two lists of as many"),
        ("a: {uniform: 3}", "must be [LOW, HIGH]"),
        ("a: {unifrom: [0, 1]}", "did you mean 'uniform'?"),
        ("a: {uniform: [0, 1], turn: w}", "turn must be x, y, z, any"),
        ("a: {uniform: [0, 1], sets: x, adds: y}", "give one of sets, adds, scales"),
        ("a: {uniform: [0, 1], again_s: 0}", "again_s must be seconds"),
        ("a: {uniform: [0, 1], again_s: .inf}", "again_s must be seconds"),
        ("a: {uniform: [0, 1], sets: ''}", "with one source"),
        ("a: {turn: any, widens: 9}", "turn: any has no range that widens"),
        ("a: {uniform: [0, 1], widens: 0.5}", "widens must be a number of"),
        ("a: {uniform: [0, 1], widens: -3}", "widens must be a number of"),
        ("a: {uniform: [0, 1], sets: body.bas.mass}", "did you mean 'base'?"),
        ("a: {uniform: [0, 1], sets: body.base.xpos}", "is computed by MuJoCo"),
        ("a: {uniform: [0, 1], sets: body.base.cfrc_ext}", "is computed by MuJoCo"),
        ("a: {uniform: [0, 1], adds: body.base.subtree_linvel}", "computed by MuJoCo"),
        ("a: {uniform: [0, 1], sets: geom.box.cfrc_ext}", "the geom has no 'cfrc_ext'"),
        ("a: {uniform: [0, 1], sets: body.base.mocap_pos}", "is no mocap body"),
        ("a: {uniform: [0, 1], sets: actuator.servo.ctrl}", "is the action, which"),
        ("a: {uniform: [0, 1], sets: 'obs[0]'}", "can't be written"),
        ("a: {uniform: [0, 1], sets: body.base.sort}", "the body has no 'sort'"),
        ("a: {uniform: [0, 1], sets: tendon.cord.lenght}", "did you mean 'length'?"),
        ("a: {uniform: [0, 1], sets: tendon.cord._stiffness}", "can't be written"),
        ("a: {uniform: [[0, 0], [1, 1]], sets: body.base.mass}", "has 1 numbers"),
        ("a: {uniform: [0, 1], sets: body.goal.mocap_pos}", "only a scale may be one"),
        ("a: {uniform: [0, 1], scales: body.base.mass}", "must be above 0"),
        ("a: {uniform: [0, 1], scales: 'joint.base.qpos[3:7]'}", "0 0 0 0 is none"),
        ("cord: {uniform: [0, 1]}", "there is a field 'cord' too"),
        ("time: {uniform: [0, 1]}", "is always there"),
        ("my draw: {uniform: [0, 1]}", "Python identifier"),
    ],
)
def test_a_faulty_draw_is_an_error_with_its_line(tmp_path, line, words) -> None:
    with pytest.raises(TaskError) as error:
        task(tmp_path, draws(line))
    assert "task.yaml:15: " in str(error.value)
    assert words in str(error.value)


def test_one_number_scales_all_of_several(tmp_path) -> None:
    line = "a: {uniform: [2, 2], scales: geom.floor.friction}"
    env, _ = started(tmp_path, line, n=1)
    friction = env._physics._batch.geom("floor").friction
    assert friction == pytest.approx(np.array([[1, 0.2, 0.2]]))


def test_steps_may_be_written_with_an_exponent(tmp_path) -> None:
    line = "a: {uniform: [0, 1], widens: 1e5}"
    assert task(tmp_path, draws(line)).draws[0].widens == 100_000


def test_a_tendon_is_a_source(tmp_path) -> None:
    """Its length is twice the elbow's angle, 0.5 rad in the keyframe."""
    env = VectorEnv(task(tmp_path), 1)
    env.reset([0])
    assert unpack(env.frame, env.widths).cord[0] == pytest.approx(1.0)
