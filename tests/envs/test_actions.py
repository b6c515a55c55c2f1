import math
from pathlib import Path

import mujoco
import numpy as np
import pytest

from envs.actions import ActionRange, action_limits, action_lines, control_bounds
from envs.actuators import starting_activations
from envs.batch_env import VectorEnv
from envs.make import load_task
from envs.yamlfile import TaskError

WORLD = """\
<mujoco>
  <worldbody>
    <body name="b">
      <joint name="hip" axis="0 1 0" range="-60 120"/><geom size=".1" mass="1"/>
      <body>
        <joint name="rail" type="slide" range="0 2"/><geom size=".1" mass="1"/>
      </body>
    </body>
  </worldbody>
  <actuator>{}</actuator>
  <keyframe><key name="zero" qpos="0.5 1"/><key name="home" qpos="0.5 1" ctrl="{}"/>
  </keyframe>
</mujoco>
"""
SERVO = '<position name="hip_servo" joint="hip" kp="10" {}/>'
RANGED = SERVO.format('ctrlrange="-1 2"')


def model(actuators: str, ctrl: str = "0.25"):
    return mujoco.MjModel.from_xml_string(WORLD.format(actuators, ctrl))


def test_without_a_word_a_servo_acts_around_its_keyframes_control() -> None:
    """All of -1 to 2 stays within reach of 0.25: 1.75 to either side."""
    limits = action_limits(model(RANGED), None, 1, around_start=True)
    assert (limits.low[0], limits.high[0]) == (-1.5, 2.0)
    assert limits.clipped[0][0] == -1.0


def test_controls_that_are_all_zero_stand_for_the_joints_positions() -> None:
    limits = action_limits(model(RANGED, "0"), None, 0, around_start=True)
    assert limits.low[0] + limits.high[0] == pytest.approx(2 * 0.5)


def test_a_scaled_servo_is_held_by_the_control_without_force() -> None:
    """Its force is 2 ctrl - 8 (length - 0.25), so at 0.5 rad ctrl is 1."""
    general = (
        '<general joint="hip" gainprm="2" biastype="affine" biasprm="2 -8 0" '
        'ctrlrange="0 3"/>'
    )
    limits = action_limits(model(general, "0"), None, 0, around_start=True)
    assert limits.low[0] + limits.high[0] == pytest.approx(2 * 1.0)


def test_a_motor_acts_around_the_middle_of_its_range() -> None:
    motor = '<motor joint="hip" ctrlrange="-1 2"/>'
    limits = action_limits(model(motor), None, 1, around_start=True)
    assert (limits.low[0], limits.high[0]) == (-1.0, 2.0)


def test_a_reach_bounds_the_range_and_its_middle_stays() -> None:
    action = ActionRange("keyframe", (0.5,))
    limits = action_limits(model(RANGED), action, 1, around_start=True)
    assert (limits.low[0], limits.high[0]) == (-0.25, 0.75)
    action = ActionRange((1.8,), (0.5,))
    limits = action_limits(model(RANGED), action, 1, around_start=True)
    assert (limits.low[0], limits.high[0]) == pytest.approx((1.3, 2.3))
    assert limits.clipped[1][0] == 2.0


def test_a_reach_alone_acts_around_the_start() -> None:
    """Without a keyframe the hip starts at 0 rad."""
    limits = action_limits(
        model(RANGED), ActionRange(reach=(0.3,)), None, around_start=True
    )
    assert (limits.low[0], limits.high[0]) == pytest.approx((-0.3, 0.3))


def test_a_body_of_gymnasium_keeps_the_range_of_its_file() -> None:
    limits = action_limits(model(RANGED), None, 1, around_start=False)
    assert (limits.low[0], limits.high[0]) == (-1.0, 2.0)


