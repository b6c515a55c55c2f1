"""The hidden metrics of the cheetah on episodes whose value is known by hand."""

import numpy as np
import pytest

from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

DT = 0.05


def test_a_cheetah_on_its_back_covers_no_ground() -> None:
    hidden = load_hidden(load_task("halfcheetah-run"))
    x = [0.0, 60.0, 120.0]
    up, over, once = [0.0, 0.1, -0.1], [0.0, 3.1, 3.1], [0.0, 3.1, 6.3]
    assert hidden.fitness(episode(DT, x_position=x, torso_angle=up)) == 120
    assert hidden.fitness(episode(DT, x_position=x, torso_angle=over)) == 0
    assert hidden.fitness(episode(DT, x_position=x, torso_angle=once)) == 60
    assert not hidden.success(episode(DT, x_position=x, torso_angle=over))


def test_backward_is_worth_the_metres_to_the_rear() -> None:
    hidden = load_hidden(load_task("halfcheetah-backward"))
    back = episode(DT, x_position=[0.0, -50.0, -90.0], torso_angle=0.1)
    assert hidden.fitness(back) == pytest.approx(90.0)
    assert hidden.success(back)
    ahead = episode(DT, x_position=[0.0, 50.0, 90.0], torso_angle=0.1)
    assert hidden.fitness(ahead) == pytest.approx(-90.0)


def test_sliding_backward_on_the_back_covers_no_ground() -> None:
    hidden = load_hidden(load_task("halfcheetah-backward"))
    slide = episode(DT, x_position=[0.0, -50.0, -90.0], torso_angle=-3.1)
    assert hidden.fitness(slide) == 0.0
    assert not hidden.success(slide)


def at_speed(speeds, angle=0.0, terminated=False):
    x = np.append(0.0, np.cumsum(np.array(speeds) * DT))
    return episode(DT, terminated, x_position=x, torso_angle=angle)


def test_the_target_speed_all_the_time_is_worth_one() -> None:
    hidden = load_hidden(load_task("halfcheetah-target-speed"))
    assert hidden.fitness(at_speed([2.0] * 1000)) == pytest.approx(1.0)
    assert hidden.success(at_speed([2.0] * 1000))
    assert hidden.fitness(at_speed([1.0] * 1000)) == pytest.approx(0.5)
    assert hidden.fitness(at_speed([3.0] * 1000)) == pytest.approx(0.5)
    assert hidden.fitness(at_speed([0.0] * 1000)) == 0.0
    assert hidden.fitness(at_speed([6.0] * 1000)) == 0.0
    assert not hidden.success(at_speed([3.0] * 1000))


def test_a_gallop_that_speeds_up_and_slows_down_in_each_stride_is_steady() -> None:
    hidden = load_hidden(load_task("halfcheetah-target-speed"))
    gallop = at_speed(2.0 + np.sin(2 * np.pi * np.arange(1000) / 10))
    assert hidden.fitness(gallop) == pytest.approx(1.0, abs=0.01)
    assert hidden.success(gallop)


def test_running_and_resting_in_turn_is_not_the_target_speed() -> None:
    hidden = load_hidden(load_task("halfcheetah-target-speed"))
    speeds = np.tile(phases((100, 4.0), (100, 0.0)), 5)
    assert speeds.mean() == 2.0
    assert hidden.fitness(at_speed(speeds)) < 0.15
    assert not hidden.success(at_speed(speeds))


def test_the_target_speed_on_the_back_is_worth_nothing() -> None:
    hidden = load_hidden(load_task("halfcheetah-target-speed"))
    assert hidden.fitness(at_speed([2.0] * 1000, angle=3.1)) == 0.0
    assert not hidden.success(at_speed([2.0] * 1000, angle=3.1))
    tumble = phases((600, 0.0), (1, 3.1), (400, 0.0))
    assert not hidden.success(at_speed([2.0] * 1000, angle=tumble))


def test_a_short_time_at_the_target_speed_is_worth_as_little() -> None:
    hidden = load_hidden(load_task("halfcheetah-target-speed"))
    short = at_speed([2.0] * 100, terminated=True)
    assert hidden.fitness(short) == pytest.approx(81 / 981)
    assert not hidden.success(short)
