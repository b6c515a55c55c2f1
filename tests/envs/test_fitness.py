"""What holds for the hidden metric of every task."""

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.episodes import Episode, play
from envs.hidden import load_hidden
from envs.make import load_task, task_names


@pytest.mark.parametrize("name", task_names())
def test_doing_nothing_is_no_success(name: str) -> None:
    task = load_task(name)
    hidden = load_hidden(task)
    actions = VectorEnv(task, 1).action_dim
    (idle,) = play(task, lambda obs: np.zeros((len(obs), actions)), [7])
    assert np.isfinite(hidden.fitness(idle))
    assert hidden.success(idle) is False


@pytest.mark.parametrize("name", task_names())
def test_an_episode_that_breaks_off_at_once_is_worth_a_number(name: str) -> None:
    task = load_task(name)
    hidden = load_hidden(task)
    env = VectorEnv(task, 1)
    env.reset([0])
    step = env.step(np.zeros((1, env.action_dim)))
    frames = np.concatenate([step.s, step.s_next])
    broken = Episode(frames, step.action, env.widths, True, "unstable", env.dt)
    value = hidden.fitness(broken)
    assert isinstance(value, float)
    assert np.isfinite(value)
    assert hidden.success(broken) is False


@pytest.mark.parametrize("name", task_names())
def test_rewards_read_no_hidden_field_and_give_one_number_each(name: str) -> None:
    task = load_task(name)
    hidden = load_hidden(task)
    env = VectorEnv(task, 3)
    env.reset([0, 1, 2])
    from envs.fields import unpack

    for _ in range(5):
        step = env.step(np.full((3, env.action_dim), 0.1))
        s, s_next = (
            unpack(frame[:, : env.public_width], env.public_widths)
            for frame in (step.s, step.s_next)
        )
        for reward in (hidden.human_reward, hidden.sparse_reward):
            for term, value in reward(s, step.action, s_next).items():
                assert np.isfinite(np.broadcast_to(value, 3)).all(), term
