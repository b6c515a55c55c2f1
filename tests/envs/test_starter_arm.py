"""What inspect makes of an arm with a goal, a tendon and sensors."""

from pathlib import Path

from envs.inspect import starter_task
from envs.task import Task
from tests.envs.test_inspect import as_task

ARM = """\
<mujoco>
  <worldbody>
    <body name="goal" mocap="true" pos="0.3 0 0.1"><geom size=".01"/></body>
    <body name="arm"><joint name="lift" axis="0 1 0"/>
      <geom type="capsule" fromto="0 0 0 .5 0 0" size=".02"/>
      <site name="tip" pos=".5 0 0"/>
      <body name="hand" pos=".5 0 0"><geom name="palm" size=".05"/></body>
    </body>
  </worldbody>
  <tendon><fixed name="pull"><joint joint="lift" coef="2"/></fixed></tendon>
  <actuator><motor name="m" joint="lift" gear="10" ctrlrange="-1 1"/></actuator>
  <sensor>
    <framepos name="to_go" objtype="site" objname="tip" reftype="body" refname="goal"/>
    <distance name="gap" geom1="palm" body2="goal" cutoff="1"/>
    <tendonpos name="pull" tendon="pull"/><clock name="now"/>
    <actuatorfrc name="load" actuator="m"/><jointactuatorfrc name="at" joint="lift"/>
    <contact name="hit" body1="hand" data="found force"/>
  </sensor>
</mujoco>
"""


def arm(folder: Path) -> Task:
    (folder / "robot.xml").write_text(ARM)
    return as_task(folder, starter_task(str(folder / "robot.xml"), folder))


def test_sensors_have_the_units_and_objects_that_they_measure(tmp_path) -> None:
    """An actuator's force is 10 times as large at its hinge."""
    fields = {field.name: field for field in arm(tmp_path).fields}
    told = {
        "to_go_sensor": ("m", "site tip, relative to body goal and in its axes"),
        "gap_sensor": ("m", "distance, from geom palm to body goal"),
        "pull_sensor": ("rad", "length of tendon pull"),
        "load_sensor": ("1", "force of actuator m; times its gear of 10 in N m"),
        "at_sensor": ("N m", "actuator force at a joint (lift)"),
        "hit_sensor": ("1, N", "contacts of body hand: found, force"),
    }
    for name, (unit, words) in told.items():
        assert fields[name].unit == unit
        assert words in fields[name].doc


def test_what_never_moves_is_not_observed_and_a_goal_is(tmp_path) -> None:
    observation = arm(tmp_path).observation
    assert observation is not None
    assert not {"arm_position", "goal_position", "now_sensor"} & {*observation.fields}
    assert {"hand_position", "goal_goal", "last_action"} <= {*observation.fields}


def test_the_range_of_a_goal_is_round(tmp_path) -> None:
    (draw,) = arm(tmp_path).draws
    assert (draw.low, draw.high) == ((0.2, -0.1, 0.1), (0.4, 0.1, 0.2))
