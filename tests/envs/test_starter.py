"""The task.yaml to start from that inspect prints for a robot of one's own."""

from pathlib import Path

import pytest

from designer.commands.inspect import inspect_env
from designer.training.trial import try_task
from envs.actions import ActionRange
from envs.bodies import xml_path
from envs.inspect import starter_task, write_starter
from envs.make import load_task, make_env
from envs.offers import distinct, info_offers
from envs.robot_checks import endless, robot_warnings
from envs.yamlfile import TaskError
from tests.envs.test_inspect import ROBOT, as_task

WALKER = """\
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="base" pos="0 0 .5">
      <freejoint/><geom type="box" size=".2 .1 .05" mass="4"/>
      <site name="imu"/>
      {}
    </body>
  </worldbody>
  <actuator>{}</actuator>
  <sensor><gyro name="spin" site="imu"/></sensor>
  <keyframe><key name="home" qpos="0 0 {} 1 0 0 0 {}"/></keyframe>
</mujoco>
"""
LEGS = "".join(
    f'''<body name="{name}" pos="{x} {y} 0"><joint name="{name}_hip" axis="0 1 0"
    range="-90 90"/><geom name="{name}_foot" fromto="0 0 0 0 0 -.25" size=".02"
    type="capsule" mass=".2"/></body>'''
    for name, x, y in (
        ("fl", 0.2, 0.1),
        ("fr", 0.2, -0.1),
        ("rl", -0.2, 0.1),
        ("rr", -0.2, -0.1),
    )
)
LEG_NAMES = ("fl", "fr", "rl", "rr")
SERVOS = "".join(
    f'<position name="{name}" joint="{name}_hip" kp="60" kv="2"/>' for name in LEG_NAMES
)


def walker(folder: Path, height: float = 0.27, angles: str = "0 0 0 0") -> str:
    xml = WALKER.format(LEGS, SERVOS, height, angles)
    (folder / "robot.xml").write_text(xml)
    return starter_task(str(folder / "robot.xml"), folder)


def test_a_walking_robot_has_its_keys_filled_in(tmp_path) -> None:
    task = as_task(tmp_path, walker(tmp_path))
    assert task.env_kwargs["control_s"] == 0.02
    assert task.action == ActionRange("keyframe", (0.5,))
    assert str(task.ends[0].condition) == "base_up[2] < 0.3"
    assert task.observation is not None
    assert "base_position" not in task.observation.fields
    joints = next(f for f in task.fields if f.name == "joint_angles")
    assert joints.sources == tuple(f"joint.{n}_hip.qpos" for n in LEG_NAMES)
    gyro = next(f for f in task.fields if f.name == "spin_sensor")
    assert gyro.unit == "rad/s"


def test_a_model_of_fine_steps_is_a_quick_robot(tmp_path: Path) -> None:
    """20 physics steps of 0.1 ms are 2 ms; 500 control steps of these are 1 s."""
    fine = WALKER.replace("<worldbody>", '<option timestep="1e-4"/><worldbody>')
    (tmp_path / "robot.xml").write_text(fine.format(LEGS, SERVOS, 0.27, "0 0 0 0"))
    text = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    kwargs = as_task(tmp_path, text).env_kwargs
    assert (kwargs["control_s"], kwargs["episode_s"]) == (0.002, 1.0)


def test_ranges_are_comments_of_one_range_a_number(tmp_path) -> None:
    block = walker(tmp_path)
    assert "random actions" not in "".join(
        f.doc for f in as_task(tmp_path, block).fields
    )
    comment = block.split("base_up: ")[1].split("# ")[1].split("\n")[0]
    assert comment.startswith("random actions give ")
    assert comment.count(" to ") == 3


def test_optional_fields_can_be_taken_out_of_their_comments(tmp_path) -> None:
    block = walker(tmp_path)
    names = ("imu_position", "fl_contact", "actuator_forces", "fl_rotation")
    lines = block.split("fields:\n")[1].splitlines()
    plain = [
        line.replace("  # ", "  ", 1)
        for line in lines
        if ": {" in line or "  #  " in line
    ]
    for name in names:
        assert any(line.startswith(f"  {name}: {{source: ") for line in plain), name


