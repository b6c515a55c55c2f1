"""The hidden metrics of the pendulums on episodes whose value is known by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from envs.episodes import play
from envs.hidden import load_hidden
from envs.make import load_task
from tests.envs.conftest import episode


def test_a_pendulum_is_worth_the_seconds_it_stayed_up() -> None:
    hidden = load_hidden(load_task("inverted-pendulum-balance"))
    up = episode(0.04, pole_angle=[0.0] * 26)
    assert hidden.fitness(up) == 1.0
    assert hidden.success(up)
    assert not hidden.success(episode(0.04, True, pole_angle=[0.0, 0.3]))


def test_a_double_pendulum_is_worth_the_seconds_it_stayed_up() -> None:
    hidden = load_hidden(load_task("inverted-double-pendulum-balance"))
    up = episode(0.05, tip_height=[1.2] * 1001)
    assert hidden.fitness(up) == 50.0
    assert hidden.success(up)


def test_a_double_pendulum_that_falls_at_the_very_end_has_not_succeeded() -> None:
    hidden = load_hidden(load_task("inverted-double-pendulum-balance"))
    fallen = episode(0.05, True, tip_height=[1.2] * 999 + [1.0])
    assert hidden.fitness(fallen) == pytest.approx(49.95)
    assert not hidden.success(fallen)


def test_the_human_reward_of_the_double_pendulum_is_gymnasiums() -> None:
    import gymnasium

    env = gymnasium.make("InvertedDoublePendulum-v5").unwrapped
    env.reset(seed=0)
    _, reward, *_ = env.step(np.array([0.3]))
    tip, velocities = env.data.site("tip").xpos, env.data.qvel[1:]
    state = SimpleNamespace(
        tip_x=tip[:1], tip_height=tip[2:], pole_velocities=velocities[None]
    )
    hidden = load_hidden(load_task("inverted-double-pendulum-balance"))
    terms = hidden.human_reward(None, np.array([[0.3]]), state)
    assert sum(term[0] for term in terms.values()) == pytest.approx(reward)


def test_poles_that_fall_in_the_simulator_fail() -> None:
    task = load_task("inverted-double-pendulum-balance")
    hidden = load_hidden(task)
    pushed, idle = (
        play(task, lambda obs, u=u: np.full((len(obs), 1), u), [3])[0]
        for u in (1.0, 0.0)
    )
    assert hidden.fitness(pushed) < hidden.fitness(idle) < 2.0
    assert not hidden.success(idle)
