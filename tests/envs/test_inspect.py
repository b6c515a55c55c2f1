import pytest

from envs.bodies import BODIES
from envs.inspect import fields_block
from envs.task import load_task
from envs.vector import make_env
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
    head = "name: mine\ngoal: Move.\nconventions: SI units\n"
    (folder / "task.yaml").write_text(head + block)
    (folder / "hidden.py").write_text(HIDDEN)
    return load_task(str(folder))


@pytest.mark.parametrize(
    "env", [*(e for e in BODIES if e != "MuJoCo-v0"), "Pendulum-v1"]
)
def test_the_printed_block_is_a_task_as_it_stands(tmp_path, env: str) -> None:
    task = as_task(tmp_path, fields_block(env))
    assert task.env == env
    assert len(task.fields) >= 3


def test_a_robot_of_your_own_is_inspected_and_runs(tmp_path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    block = fields_block(str(tmp_path / "robot.xml"))
    assert "axis 1 0 0, limits -1 to 1" in block
    task = as_task(tmp_path, block)
    names = {field.name for field in task.fields}
    assert {"rail_position", "n1st_hinge_angle", "pole_position", "tip_sensor"} <= names
    widths = make_env(task, 1).widths
    assert widths["rail_position"] == 0
    assert widths["tip_sensor"] == 3


def test_an_unknown_environment_is_told() -> None:
    with pytest.raises(TaskError, match="did you mean 'Hopper-v5'"):
        fields_block("Hoper-v5")
