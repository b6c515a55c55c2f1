"""What is said of robots whose base is not above the world's origin."""

from pathlib import Path

import pytest

from envs.inspect import starter_task
from envs.make import make_env
from envs.robot_checks import robot_warnings
from tests.envs.test_inspect import as_task
from tests.envs.test_starter import LEGS, SERVOS, WALKER


def warnings(folder: Path, floor: float, stands: bool) -> tuple[str, ...]:
    """What is said of the walker on a floor at this height, m."""
    angles, height = ("0 0 0 0", 0.28) if stands else ("0.5 0.5 0.5 0.5", 0.25)
    servos = SERVOS if stands else SERVOS.replace('kp="60" kv="2"', 'kp="0.1"')
    xml = WALKER.format(LEGS, servos, height + floor, angles)
    xml = xml.replace('type="plane"', f'type="plane" pos="0 0 {floor}"')
    (folder / "robot.xml").write_text(xml)
    block = starter_task(str(folder / "robot.xml"), folder)
    return tuple(robot_warnings(make_env(as_task(folder, block), 1)))


@pytest.mark.parametrize("floor", [0.0, -0.28, -1.0])
def test_a_robot_that_stands_does_not_fall_at_any_height(tmp_path, floor) -> None:
    assert warnings(tmp_path, floor, stands=True) == ()


@pytest.mark.parametrize(
    ("floor", "words"),
    [
        (0.0, "base falls from 0.25 to 0.0"),
        (-0.25, "base falls from 0 to -0.2"),
        (-0.5, "base falls from -0.25 to -0.4"),
    ],
)
def test_a_robot_that_folds_falls_at_any_height(tmp_path, floor, words) -> None:
    (warning,) = warnings(tmp_path, floor, stands=False)
    assert warning.startswith(words)