@pytest.mark.parametrize(
    ("actuator", "span"),
    [
        (SERVO.format(""), (-math.pi / 3, 2 * math.pi / 3)),
        ('<position joint="rail" kp="10"/>', (0.0, 2.0)),
        ('<position joint="rail" kp="10" gear="3"/>', (0.0, 6.0)),
        ('<motor joint="hip" forcerange="-4 4"/>', (-4.0, 4.0)),
    ],
)
def test_what_stands_in_for_a_ctrlrange(actuator: str, span) -> None:
    low, high = control_bounds(model(actuator))
    assert (low[0], high[0]) == pytest.approx(span)


def test_a_motor_that_nothing_bounds_is_an_error() -> None:
    with pytest.raises(TaskError, match="actuator 0 'm' has no ctrlrange, and no"):
        control_bounds(model('<motor name="m" joint="hip"/>'))


def test_actions_are_told_by_name_kind_and_range() -> None:
    actuators = (
        RANGED
        + '<motor joint="rail" ctrlrange="-1 1" gear="20"/>'
        + '<motor name="a" joint="hip" ctrlrange="-1 1"/>'
        + '<motor name="b" joint="hip" ctrlrange="-1 1"/>'
        + '<velocity joint="hip" kv="2" ctrlrange="-3 3"/>'
    )
    robot = model(actuators, "0.25 0 0 0 0")
    assert action_lines(robot, *control_bounds(robot)) == (
        "0 (hip_servo on hip): position servo, target -1 to 2 rad",
        "1 (rail): motor, -1 to 1, times 20 N of force",
        "2 to 3 (a on hip, b on hip): motor, torque -1 to 1 N m",
        "4 (hip): velocity servo, target -3 to 3 rad/s",
    )


@pytest.mark.parametrize(
    ("actuator", "line"),
    [
        (
            'motor tendon="sum" gear="100"',
            "0 (sum): motor, -1 to 1, times 100 N m of torque",
        ),
        ('position tendon="sum" kp="9"', "0 (sum): position servo, target -1 to 1 rad"),
        (
            'motor site="tip" gear="0 30 40 0 0 0"',
            "0: motor, -1 to 1, times 50 N of force",
        ),
        ('motor site="tip" gear="1 0 0 1 0 0"', "0: motor, control -1 to 1"),
        (
            'intvelocity joint="hip" kp="9" actrange="-2 2"',
            "0 (hip): position servo whose target moves at -1 to 1 rad/s",
        ),
    ],
)
def test_what_an_actuator_moves_is_told_with_its_gear(actuator: str, line: str) -> None:
    tendon = '<tendon><fixed name="sum"><joint joint="hip" coef="1"/></fixed></tendon>'
    xml = WORLD.format(f'<{actuator} ctrlrange="-1 1"/>', "0")
    xml = xml.replace("<actuator>", f"{tendon}<actuator>")
    xml = xml.replace('mass="1"/>', 'mass="1"/><site name="tip"/>', 1)
    robot = mujoco.MjModel.from_xml_string(xml)
    assert action_lines(robot, *control_bounds(robot)) == (line,)


@pytest.mark.parametrize("name", ["motor", "velocity"])
def test_around_the_keyframe_action_0_is_its_control_also_0(name: str) -> None:
    robot = model(f'<{name} joint="hip" ctrlrange="-1 3"/>', "0")
    limits = action_limits(robot, ActionRange("keyframe"), 1, around_start=True)
    assert (limits.low[0], limits.high[0]) == (-3.0, 3.0)


def test_without_a_word_a_velocity_servo_holds_the_start() -> None:
    robot = model('<velocity joint="hip" ctrlrange="-1 3"/>')
    limits = action_limits(robot, None, None, around_start=True)
    assert (limits.low[0], limits.high[0]) == (-3.0, 3.0)


