"""Sizes and masses against Gymnasium's own model files, and a robot by hand."""

import mujoco
import pytest

from envs.make import load_task, make_env, task_names
from envs.robot import MAX_BODIES_LISTED, body_lines

LIMB = '<body name="l{0}" pos="0 0 {0}"><geom type="box" size=".1 .2 .3"/></body>'
ROBOT = "<mujoco><worldbody>{}</worldbody></mujoco>"


def test_the_hopper_has_the_lengths_of_its_file() -> None:
    mass, torso, thigh, leg, foot = body_lines(
        make_env(load_task("hopper-run"), 1).model
    )
    assert mass == "mass of all: 15.8 kg"
    assert torso == "torso: 3.67 kg, capsule 0.4 m long, radius 0.05 m"
    assert thigh.startswith("thigh (joined to torso): ")
    assert "capsule 0.5 m long" in leg
    assert "capsule 0.39 m long, radius 0.06 m" in foot


def test_boxes_are_told_by_their_whole_sides() -> None:
    """0.2 x 0.4 x 0.6 m of water: 48 kg."""
    model = mujoco.MjModel.from_xml_string(ROBOT.format(LIMB.format(1)))
    assert body_lines(model)[1] == "l1: 48 kg, box 0.2 x 0.4 x 0.6 m"


def test_a_robot_of_many_parts_is_cut_short() -> None:
    limbs = "".join(
        LIMB.format(k).replace(".3", f"{0.3 + k}") for k in range(MAX_BODIES_LISTED + 3)
    )
    found = body_lines(mujoco.MjModel.from_xml_string(ROBOT.format(limbs)))
    assert len(found) == MAX_BODIES_LISTED + 2
    assert found[-1] == "and 3 more parts"


def test_parts_that_are_alike_share_a_line() -> None:
    limbs = "".join(LIMB.format(k) for k in (1, 2))
    model = mujoco.MjModel.from_xml_string(ROBOT.format(limbs))
    assert body_lines(model)[1:] == ("l1, l2: 48 kg, box 0.2 x 0.4 x 0.6 m",)


def test_a_part_without_a_name_is_called_after_the_one_before_it() -> None:
    nameless = LIMB.format(1).replace("</body>", LIMB.format(2) + "</body>")
    nameless = nameless.replace(' name="l2"', "").replace(".3", ".6", 1)
    model = mujoco.MjModel.from_xml_string(ROBOT.format(nameless))
    assert body_lines(model)[2].startswith("the part after l1: 48 kg")


@pytest.mark.parametrize("name", task_names())
def test_every_task_tells_what_its_robot_is_made_of(name: str) -> None:
    assert len(body_lines(make_env(load_task(name), 1).model)) > 1


def test_what_has_no_model_has_no_parts() -> None:
    assert body_lines(None) == ()
