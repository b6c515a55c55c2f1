"""What is drawn on MJX, with a cart without contacts whose motion is derivable."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from envs.make import load_task
from envs.yamlfile import TaskError

jax = pytest.importorskip("jax", reason="MJX is an extra")
pytest.importorskip("mujoco.mjx", reason="MJX is an extra")

from envs.mjx.world import Worlds  # noqa: E402

WORLDS = 16
ROBOT = """\
<mujoco>
  <option timestep="0.1" gravity="0 0 0"/>
  <worldbody>
    <body name="goal" mocap="true"/>
    <body name="cart">
      <joint name="slide" type="slide" axis="1 0 0"/>
      <geom size=".1" mass="1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator><motor joint="slide" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
TASK = """\
name: cart
env: MuJoCo-v0
env_kwargs: {xml_file: ./robot.xml, frame_skip: 1, max_steps: 20, reset_noise_scale: 0}
goal: Go.
conventions: none
draws:
  command: {uniform: [-1, 1], again_s: 0.5, unit: m, doc: command}
  goal:
    {uniform: [1, 2], sets: "body.goal.mocap_pos[0]", again_s: 0.7, unit: m, doc: goal}
  mass: {uniform: [1, 3], scales: body.cart.mass, unit: "1", doc: mass}
  place: {uniform: [3, 4], adds: joint.slide.qpos, unit: m, doc: place}
  wide: {uniform: [-10, 10], widens: 1000, unit: m, doc: wide}
observation: {fields: [speed, command, far], noise: {far: 0.5}, history: 2}
ends:
  far_away: far > 10
  held: {when: held_s > 1.45, success: true}
fields:
  far: {source: joint.slide.qpos, unit: m, doc: place}
  speed: {source: joint.slide.qvel, unit: m/s, doc: speed}
  drift: {source: "body.cart.subtree_linvel[0]", unit: m/s, doc: momentum by mass}
  goal_place: {source: "body.goal.xpos[0]", unit: m, doc: place of the goal}
  held_s: {since: speed > 0.001, unit: s, doc: time at rest}
"""


def cart(folder: Path, text: str = TASK) -> Any:
    (folder / "robot.xml").write_text(ROBOT)
    (folder / "task.yaml").write_text(text)
    return load_task(str(folder))


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    world = Worlds(cart(tmp_path_factory.mktemp("cart")))
    keys = jax.random.split(jax.random.key(0), WORLDS)
    start, step = jax.jit(world.start), jax.jit(world.step)

    def field(frame: Any, name: str) -> np.ndarray:
        return np.asarray(frame[:, world._frames.columns[name]])

    first = start(keys, 10_000)
    return SimpleNamespace(
        world=world, keys=keys, start=start, step=step, first=first, field=field
    )


def play(robot: SimpleNamespace, steps: int, force: float = 0.0) -> list[Any]:
    """The transitions of so many steps."""
    state, transitions = robot.first, []
    for _ in range(steps):
        action = np.full((WORLDS, 1), force, np.float32)
        state, step = robot.step(state, action, 10_000)
        transitions.append(step)
    return transitions


def test_draws_lie_in_their_ranges_and_differ(robot: SimpleNamespace) -> None:
    frame, ranges = robot.first.frame, {"command": (-1, 1), "mass": (1, 3)}
    for name, (low, high) in {**ranges, "goal": (1, 2), "place": (3, 4)}.items():
        values = robot.field(frame, name)
        assert ((low <= values) & (values <= high)).all()
        assert len(np.unique(values)) > 1


def test_what_is_drawn_is_written(robot: SimpleNamespace) -> None:
    frame = robot.first.frame
    assert np.allclose(robot.field(frame, "far"), robot.field(frame, "place"))
    assert np.allclose(robot.field(frame, "goal_place"), robot.field(frame, "goal"))


@pytest.mark.slow
def test_each_world_has_its_own_mass(robot: SimpleNamespace) -> None:
    step = play(robot, 1, force=1.0)[0]
    expected = 0.1 * 1.0 / robot.field(step.s, "mass")  # force / mass for 0.1 s
    assert np.allclose(robot.field(step.s_next, "speed"), expected, rtol=1e-5)