def test_an_activation_starts_where_it_holds_the_robot() -> None:
    """A filter at its control, 0.5 rad or the keyframe's; an integrator at 0.5 rad."""
    servos = (
        '<position joint="hip" kp="9" timeconst="0.1"/>'
        '<intvelocity joint="hip" kp="9" actrange="-2 2" ctrlrange="-1 1"/>'
    )
    assert starting_activations(model(servos, "0.2 0"), 0) == pytest.approx([0.5, 0.5])
    assert starting_activations(model(servos, "0.2 0"), 1) == pytest.approx([0.2, 0.5])
    given = WORLD.format(servos, '0.2 0" act="0.1 0.3')
    assert starting_activations(mujoco.MjModel.from_xml_string(given), 1) is None


def test_actions_without_a_model_are_told_by_their_range() -> None:
    low, high = np.array([-1.0, -1.0, 0.0]), np.ones(3)
    assert action_lines(None, low, high) == ("0 to 1: -1 to 1", "2: 0 to 1")


TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs: {{xml_file: robot.xml, keyframe: {}}}
goal: Move.
conventions: SI units
fields:
  hip: {{source: joint.hip.qpos, unit: rad, doc: angle}}
"""


def load(folder: Path, keyframe: str, rest: str = "", servo: str = RANGED):
    (folder / "robot.xml").write_text(WORLD.format(servo, "0.25"))
    (folder / "task.yaml").write_text(TASK.format(keyframe) + rest)
    return load_task(str(folder))


def test_actions_are_recorded_as_they_are_applied(tmp_path) -> None:
    env = VectorEnv(load(tmp_path, "home"), 1)
    env.reset([0])
    assert env.step(np.array([[-1.4]])).action[0, 0] == -1.0


@pytest.mark.parametrize(
    ("keyframe", "rest", "words"),
    [
        ("hme", "", "there is no keyframe 'hme' in the model; did you mean 'home'?"),
        ("0.5", "", "keyframe must be a name, a number or null"),
        ("null", "action: {around: keyframe}", "but episodes start in none"),
        ("home", "action: {around: home}", "around must be start, keyframe, middle"),
        ("home", "action: {reach: 0}", "reach must be a number > 0"),
        ("home", "action: {reach: .inf}", "reach must be a number > 0"),
        ("home", "action: {around: .nan}", "around must be start, keyframe, middle, a"),
        ("home", "action: {reach: [1, 2]}", "reach has 2 numbers, and there are 1"),
        ("home", "action: {around: 9, reach: 1}", "9 +- 1 leaves nothing of the range"),
        ("home", "action: {reech: 1}", "did you mean 'reach'?"),
        ("home, control_s: 0", "", "control_s must be a number of seconds"),
        ("home, control_s: .inf", "", "control_s must be a number of seconds"),
        ("home, episode_s: .nan", "", "episode_s must be a number of seconds"),
        ("home, control_s: 1e9", "", "a control step would be 5e+11 physics steps"),
        ("home, episode_s: 1e308", "", "make episode_s or max_steps smaller"),
        ("home, control_s: 1, frame_skip: 3", "", "either control_s or frame_skip"),
    ],
)
def test_a_faulty_action_or_start_is_an_error(tmp_path, keyframe, rest, words) -> None:
    with pytest.raises(TaskError) as error:
        load(tmp_path, keyframe, rest)
    assert words in str(error.value)
    assert f"task.yaml:{'8:' if rest else ''}" in str(error.value)


def test_a_filtered_servo_starts_at_its_keyframes_control(tmp_path) -> None:
    servo = SERVO.format('timeconst="0.1"')
    env = VectorEnv(load(tmp_path, "home", servo=servo), 2)
    env.reset([0, 1])
    assert env.physics.bind("act").tolist() == [[0.25], [0.25]]


def test_seconds_stand_in_for_steps(tmp_path) -> None:
    env = VectorEnv(load(tmp_path, "home, control_s: 0.021, episode_s: 2"), 1)
    assert (env.dt, env.max_steps) == (0.02, 100)


def test_a_difference_that_rounding_leaves_is_told_as_0() -> None:
    low, high = np.array([-0.0, 0.3 - 0.1 - 0.2]), np.ones(2)
    assert action_lines(None, low, high) == ("0 to 1: 0 to 1",)