@pytest.mark.parametrize(
    ("height", "angles", "words"),
    [
        (
            0.1,
            "0 0 0 0",
            "at the start geoms are inside one another: fl_foot and floor",
        ),
        (0.27, "3 0 0 0", "outside the range of fl_hip at 3 (-1.57 to 1.57)"),
    ],
)
def test_a_start_that_can_t_be_meant_is_said(tmp_path, height, angles, words) -> None:
    assert words in " ".join(walker(tmp_path, height, angles).replace("#", "").split())


def warnings(folder: Path, *changes: tuple[str, str]) -> tuple[str, ...]:
    """What is said of the walker's task with these changes of its text."""
    block = walker(folder, height=0.29)
    for old, new in changes:
        assert old in block
        block = block.replace(old, new)
    return tuple(robot_warnings(make_env(as_task(folder, block), 1)))


def test_a_start_is_looked_at_with_its_noise(tmp_path) -> None:
    """The feet are 0.02 m above the floor, and then up to 0.05 m lower."""
    assert warnings(tmp_path) == ()
    noisy = ("xml_file: robot.xml", "xml_file: robot.xml, reset_noise_scale: 0.05")
    (warning,) = warnings(tmp_path, noisy)
    assert warning.startswith("noise and draws push geoms into one another in ")
    assert warning.endswith("start higher, or with a smaller reset_noise_scale (0.05)")


def test_a_start_is_looked_at_with_its_draws(tmp_path) -> None:
    """0.1 m high the feet are 0.17 m in the floor, in each of 16 starts."""
    draw = (
        "{low: {uniform: [0.1, 0.1], sets: 'joint.base.qpos[2]', unit: m, doc: height}}"
    )
    (warning,) = warnings(tmp_path, ("fields:\n", f"draws: {draw}\nfields:\n"))
    assert "in 16 of 16 starts: fl_foot and floor by 0.1" in warning


def test_a_floor_that_the_robot_falls_through_is_named(tmp_path) -> None:
    xml = WALKER.format(LEGS, SERVOS, 0.27, "0 0 0 0")
    masked = xml.replace('type="plane"', 'type="plane" contype="2" conaffinity="2"')
    (tmp_path / "robot.xml").write_text(masked)
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    (warning,) = robot_warnings(make_env(as_task(tmp_path, block), 1))
    assert warning.startswith("no floor: floor can't touch the robot, as the contype")


def test_a_keyframes_control_outside_a_joints_range_is_said(tmp_path) -> None:
    """Without a ctrlrange the hip's 90 degrees bound its servo."""
    xml = WALKER.format(LEGS, SERVOS, 0.27, "0 0 0 0")
    xml = xml.replace('"/></key', '" ctrl="3 0 0 0"/></key')
    (tmp_path / "robot.xml").write_text(xml)
    block = " ".join(starter_task(str(tmp_path / "robot.xml"), tmp_path).split())
    assert "controls outside the range of fl at 3 (-1.57 to 1.57)" in block


def test_a_robot_without_a_floor_is_said_at_inspect_and_before_training(
    tmp_path,
) -> None:
    xml = WALKER.format(LEGS, SERVOS, 0.27, "0 0 0 0")
    floor = '<geom name="floor" type="plane" size="5 5 .1"/>'
    (tmp_path / "robot.xml").write_text(xml.replace(floor, ""))
    _, screen = inspect_env(str(tmp_path / "robot.xml"), tmp_path / "mine", "{}")
    assert screen.endswith(", so base falls for ever\n")
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    assert "# WARNING: no floor: no geom of the world can touch the robot" in block
    warnings = try_task(as_task(tmp_path, block), 0)
    assert any(warning.startswith("no floor") for warning in warnings)


def test_a_servo_robot_that_action_0_does_not_hold_is_said(tmp_path) -> None:
    """Servos without strength: the legs fold."""
    weak = SERVOS.replace('kp="60" kv="2"', 'kp="0.1"')
    xml = WALKER.format(LEGS, weak, 0.25, "0.5 0.5 0.5 0.5")
    (tmp_path / "robot.xml").write_text(xml)
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    assert "# WARNING: base falls from 0.25 to 0.0" in block


def test_a_fallen_robot_whose_episode_goes_on_is_said_before_training(
    tmp_path,
) -> None:
    lines = walker(tmp_path).splitlines(keepends=True)
    block = "".join(line for line in lines if not line.startswith("ends:"))
    (warning,) = endless(make_env(as_task(tmp_path, block), 1))
    assert "nothing ends an episode before its time limit of 500 steps" in warning


