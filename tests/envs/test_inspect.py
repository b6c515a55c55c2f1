from pathlib import Path

import pytest

from designer.training.trial import try_task
from envs.bodies import BODIES
from envs.inspect import starter_task
from envs.make import load_task, make_env
from envs.yamlfile import TaskError

ROBOT = """\
<mujoco>
  <worldbody>
    <body name="cart">
      <joint name="rail" type="slide" axis="1 0 0" range="-1 1" limited="true"/>
      <geom size="0.1" mass="1"/>
      <body name="pole" pos="0 0 0.1">
        <joint name="1st hinge" type="hinge" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 0 0 0.5" size="0.02"/>
        <site name="tip" pos="0 0 0.5"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="rail" ctrlrange="-1 1"/></actuator>
  <sensor><accelerometer name="tip" site="tip"/></sensor>
</mujoco>
"""
HIDDEN = """\
def fitness(episode): return 0.0
def human_reward(s, a, s_next): return {"one": 1.0}
sparse_reward = human_reward
"""


def as_task(folder, block: str):
    (folder / "task.yaml").write_text(block)
    (folder / "hidden.py").write_text(HIDDEN)
    return load_task(str(folder))


@pytest.mark.parametrize(
    "env", [*(e for e in BODIES if e != "MuJoCo-v0"), "Pendulum-v1"]
)
def test_the_printed_block_is_a_task_as_it_stands(tmp_path, env: str) -> None:
    task = as_task(tmp_path, starter_task(env, tmp_path))
    assert task.env == env
    assert len(task.fields) >= 3
    try_task(task, 0)  # It raises where no training could succeed.


