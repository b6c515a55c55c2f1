from pathlib import Path

from designer.commands.tasks import show_task
from envs.inspect import write_starter

SUNKEN = """\
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="box" pos="0 0 0.02">
      <joint name="slide" type="slide" axis="1 0 0"/>
      <geom name="side" type="box" size=".1 .1 .1" mass="1"/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="slide" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


def test_what_is_wrong_with_a_robot_stands_before_its_task(tmp_path: Path) -> None:
    """The box reaches 0.1 m down from its middle at 0.02 m."""
    (tmp_path / "robot.xml").write_text(SUNKEN)
    write_starter(str(tmp_path / "robot.xml"), tmp_path / "mine", {})
    first = show_task(str(tmp_path / "mine")).splitlines()[0]
    assert first.startswith("warning: at the start geoms are inside one another")
    assert "floor and side by 0.08 m" in first


def test_nothing_is_wrong_with_a_robot_of_the_project() -> None:
    assert show_task("quadruped-velocity").startswith("# Task")
