"""The hidden metrics of the hopper, by hand and in the simulator."""

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

DT, WEIGHT = 0.008, 155.0
TURN = 2 * np.pi
STAND = 250  # rows: 2 s


def flip(turned, then, sign=1.0, fold=0.0, height=1.2, contact=WEIGHT):
    """Stand, fly for 0.5 s while turning, then keep that angle for 2 s."""
    angle = np.concatenate(
        [np.zeros(STAND), np.linspace(0.0, turned, 63)[1:], np.full(STAND, then)]
    )
    joints = np.zeros((len(angle), 3))
    joints[STAND:, 0] = fold
    return episode(
        DT,
        torso_angle=sign * angle,
        joint_angles=joints,
        torso_height=phases((STAND + 62, 1.2), (STAND, height)),
        ground_force=phases(
            (STAND, WEIGHT), (62, 0.0 if contact else 50.0), (STAND, 155)
        ),
    )


def hidden(name):
    return load_hidden(load_task(name))


def test_hopper_is_worth_the_metres_it_travelled() -> None:
    run = hidden("hopper-run")
    assert run.fitness(episode(DT, x_position=[1.0, 3.0, 8.5])) == 7.5
    assert run.success(episode(DT, x_position=[0.0, 7.0]))
    assert not run.success(episode(DT, x_position=[0.0, 5.0]))


def test_a_hopper_that_leaps_and_falls_has_not_succeeded() -> None:
    run = hidden("hopper-run")
    assert not run.success(episode(DT, True, x_position=[0.0, 7.0]))


@pytest.mark.parametrize(
    ("name", "sign"), [("hopper-front-flip", 1.0), ("hopper-back-flip", -1.0)]
)
class TestFlips:
    def test_a_landed_flip_is_worth_one(self, name, sign) -> None:
        whole = flip(TURN, TURN, sign)
        assert hidden(name).fitness(whole) == pytest.approx(1.0)
        assert hidden(name).success(whole)

    def test_a_flip_of_the_wrong_way_round_is_worth_nothing(self, name, sign) -> None:
        assert hidden(name).fitness(flip(TURN, TURN, -sign)) == 0.0
        assert not hidden(name).success(flip(TURN, TURN, -sign))

    def test_half_a_flip_that_lands_on_the_head_fails(self, name, sign) -> None:
        half = flip(TURN / 2, TURN / 2, sign, height=0.3)
        assert hidden(name).fitness(half) == pytest.approx(0.2)
        assert not hidden(name).success(half)

    def test_a_whole_turn_that_ends_lying_down_fails(self, name, sign) -> None:
        crash = flip(TURN, TURN * 1.25, sign, height=0.1)
        assert hidden(name).fitness(crash) == pytest.approx(0.4)
        assert not hidden(name).success(crash)

    def test_rolling_over_on_the_ground_is_no_flip(self, name, sign) -> None:
        roll = flip(TURN, TURN, sign, contact=False)
        assert hidden(name).fitness(roll) == 0.0
        assert not hidden(name).success(roll)

    def test_a_hop_that_lands_well_is_no_flip(self, name, sign) -> None:
        assert hidden(name).fitness(flip(0.0, 0.0, sign)) == 0.0
        assert not hidden(name).success(flip(0.0, 0.0, sign))

    def test_folding_up_turns_the_torso_alone(self, name, sign) -> None:
        folded = flip(TURN * 0.8, TURN * 0.8, sign, fold=sign * TURN * 0.8)
        assert hidden(name).fitness(folded) == pytest.approx(0.0)

    def test_being_in_the_air_at_the_end_lands_nowhere(self, name, sign) -> None:
        cut = flip(TURN, TURN, sign)
        cut.ground_force = np.where(np.arange(len(cut.ground_force)) < STAND, 155.0, 0)
        assert hidden(name).fitness(cut) == pytest.approx(0.4)
        assert not hidden(name).success(cut)


def test_more_of_a_turn_in_the_air_is_worth_more() -> None:
    worth = [
        hidden("hopper-front-flip").fitness(
            flip(turns * TURN, turns * TURN, height=0.3)
        )
        for turns in (0.1, 0.3, 0.6, 1.0)
    ]
    assert worth == pytest.approx([0.04, 0.12, 0.24, 0.4])


def test_throwing_itself_down_in_the_simulator_is_no_flip() -> None:
    for name in ("hopper-front-flip", "hopper-back-flip"):
        task = load_task(name)
        for torque in (-1.0, 1.0):
            (e,) = play(task, lambda obs, u=torque: np.full((len(obs), 3), u), [0])
            assert hidden(name).fitness(e) < 0.4
            assert not hidden(name).success(e)


def test_positive_pitch_of_the_hopper_tips_it_forward() -> None:
    # Its centre of mass is then in front of the foot, so it goes on to fall that way.
    task = load_task("hopper-front-flip")
    (fall,) = play(task, lambda obs: np.zeros((len(obs), 3)), [1])
    i = np.flatnonzero(np.abs(fall.torso_angle) > 0.5)[0]
    moved = fall.x_position[i] - fall.x_position[0]
    assert np.sign(fall.torso_angle[i]) == np.sign(moved)


def hops(count, air_rows, x=0.0, terminated=False):
    cycle = phases((20, WEIGHT), (air_rows, 0.0))
    force = np.append(np.tile(cycle, count), np.full(20, WEIGHT))
    return episode(
        DT, terminated, ground_force=force, x_position=[*[0.0], *[x] * (len(force) - 1)]
    )


def test_hops_are_counted() -> None:
    # 40 rows in the air are 0.32 s, in which a body rises 0.126 m.
    on_the_spot = hidden("hopper-hop-in-place")
    assert on_the_spot.fitness(hops(10, 40)) == pytest.approx(10.0)
    assert on_the_spot.success(hops(10, 40))
    assert not on_the_spot.success(hops(7, 40))


def test_low_hops_and_trembling_add_up_to_little() -> None:
    # 25 rows: 0.2 s, 0.04905 m; 6 rows: 0.048 s, 2.8 mm.
    on_the_spot = hidden("hopper-hop-in-place")
    assert on_the_spot.fitness(hops(10, 25)) == pytest.approx(2.406, abs=1e-3)
    assert on_the_spot.fitness(hops(100, 6)) < 0.1


def test_a_hopper_that_hops_away_or_falls_has_not_hopped_in_place() -> None:
    on_the_spot = hidden("hopper-hop-in-place")
    assert on_the_spot.fitness(hops(10, 40, x=0.75)) == pytest.approx(5.0)
    assert not on_the_spot.success(hops(10, 40, x=0.75))
    assert on_the_spot.fitness(hops(10, 40, x=4.0)) == 0.0
    assert not on_the_spot.success(hops(10, 40, terminated=True))


def test_one_high_leap_without_a_landing_is_no_hop() -> None:
    on_the_spot = hidden("hopper-hop-in-place")
    leap = episode(
        DT, True, ground_force=phases((20, WEIGHT), (80, 0.0)), x_position=0.0
    )
    assert on_the_spot.fitness(leap) == 0.0
