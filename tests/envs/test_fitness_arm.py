"""The hidden metrics of the arms on episodes whose value is known by hand."""

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode, phases

REACHER_S, PUSHER_S = 0.02, 0.05
GOAL = (0.45, -0.05, -0.323)


def reach(*parts):
    return episode(
        REACHER_S, fingertip_position=phases(*parts), target_position=(0.1, 0.0)
    )


def push(*parts):
    rows = [(rows, (0.45 + away, -0.05, -0.275)) for rows, away in parts]
    return episode(PUSHER_S, object_position=phases(*rows), goal_position=GOAL)


def test_reacher_is_judged_by_the_distance_after_it_had_time_to_get_there() -> None:
    hidden = load_hidden(load_task("reacher-reach"))
    there = reach((26, (0.2, 0.0)), (25, (0.1, 0.01)))
    assert hidden.fitness(there) == pytest.approx(-0.01)
    assert hidden.success(there)
    half = reach((26, (0.2, 0.0)), (25, (0.15, 0.0)))
    assert hidden.fitness(half) == pytest.approx(-0.05)
    assert not hidden.success(half)


def test_a_fingertip_that_swings_through_the_target_has_not_reached_it() -> None:
    hidden = load_hidden(load_task("reacher-reach"))
    swing = reach((26, (0.2, 0.0)), (24, (0.1, 0.0)), (1, (0.1, 0.1)))
    assert not hidden.success(swing)
    orbit = np.tile([[0.1, 0.0], [0.1, 0.1]], (26, 1))[:51]
    orbiting = episode(REACHER_S, fingertip_position=orbit, target_position=(0.1, 0.0))
    assert not hidden.success(orbiting)
    assert hidden.fitness(orbiting) < -0.04


def jacobian_controller(obs: np.ndarray) -> np.ndarray:
    """Pulls the fingertip at the target with a damped spring; see Reacher-v5's obs."""
    cos, sin, pull = obs[:, :2], obs[:, 2:4], -obs[:, 8:10]
    arm = np.stack([0.1 * cos[:, 0], 0.1 * sin[:, 0]], axis=1)
    both = np.stack(
        [
            cos[:, 0] * cos[:, 1] - sin[:, 0] * sin[:, 1],
            sin[:, 0] * cos[:, 1] + cos[:, 0] * sin[:, 1],
        ],
        axis=1,
    )
    fore = 0.11 * both

    def torque(lever: np.ndarray) -> np.ndarray:
        return lever[:, 0] * pull[:, 1] - lever[:, 1] * pull[:, 0]

    wanted = np.stack([torque(arm + fore), torque(fore)], axis=1)
    return 400.0 * wanted - 0.15 * obs[:, 6:8]


def test_a_scripted_arm_reaches_in_the_simulator_better_than_a_limp_one() -> None:
    task = load_task("reacher-reach")
    hidden = load_hidden(task)
    seeds = range(10)
    score = [hidden.fitness(e) for e in play(task, jacobian_controller, seeds)]
    limp = play(task, lambda obs: np.zeros((len(obs), 2)), seeds)
    assert np.mean(score) > np.mean([hidden.fitness(e) for e in limp]) + 0.05


def test_pushing_is_worth_the_share_of_the_way() -> None:
    hidden = load_hidden(load_task("pusher-push"))
    assert hidden.fitness(push((101, 0.2))) == 0.0
    assert hidden.fitness(push((81, 0.2), (20, 0.05))) == pytest.approx(0.75)
    assert hidden.fitness(push((81, 0.2), (20, 0.0))) == pytest.approx(1.0)
    assert hidden.success(push((81, 0.2), (20, 0.05)))
    assert not hidden.success(push((81, 0.2), (20, 0.1)))


def test_a_cylinder_shot_across_the_goal_is_not_on_it() -> None:
    hidden = load_hidden(load_task("pusher-push"))
    shot = push((60, 0.2), (35, 0.0), (6, 3.0))
    assert hidden.fitness(shot) == -1.0
    assert not hidden.success(shot)


def test_the_arm_alone_at_the_goal_is_worth_nothing() -> None:
    hidden = load_hidden(load_task("pusher-push"))
    still = push((101, 0.2))
    still.tip_position = np.tile(GOAL, (101, 1))
    assert hidden.fitness(still) == 0.0
    assert not hidden.success(still)
