"""The hidden metrics of the ant, by hand and in the simulator."""

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

DT, ROWS = 0.05, 1001
FEET_DOWN = (0.36, 0.36, 0.36, 0.36)  # middle of the lower legs: foot 0.1, knee 0.62


def test_an_ant_on_its_back_covers_no_ground() -> None:
    hidden = load_hidden(load_task("ant-run"))
    x = [0.0, 30.0, 60.0]
    run = episode(DT, x_position=x, torso_up=[1.0, 0.9, 0.9])
    assert hidden.fitness(run) == 60.0
    assert hidden.success(run)
    slide = episode(DT, x_position=x, torso_up=[1.0, -1.0, -1.0])
    assert hidden.fitness(slide) == 0.0
    assert not hidden.success(slide)


def test_an_ant_that_leaps_too_high_ends_its_run() -> None:
    hidden = load_hidden(load_task("ant-run"))
    leap = episode(DT, True, x_position=[0.0, 2.0], torso_up=1.0)
    assert hidden.fitness(leap) == 2.0
    assert not hidden.success(leap)


def wave(foot=0.4, swing=0.5, period=20, rows=ROWS, terminated=False, **changes):
    """The front left foot at that height, its hip swinging by +-swing rad."""
    lower = np.tile(FEET_DOWN, (rows, 1))
    lower[:, 0] = (foot + 0.62) / 2
    hips = np.zeros((rows, 4))
    hips[:, 0] = swing * np.sin(2 * np.pi * np.arange(rows) / period)
    fields = {
        "lower_leg_heights": lower,
        "knee_heights": (0.62,) * 4,
        "hip_angles": hips,
        "ankle_angles": (0.52, -1.2, -1.2, 1.2),
        "torso_up": 1.0,
        "torso_height": 0.62,
        "ground_force": 8.9,
    }
    return episode(DT, terminated, **{**fields, **changes})


@pytest.fixture
def waving():
    return load_hidden(load_task("ant-wave-leg"))


def test_waving_all_the_time_is_worth_one(waving) -> None:
    assert waving.fitness(wave()) == pytest.approx(1.0, abs=0.01)
    assert waving.success(wave())


def test_holding_the_leg_up_without_waving_is_worth_half(waving) -> None:
    assert waving.fitness(wave(swing=0.0)) == pytest.approx(0.5)
    assert not waving.success(wave(swing=0.0))


def test_trembling_and_drifting_are_no_waves(waving) -> None:
    assert waving.fitness(wave(swing=0.1, period=4)) == pytest.approx(0.5)
    assert waving.fitness(wave(period=400)) < 0.65
    assert not waving.success(wave(period=400))


@pytest.mark.parametrize(
    "changes",
    [
        {"foot": 0.1},
        {"torso_up": -1.0, "torso_height": 0.27},
        {"torso_up": 0.3},
        {"torso_height": 0.26},
        {"ground_force": 0.0},
        {"knee_heights": (0.62, 0.3, 0.62, 0.62)},
    ],
    ids=["foot down", "on the back", "tipping over", "on the belly", "leap", "hop"],
)
def test_swinging_the_leg_otherwise_is_no_wave(waving, changes) -> None:
    assert waving.fitness(wave(**changes)) == 0.0
    assert not waving.success(wave(**changes))


def test_a_wave_that_ends_in_a_fall_is_worth_its_time(waving) -> None:
    fall = wave(rows=101, terminated=True)
    assert waving.fitness(fall) == pytest.approx(0.1, abs=0.01)
    assert not waving.success(fall)


def scripted_wave(swing: float):
    """Side legs forward, all others steep, front left foot up; its hip to and fro.

    Actions: hip and ankle of front right, front left, back left, back right.
    """
    step = iter(range(10**6))

    def policy(obs: np.ndarray) -> np.ndarray:
        hip = swing * np.sign(np.sin(2 * np.pi * next(step) * DT))
        row = [0.5, 0.3, hip, -1.0, -0.5, -0.3, 0.0, -0.3]
        return np.tile(row, (len(obs), 1))

    return policy


def test_an_ant_that_waves_in_the_simulator_succeeds(waving) -> None:
    task = load_task("ant-wave-leg")
    (still,) = play(task, scripted_wave(0.0), [0])
    (waved,) = play(task, scripted_wave(0.1), [0])
    assert waving.fitness(waved) > 0.9
    assert waving.success(waved)
    assert 0.4 < waving.fitness(still) < 0.6
    assert not waving.success(still)


def lie(height, speed=0.0, joints=0.0, terminated=False):
    velocity = np.zeros((len(height), 3))
    velocity[:, 0] = speed
    return episode(
        DT,
        terminated,
        torso_height=height,
        torso_velocity=velocity,
        joint_velocities=(joints,) * 8,
    )


@pytest.fixture
def lying():
    return load_hidden(load_task("ant-lie-down"))


def test_lying_still_is_worth_its_share_of_the_time(lying) -> None:
    assert lying.fitness(lie([0.27] * ROWS)) == pytest.approx(1.0)
    halfway = lie(phases((501, 0.6), (500, 0.27)))
    assert lying.fitness(halfway) == pytest.approx(0.5)
    assert lying.success(halfway)


def test_standing_and_crouching_are_not_lying(lying) -> None:
    assert lying.fitness(lie([0.55] * ROWS)) == 0.0
    assert lying.fitness(lie([0.375] * ROWS)) == pytest.approx(0.25)
    assert not lying.success(lie([0.375] * ROWS))


def test_an_episode_that_breaks_off_lies_no_longer(lying) -> None:
    dead = lie([0.27] * 3, terminated=True)
    assert lying.fitness(dead) == pytest.approx(0.002)
    assert not lying.success(dead)
    assert not lying.success(lie([0.27] * 3))


def test_sliding_and_kicking_on_the_back_are_not_lying_still(lying) -> None:
    for restless in (lie([0.27] * ROWS, speed=1.5), lie([0.27] * ROWS, joints=2.0)):
        assert lying.fitness(restless) == 0.0
        assert not lying.success(restless)


def test_lying_down_and_getting_up_again_has_not_succeeded(lying) -> None:
    assert not lying.success(lie(phases((901, 0.27), (100, 0.5))))


def test_an_ant_that_sags_without_power_does_not_lie_down(lying) -> None:
    task = load_task("ant-lie-down")
    (sag,) = play(task, lambda obs: np.zeros((len(obs), 8)), [0])
    assert sag.steps == 1000
    assert sag.torso_height[-1] < 0.4
    assert lying.fitness(sag) < 0.25
    assert not lying.success(sag)