def test_a_draw_changes_after_its_time_and_s_next_shows_the_old_one(
    robot: SimpleNamespace,
) -> None:
    commands = [
        (robot.field(step.s, "command"), robot.field(step.s_next, "command"))
        for step in play(robot, 7)
    ]
    assert all(np.array_equal(before, after) for before, after in commands)
    assert all(np.array_equal(commands[k][0], commands[0][0]) for k in range(5))
    assert not np.equal(commands[5][0], commands[0][0]).any()  # 0.5 s are over
    assert np.array_equal(commands[5][0], commands[6][0])


def test_a_goal_drawn_again_is_written_again(robot: SimpleNamespace) -> None:
    steps = play(robot, 9)
    first, later = robot.first.frame, steps[8].s_next
    assert not np.equal(robot.field(first, "goal"), robot.field(later, "goal")).any()
    assert np.allclose(robot.field(later, "goal_place"), robot.field(later, "goal"))


def test_what_is_computed_late_is_there_after_a_new_draw(
    robot: SimpleNamespace,
) -> None:
    """After 0.5 s the command is drawn again, and after 0.7 s the goal."""
    steps = play(robot, 8, force=1.0)
    for step in (steps[5], steps[7]):
        speed = robot.field(step.s, "speed")
        assert (speed > 0.1).all()
        assert np.allclose(robot.field(step.s, "drift"), speed)


def test_a_range_widens_with_the_training(robot: SimpleNamespace) -> None:
    def widest(trained: int) -> float:
        frame = robot.start(robot.keys, trained).frame
        return float(np.abs(robot.field(frame, "wide")).max())

    assert widest(0) == 0.0
    assert widest(100) == pytest.approx(0.1 * widest(1000), rel=1e-5)
    assert widest(1000) == widest(100_000) > 5.0


def test_a_clock_counts_and_a_success_truncates(robot: SimpleNamespace) -> None:
    steps = play(robot, 15)
    times = [float(robot.field(step.s_next, "held_s")[0, 0]) for step in steps]
    assert times == pytest.approx([0.1 * k for k in range(1, 16)], abs=1e-5)
    assert steps[14].truncated.all()
    assert not any(step.truncated.any() for step in steps[:14])
    assert {robot.world.reasons[k] for k in np.asarray(steps[14].reason)} == {"held"}


def test_a_failure_named_by_the_task_terminates(robot: SimpleNamespace) -> None:
    physics = robot.first.physics
    far = physics._replace(qpos=physics.qpos.at[3].set(11.0))
    state = robot.first._replace(physics=far)
    _, step = robot.step(state, np.zeros((WORLDS, 1), np.float32), 0)
    assert np.flatnonzero(step.terminated).tolist() == [3]
    assert robot.world.reasons[step.reason[3]] == "far away"


def test_noise_is_in_the_observation_and_not_in_the_fields(
    robot: SimpleNamespace,
) -> None:
    noise = robot.first.obs[:, 2] - robot.field(robot.first.frame, "far")[:, 0]
    assert (np.abs(noise) <= 0.5).all()
    assert np.abs(noise).max() > 0.2
    assert len(np.unique(noise)) == WORLDS


def test_the_history_has_the_newest_first(robot: SimpleNamespace) -> None:
    first, steps = robot.first.obs, play(robot, 2, force=1.0)
    assert np.array_equal(first[:, :3], first[:, 3:])
    assert np.array_equal(steps[0].next_obs[:, 3:], first[:, :3])
    assert np.array_equal(steps[1].next_obs[:, 3:], steps[0].next_obs[:, :3])
    assert np.allclose(steps[1].next_obs[:, :1], robot.field(steps[1].s_next, "speed"))


def test_the_same_keys_draw_the_same_whatever_was_done(robot: SimpleNamespace) -> None:
    pushed, left = play(robot, 7, 1.0), play(robot, 7, 0.0)
    commands = [robot.field(steps[6].s, "command") for steps in (pushed, left)]
    assert np.array_equal(*commands)


def test_a_constant_drawn_again_is_refused(tmp_path: Path) -> None:
    text = TASK.replace("scales: body.cart.mass", "scales: body.cart.mass, again_s: 1")
    with pytest.raises(TaskError, match=r"draw 'mass' changes .* which MJX can't"):
        Worlds(cart(tmp_path, text))
