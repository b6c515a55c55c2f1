"""The hidden metrics of the tasks with robots of our own, and ways to fool them."""

import numpy as np
import pytest

from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

QUADRUPED = load_hidden(load_task("quadruped-velocity"))
ARM = load_hidden(load_task("arm-reach-target"))
DIAL = load_hidden(load_task("hand-turn-dial"))


def walk(velocity, turning=0.0, rows=501, terminated=False):
    """A quadruped that is told 0.5 m/s forward for 5 s, then 0.4 rad/s of turning.

    velocity: (forward, leftward) m/s, one pair or rows of them; turning: rad/s.
    """
    command = phases((250, (0.5, 0.0, 0.0)), (251, (0.0, 0.0, 0.4)))[:rows]
    velocity = np.broadcast_to(np.array(velocity, dtype=float), (rows, 2))
    spin = np.zeros((rows, 3))
    spin[:, 2] = turning
    return episode(
        0.02,
        terminated,
        command=command,
        trunk_velocity=np.column_stack([velocity, np.zeros(rows)]),
        trunk_spin=spin,
    )


def test_a_quadruped_that_follows_every_command_has_1() -> None:
    velocity = phases((250, (0.5, 0.0)), (251, (0.0, 0.0)))
    turning = phases((250, 0.0), (251, 0.4))
    good = walk(velocity, turning)
    assert QUADRUPED.fitness(good) > 0.99
    assert QUADRUPED.success(good)


def test_a_quadruped_that_stands_has_0() -> None:
    assert QUADRUPED.fitness(walk((0.0, 0.0))) == pytest.approx(0.0)


def test_a_quadruped_that_walks_whatever_it_is_told_is_no_success() -> None:
    """Forward at 0.5 m/s: right for a half, and then further off than standing."""
    stubborn = walk((0.5, 0.0))
    assert QUADRUPED.fitness(stubborn) < 0.25
    assert not QUADRUPED.success(stubborn)


def test_a_quadruped_that_shakes_on_the_spot_gains_nothing() -> None:
    shaking = np.outer(np.cos(np.pi * np.arange(501) / 2), [1.0, 0.0])
    assert abs(QUADRUPED.fitness(walk(shaking))) < 0.02


def test_a_quadruped_that_follows_and_then_falls_loses_the_rest() -> None:
    """0.2 of the time is worth 1, the other 0.8 is worth -1."""
    falls = walk((0.5, 0.0), rows=101, terminated=True)
    assert QUADRUPED.fitness(falls) == pytest.approx(0.2 - 0.8, abs=0.02)
    assert not QUADRUPED.success(falls)


def test_a_quadruped_that_walks_the_other_way_is_worse_than_one_that_stands() -> None:
    assert QUADRUPED.fitness(walk((-0.5, 0.0))) < -0.3


def reach(tip):
    """An arm with targets at x = 0.2 and, after 2 s, at x = 0.5; tip: its x, by row."""
    target = phases((51, (0.2, 0.0, 0.3)), (50, (0.5, 0.0, 0.3)))
    position = np.column_stack([tip, np.zeros(101), np.full(101, 0.3)])
    return episode(0.04, target=target, tip_position=position)


def test_an_arm_that_reaches_both_targets_in_time_has_0_cm() -> None:
    tip = phases((20, 0.35), (31, 0.2), (20, 0.35), (30, 0.5))
    assert ARM.fitness(reach(tip)) == pytest.approx(0.0)
    assert ARM.success(reach(tip))


def test_an_arm_that_stays_at_the_first_target_is_no_success() -> None:
    """0 cm from the first, 30 cm from the second."""
    stays = reach(np.full(101, 0.2))
    assert ARM.fitness(stays) == pytest.approx(-15.0)
    assert not ARM.success(stays)


def test_an_arm_that_waits_between_the_targets_is_no_success() -> None:
    assert ARM.fitness(reach(np.full(101, 0.35))) == pytest.approx(-15.0)
    assert not ARM.success(reach(np.full(101, 0.35)))


def test_an_arm_that_swings_through_the_targets_is_no_success() -> None:
    swings = 0.35 + 0.15 * np.cos(np.arange(101))
    assert not ARM.success(reach(swings))
    assert ARM.fitness(reach(swings)) < -10.0


def dial(angle):
    """A dial with its target at 1 rad; angle: by row, 0.04 s each."""
    return episode(0.04, target=1.0, dial_angle=np.array(angle, dtype=float))


def test_a_dial_that_is_turned_and_left_there_has_1() -> None:
    held = dial(phases((10, 0.0), (27, 1.0)))
    assert DIAL.fitness(held) == pytest.approx(1.0)
    assert DIAL.success(held)


def test_a_dial_that_is_left_alone_has_0() -> None:
    assert DIAL.fitness(dial(np.zeros(151))) == pytest.approx(0.0)


def test_a_dial_that_is_flung_past_the_target_is_no_success() -> None:
    """At 2.5 rad it is further off than at the start: -0.5."""
    flung = dial(np.minimum(np.arange(151) * 0.1, 2.5))
    assert DIAL.fitness(flung) == pytest.approx(-0.5)
    assert not DIAL.success(flung)


def test_a_dial_that_passes_the_target_at_the_end_is_no_success() -> None:
    passes = dial(phases((140, 0.0), (11, 1.0)))
    assert not DIAL.success(passes)
    assert DIAL.fitness(passes) < 0.5


def test_a_dial_that_breaks_off_at_the_target_at_once_is_no_success() -> None:
    assert not DIAL.success(dial([0.0, 1.0]))
