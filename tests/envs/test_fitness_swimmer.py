"""The hidden metric of the swimmer, by hand and in the simulator."""

import numpy as np

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode

SWIMMER_S = 0.04


def test_a_swimmer_is_worth_the_metres_to_the_front() -> None:
    hidden = load_hidden(load_task("swimmer-swim"))
    assert hidden.fitness(episode(SWIMMER_S, x_position=[0.5, 2.0, 5.0])) == 4.5
    assert hidden.success(episode(SWIMMER_S, x_position=[0.5, 2.0, 5.0]))


def test_a_swimmer_that_goes_back_or_comes_back_has_not_succeeded() -> None:
    hidden = load_hidden(load_task("swimmer-swim"))
    assert hidden.fitness(episode(SWIMMER_S, x_position=[0.0, -9.0])) == -9.0
    there_and_back = episode(SWIMMER_S, x_position=[0.0, 9.0, 0.5])
    assert hidden.fitness(there_and_back) == 0.5
    assert not hidden.success(there_and_back)


def paddle(lag: float, steps_per_second: float = 25.0):
    """A wave along the body; negative lag makes it run from front to back."""
    step = iter(range(10**6))

    def policy(obs: np.ndarray) -> np.ndarray:
        phase = 4.0 * next(step) / steps_per_second
        return np.tile([np.sin(phase), np.sin(phase + lag)], (len(obs), 1))

    return policy


def test_a_wave_from_front_to_back_swims_and_joints_in_step_do_not() -> None:
    task = load_task("swimmer-swim")
    hidden = load_hidden(task)
    (forward,) = play(task, paddle(-1.6), [0])
    (wagging,) = play(task, paddle(0.0), [0])
    assert hidden.fitness(forward) > 2.0
    assert abs(hidden.fitness(wagging)) < 1.0
    assert not hidden.success(wagging)
