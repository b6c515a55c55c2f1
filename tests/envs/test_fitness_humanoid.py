"""The hidden metrics of the humanoids, by hand and in the simulator."""

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

DT, WEIGHT = 0.015, 413.0
STANDING, LYING = (0.075, 0.075), (0.076, 0.076)


def test_a_humanoid_is_worth_the_metres_it_travelled() -> None:
    hidden = load_hidden(load_task("humanoid-run"))
    assert hidden.fitness(episode(DT, x_position=[0.0, 8.0])) == 8.0
    assert hidden.success(episode(DT, x_position=[0.0, 8.0]))


def test_a_humanoid_that_dives_forward_has_not_succeeded() -> None:
    hidden = load_hidden(load_task("humanoid-run"))
    dive = episode(DT, True, x_position=[0.0, 1.5])
    assert hidden.fitness(dive) == 1.5
    assert not hidden.success(dive)


def rise(*parts, feet=STANDING):
    return episode(DT, head_height=phases(*parts), foot_heights=feet)


@pytest.fixture
def getting_up():
    return load_hidden(load_task("humanoid-stand-up"))


def test_standing_up_is_worth_the_height_at_which_the_head_stays(getting_up) -> None:
    up = rise((301, 0.09), (700, 1.35))
    assert getting_up.fitness(up) == pytest.approx(1.35, abs=0.01)
    assert getting_up.success(up)
    sitting = rise((301, 0.09), (700, 0.6))
    assert getting_up.fitness(sitting) == pytest.approx(0.6, abs=0.01)
    assert not getting_up.success(sitting)


def test_jumping_up_once_and_lying_down_again_is_lying(getting_up) -> None:
    leap = rise((301, 0.09), (100, 1.8), (600, 0.09))
    assert getting_up.fitness(leap) == pytest.approx(0.09, abs=0.01)
    assert not getting_up.success(leap)


def test_leaping_high_at_the_end_is_worth_no_more_than_standing(getting_up) -> None:
    bounce = rise((668, 0.09), *[(10, 3.0), (10, 0.1)] * 17, feet=(0.5, 0.5))
    assert getting_up.fitness(bounce) < 0.8
    assert not getting_up.success(bounce)


def test_lying_in_the_simulator_is_worth_the_height_of_the_head(getting_up) -> None:
    task = load_task("humanoid-stand-up")
    (idle,) = play(task, lambda obs: np.zeros((len(obs), 17)), [0])
    assert getting_up.fitness(idle) == pytest.approx(0.09, abs=0.01)


def jump(height, after, terminated=False, torso=1.28, upright=1.0):
    """Stand 1 s, fly 0.6 s with both soles that high at the top, then so many rows."""
    arc = height * np.sin(np.linspace(0.0, np.pi, 41))
    soles = np.concatenate([np.zeros(67), arc, np.zeros(after)])
    return episode(
        DT,
        terminated,
        foot_heights=np.stack([soles, soles + 0.1], axis=1) + 0.075,
        torso_height=phases((108, 1.28), (after, torso)),
        torso_up=phases((108, 1.0), (after, upright)),
        ground_force=phases((67, WEIGHT), (40, 0.0), (after + 1, WEIGHT)),
    )


@pytest.fixture
def jumping():
    return load_hidden(load_task("humanoid-jump"))


def test_a_landed_jump_is_worth_the_daylight_under_the_lower_foot(jumping) -> None:
    assert jumping.fitness(jump(0.3, 200)) == pytest.approx(0.3)
    assert jumping.success(jump(0.3, 200))
    assert not jumping.success(jump(0.05, 200))


def test_a_high_leap_into_death_is_worth_less_than_a_small_landed_jump(jumping) -> None:
    leap = jump(1.5, 3, terminated=True, torso=0.6)
    assert jumping.fitness(leap) == pytest.approx(0.01)
    assert not jumping.success(leap)
    assert jumping.fitness(leap) < jumping.fitness(jump(0.02, 200))


def test_a_jump_that_lands_on_the_knees_or_lying_has_not_succeeded(jumping) -> None:
    for fallen in (jump(0.3, 200, torso=0.9), jump(0.3, 200, upright=0.2)):
        assert jumping.fitness(fallen) == pytest.approx(0.006)
        assert not jumping.success(fallen)


def test_lifting_one_foot_or_lying_with_both_up_is_no_jump(jumping) -> None:
    lifted = jump(0.3, 200)
    lifted.ground_force = np.full_like(lifted.ground_force, WEIGHT)
    assert jumping.fitness(lifted) == 0.0
    assert not jumping.success(lifted)


def test_the_drop_at_the_start_is_no_jump(jumping) -> None:
    drop = episode(
        DT,
        foot_heights=phases((12, (0.18, 0.18)), (200, STANDING)),
        torso_height=1.28,
        torso_up=1.0,
        ground_force=phases((12, 0.0), (200, WEIGHT)),
    )
    assert jumping.fitness(drop) == 0.0


def test_straightening_the_legs_in_the_simulator_is_a_jump_that_falls(jumping) -> None:
    task = load_task("humanoid-jump")
    assert task.body.kwargs["healthy_z_range"] == [0.7, 10.0]
    (fall,) = play(task, lambda obs: np.zeros((len(obs), 17)), [0])
    assert fall.terminated
    assert jumping.fitness(fall) < 0.005
    assert not jumping.success(fall)