def test_what_inspect_proposes_as_an_ending_can_be_written_so(tmp_path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    ends = "ends: {reason: 'FIELD[i] < NUMBER'}"
    assert f"# {ends}\n" in block
    used = ends.replace("FIELD[i] < NUMBER", "pole_position[2] < 0.1")
    task = as_task(tmp_path, block.replace(f"# {ends}", used))
    assert str(task.ends[0].condition) == "pole_position[2] < 0.1"


def test_a_folder_to_start_from_loads_and_is_never_overwritten(tmp_path) -> None:
    walker(tmp_path)
    files = write_starter(str(tmp_path / "robot.xml"), tmp_path / "mine", {})
    assert [path.name for path in files] == ["task.yaml", "hidden.py"]
    assert "xml_file: ../robot.xml" in files[0].read_text()
    assert load_task(str(tmp_path / "mine")).name == "my-robot"
    with pytest.raises(TaskError, match="is there already"):
        write_starter(str(tmp_path / "robot.xml"), tmp_path / "mine", {})


def test_a_mocap_body_is_a_goal_that_is_drawn(tmp_path) -> None:
    goal = '<body name="arm:goal" mocap="true" pos="1 0 1"/>'
    xml = WALKER.format(LEGS, SERVOS, 0.27, "0 0 0 0")
    xml = xml.replace("<worldbody>", f"<worldbody>{goal}")
    (tmp_path / "robot.xml").write_text(xml)
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    (draw,) = as_task(tmp_path, block).draws
    assert (draw.name, draw.target) == ("arm_goal_goal", "body.arm:goal.mocap_pos")


def test_settings_of_an_environment_can_be_given(tmp_path) -> None:
    task = as_task(tmp_path, starter_task("Hopper-v5", tmp_path, {"frame_skip": 2}))
    assert task.env_kwargs == {"frame_skip": 2}


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"frame_skip": 10}, {"frame_skip": 10, "episode_s": 10.0}),
        ({"max_steps": 10}, {"max_steps": 10, "control_s": 0.02}),
        ({"control_s": 0.1}, {"control_s": 0.1, "episode_s": 50.0}),
        ({"keyframe": None}, {"keyframe": None, "control_s": 0.02, "episode_s": 10.0}),
    ],
)
def test_settings_replace_those_that_say_the_same(tmp_path, given, seconds) -> None:
    """Of 500 control steps, one of them 10 physics steps of 2 ms."""
    walker(tmp_path)
    write_starter(str(tmp_path / "robot.xml"), tmp_path / "mine", given)
    kwargs = dict(load_task(str(tmp_path / "mine")).env_kwargs)
    assert kwargs.pop("xml_file") == str((tmp_path / "robot.xml").resolve())
    assert kwargs == seconds


@pytest.mark.parametrize(
    ("env", "given", "words"),
    [
        ("robot.xml", {"keyfram": "home"}, "did you mean 'keyframe'?"),
        ("robot.xml", {"frame_skip": 2, "control_s": 1}, "either control_s or frame"),
        ("robot.xml", {"control_s": "abc"}, "must be a number of seconds"),
        ("robot.xml", {"xml_file": "b.xml"}, "xml_file is robot.xml; leave it out"),
        ("Hopper-v5", {"frame_skp": 2}, "did you mean 'frame_skip'?"),
        ("Hopper-v5", {"frame_skip": "x"}, "frame_skip must be like 4; got 'x'"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_written(
    tmp_path, monkeypatch, env, given, words
) -> None:
    walker(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError, match="--env-kwargs:") as error:
        write_starter(env, Path("mine"), given)
    assert words in str(error.value)
    assert not Path("mine").exists()


def test_an_xml_file_of_a_body_is_written_as_seen_from_the_task(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.xml").write_text(xml_path("hopper.xml").read_text())
    write_starter("Hopper-v5", Path("mine"), {"xml_file": "./my.xml"})
    assert "{xml_file: ../my.xml}" in Path("mine/task.yaml").read_text()
    assert load_task("./mine").env_kwargs["xml_file"] == str(tmp_path / "my.xml")


def test_a_robot_by_name_needs_its_package() -> None:
    with pytest.raises(TaskError, match=r"menagerie:no_robot (needs|can't be had)"):
        starter_task("menagerie:no_robot", Path())


def test_an_offer_is_not_named_as_what_every_episode_has() -> None:
    (offer,) = distinct(list(info_offers(["steps"])))
    assert offer.name == "info_steps"