def test_a_robot_of_your_own_is_inspected_and_runs(tmp_path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    block = starter_task(str(tmp_path / "robot.xml"), tmp_path)
    assert "axis 1 0 0, limits -1 to 1" in " ".join(block.split())
    task = as_task(tmp_path, block)
    names = {field.name for field in task.fields}
    assert {"rail_position", "n1st_hinge_angle", "pole_position", "tip_sensor"} <= names
    widths = make_env(task, 1).widths
    assert widths["rail_position"] == 0
    assert widths["tip_sensor"] == 3


PART = '<geom size="0.1" mass="1"/>'
MOTOR = '<actuator><motor {} ctrlrange="-1 1"/></actuator>'


def inspected(folder, world: str, rest: str) -> str:
    """The block of a robot that is written down here."""
    xml = f"<mujoco><worldbody>{world}</worldbody>{rest}</mujoco>"
    (folder / "robot.xml").write_text(xml, encoding="utf-8")
    return starter_task(str(folder / "robot.xml"), folder)


def test_a_joint_and_a_body_of_one_name_are_told_apart(tmp_path) -> None:
    world = f'<body name="lid"><joint name="lid" type="slide"/>{PART}</body>'
    block = inspected(tmp_path, world, MOTOR.format('joint="lid"'))
    sources = {f.name: f.sources for f in as_task(tmp_path, block).fields}
    assert sources["lid_joint_position"] == ("joint.lid.qpos",)
    assert sources["lid_body_position"] == ("body.lid.xpos",)


def test_names_that_differ_in_case_alone_are_numbered(tmp_path) -> None:
    world = f'<body><joint name="a"/>{PART}<body><joint name="A"/>{PART}</body></body>'
    block = inspected(tmp_path, world, MOTOR.format('joint="a"'))
    names = [field.name for field in as_task(tmp_path, block).fields]
    assert names == [
        "a_joint_angle",
        "a_joint_velocity",
        "a_joint_angle_2",
        "a_joint_velocity_2",
    ]


def test_a_free_joint_without_a_name_answers_to_its_body(tmp_path) -> None:
    world = f'<body name="base" pos="0 0 2"><freejoint/>{PART}<site name="s"/></body>'
    rest = (
        '<actuator><general site="s" gear="1 0 0 0 0 0" ctrlrange="-1 1"/></actuator>'
    )
    task = as_task(tmp_path, inspected(tmp_path, world, rest))
    names = [field.name for field in task.fields]
    assert names == [
        "base_position",
        "base_rotation",
        "base_velocity",
        "base_spin",
        "base_up",
    ]
    env = make_env(task, 1)
    env.reset([0])
    assert env.frame[0, 2] == pytest.approx(2, abs=0.011)


def test_joints_that_nothing_names_are_read_from_the_observation(tmp_path) -> None:
    joints = '<joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/>'
    world = f'<body name="box">{joints}<joint name="turn"/>{PART}</body>'
    block = inspected(tmp_path, world, MOTOR.format('joint="turn"'))
    sources = {f.name: f.sources for f in as_task(tmp_path, block).fields}
    assert sources["joint_1_position"] == ("obs[1]",)
    assert sources["joint_1_velocity"] == ("obs[4]",)
    assert sources["turn_angle"] == ("joint.turn.qpos",)


@pytest.mark.parametrize(
    "name", ["on", "a: b", "x # y", "1e3", "[z]", "{t}", "- q", "it's", "机器", "null"]
)
def test_what_yaml_would_read_otherwise_is_quoted(tmp_path, name: str) -> None:
    world = f'<body name="{name}"><joint name="{name}"/>{PART}</body>'
    block = inspected(tmp_path, world, MOTOR.format(f'joint="{name}"'))
    task = as_task(tmp_path, block)
    assert [field.sources[0] for field in task.fields] == [
        f"joint.{name}.qpos",
        f"joint.{name}.qvel",
        f"body.{name}.xpos",
    ]


def test_what_is_left_out_is_said(tmp_path) -> None:
    site = '<site name="tip" pos="0 0 1"/><site/>'
    world = f'<body><joint name="j"/>{PART}{site}</body>'
    rest = MOTOR.format('joint="j"') + '<sensor><jointpos joint="j"/></sensor>'
    comments = [
        line
        for line in inspected(tmp_path, world, rest).splitlines()
        if line.startswith("# left out")
    ]
    assert comments == [
        "# left out: 1 body without a name in the XML",
        "# left out: 1 sensor without a name in the XML",
        "# left out: 1 site without a name in the XML",
    ]


def test_unstable_physics_is_counted_and_gives_no_ranges(
    tmp_path, monkeypatch, capfd
) -> None:
    monkeypatch.chdir(tmp_path)
    world = '<body name="b"><joint name="j"/><geom size="0.01"/></body>'
    servo = '<actuator><position joint="j" kp="1e9" ctrlrange="-1 1"/></actuator>'
    block = inspected(tmp_path, world, f'<option timestep="0.05"/>{servo}')
    assert "# UNSTABLE: physics became unstable in 16 of 16 random episodes" in block
    assert "random actions give" not in block
    assert not (tmp_path / "MUJOCO_LOG.TXT").exists()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty file"),
        ("<mujoco><worldbody>", "does not compile: XML parse error"),
        ("<mujoco/>", "has no actuators, so there is nothing to act with"),
        ('<mujoco><include file="no.xml"/></mujoco>', "no.xml"),
    ],
)
def test_a_robot_that_can_t_be_had_is_told(tmp_path, text: str, words: str) -> None:
    (tmp_path / "robot.xml").write_text(text)
    with pytest.raises(TaskError, match=words) as error:
        starter_task(str(tmp_path / "robot.xml"), tmp_path)
    assert "robot.xml" in str(error.value)
    assert "\n" not in str(error.value)


def test_keys_of_info_are_offered_too() -> None:
    block = starter_task("gymnasium:Hopper-v5", Path())
    assert "source: info.x_velocity" in block
    assert "reward" not in block


def test_an_unknown_environment_is_told() -> None:
    with pytest.raises(TaskError, match="did you mean 'Hopper-v5'"):
        starter_task("Hoper-v5", Path())


def test_a_body_of_gymnasium_has_the_optional_keys_as_comments() -> None:
    text = starter_task("Hopper-v5", Path())
    for key in ("action", "draws", "observation", "ends"):
        assert f"\n# {key}: " in text
