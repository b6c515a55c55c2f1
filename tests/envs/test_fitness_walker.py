"""The hidden metrics of the walker, by hand and in the simulator."""

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

DT, WEIGHT = 0.008, 232.0


def stand(right, left, force=WEIGHT, angle=0.0, terminated=False):
    return episode(
        DT,
        terminated,
        right_foot_height=right,
        left_foot_height=left,
        ground_force=force,
        torso_angle=angle,
    )


def held(height, rows=1000):
    return [height] * rows


@pytest.fixture
def one_leg():
    return load_hidden(load_task("walker-stand-on-one-leg"))


def test_a_walker_is_worth_the_metres_it_travelled() -> None:
    hidden = load_hidden(load_task("walker-run"))
    assert hidden.fitness(episode(DT, x_position=[0.5, 9.5])) == 9.0
    assert hidden.success(episode(DT, x_position=[0.5, 9.5]))


def test_a_walker_that_falls_forward_fast_has_not_succeeded() -> None:
    hidden = load_hidden(load_task("walker-run"))
    dive = episode(DT, True, x_position=[0.0, 1.2])
    assert hidden.fitness(dive) == 1.2
    assert not hidden.success(dive)
    assert not hidden.success(episode(DT, True, x_position=[0.0, 9.0]))


def test_standing_on_either_leg_is_worth_the_seconds(one_leg) -> None:
    assert one_leg.fitness(stand(held(0.06), held(0.4))) == pytest.approx(8.0)
    assert one_leg.fitness(stand(held(0.4), held(0.06))) == pytest.approx(8.0)
    assert one_leg.success(stand(held(0.4), held(0.06)))


def test_standing_on_both_legs_is_worth_nothing(one_leg) -> None:
    assert one_leg.fitness(stand(held(0.06), held(0.06))) == 0.0
    assert one_leg.fitness(stand(held(0.06), held(0.15))) == 0.0
    assert not one_leg.success(stand(held(0.06), held(0.06)))


def test_a_foot_that_is_less_lifted_is_worth_less(one_leg) -> None:
    assert one_leg.fitness(stand(held(0.06), held(0.2))) == pytest.approx(8 / 3)
    assert one_leg.fitness(stand(held(0.06), held(0.23))) == pytest.approx(16 / 3)
    assert not one_leg.success(stand(held(0.06), held(0.23)))


def test_walking_lifts_a_foot_often_but_never_long(one_leg) -> None:
    step = phases((50, 0.06), (50, 0.3))
    walk = stand(np.tile(step, 10), np.tile(step[::-1], 10))
    assert one_leg.fitness(walk) == pytest.approx(0.4)
    assert not one_leg.success(walk)


def test_hopping_on_one_leg_is_not_standing(one_leg) -> None:
    hop = np.tile(phases((25, WEIGHT), (25, 0.0)), 20)
    assert one_leg.fitness(stand(held(0.1), held(0.4), force=hop)) < 0.25
    assert not one_leg.success(stand(held(0.1), held(0.4), force=hop))


def test_contact_that_flickers_is_still_standing(one_leg) -> None:
    flicker = np.tile(phases((18, WEIGHT), (2, 0.0)), 50)
    flicker = stand(held(0.06), held(0.4), force=flicker)
    assert one_leg.fitness(flicker) == pytest.approx(8.0, abs=0.05)


def test_a_leg_flung_up_while_falling_is_worth_a_moment(one_leg) -> None:
    angle = np.linspace(0.0, 1.0, 100)
    fall = stand(held(0.06, 100), held(0.5, 100), angle=angle, terminated=True)
    assert one_leg.fitness(fall) == pytest.approx(0.4, abs=0.01)
    assert not one_leg.success(fall)


def test_a_long_stand_that_ends_in_a_fall_has_not_succeeded(one_leg) -> None:
    fall = stand(held(0.06, 751), held(0.5, 751), terminated=True)
    assert one_leg.fitness(fall) == pytest.approx(6.0, abs=0.01)
    assert not one_leg.success(fall)


def test_flinging_a_leg_up_in_the_simulator_is_no_stand(one_leg) -> None:
    task = load_task("walker-stand-on-one-leg")
    fling = np.array([0.0, 0.0, 0.0, 0.1, -0.5, 0.0])
    (fall,) = play(task, lambda obs: np.tile(fling, (len(obs), 1)), [0])
    assert fall.left_foot_height.max() > 0.3
    assert one_leg.fitness(fall) < 0.2
    assert not one_leg.success(fall)
