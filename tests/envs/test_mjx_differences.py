from dataclasses import replace
from pathlib import Path

from envs.make import load_task
from envs.mjx.differences import mjx_differences
from envs.task import Task
from envs.train import TrainDefaults

ROBOT = """\
<mujoco>
  <option cone="elliptic" integrator="implicit"/>
  <worldbody>
    <geom type="plane" size="1 1 .1"/>
    <body name="box" pos="0 0 1">
      <joint name="lift" type="slide" axis="0 0 1"/>
      <geom type="box" size=".1 .1 .1"/>
    </body>
  </worldbody>
  <actuator><motor joint="lift" ctrlrange="-1 1"/></actuator>
</mujoco>
"""


def test_a_hopper_differs_in_nothing_of_its_own() -> None:
    assert mjx_differences(load_task("hopper-run")) == ()


def test_a_model_with_pgs_gets_newtons_method() -> None:
    (sentence,) = mjx_differences(load_task("humanoid-run"))
    assert "Newton" in sentence


def test_constants_that_are_drawn_are_named() -> None:
    *_, sentence = mjx_differences(load_task("quadruped-velocity"))
    assert sentence.startswith("floor_friction, trunk_mass have one of 1,024 values")


def test_constants_drawn_again_are_called_impossible() -> None:
    task = load_task("quadruped-velocity")
    draws = [replace(draw, again_s=(1.0, 2.0)) for draw in task.draws]
    *_, sentence = mjx_differences(replace(task, draws=tuple(draws)))
    assert "can't be drawn again" in sentence


def test_what_a_model_asks_for_and_mjx_lacks_is_said(tmp_path: Path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    kwargs = {"xml_file": str(tmp_path / "robot.xml")}
    task = Task("test", tmp_path, "MuJoCo-v0", kwargs, "", "", (), TrainDefaults())
    said = " ".join(mjx_differences(task))
    assert all(word in said for word in ("'implicit'", "elliptic", "boxes"))


def test_what_warp_can_not_draw_is_said() -> None:
    sentences = mjx_differences(load_task("quadruped-velocity"), "warp")
    assert any("floor_friction" in sentence for sentence in sentences)


def test_a_gymnasium_environment_is_said_not_to_run() -> None:
    task = replace(load_task("hopper-run"), env="Acrobot-v1")
    assert "can't run on MJX" in mjx_differences(task)[0]
