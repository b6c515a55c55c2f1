from dataclasses import replace

import numpy as np

from envs.conditions import Condition, Ending
from envs.episode_lines import episode_lines, own_zero_line
from envs.make import load_task, make_env


def test_a_robot_of_our_own_says_how_its_episodes_go() -> None:
    start, failure, seen = episode_lines(make_env(load_task("quadruped-velocity"), 1))
    assert start.startswith("they start in keyframe 'stand', with uniform noise")
    assert "tilted too far (trunk_up[2] < 0.34)" in failure
    assert seen.startswith("The policy observes trunk_velocity, trunk_spin")


def test_a_success_is_told_from_a_failure() -> None:
    lines = episode_lines(make_env(load_task("hand-turn-dial"), 1))
    (success,) = (line for line in lines if line.startswith("a success ends them"))
    assert "held at the target (hold_time > 1)" in success


def test_what_is_hidden_is_not_told() -> None:
    task = load_task("quadruped-velocity")
    ending = Ending("worn out", Condition("trunk_mass", None, True, 0.0))
    lines = "".join(episode_lines(make_env(replace(task, ends=(ending,)), 1)))
    assert "worn out" in lines
    hidden = [field.name for field in task.fields if field.hidden]
    assert len(hidden) == 4
    assert not any(name in lines for name in hidden)


def test_a_body_of_gymnasium_says_how_it_starts() -> None:
    (line,) = episode_lines(make_env(load_task("hopper-run"), 1))
    assert line == (
        "they start in the model's own position, with uniform noise of at most 0.005 "
        "on every position and velocity"
    )
    assert episode_lines(make_env(load_task("reacher-reach"), 1)) == ()


def test_the_policys_0_is_told_where_its_range_is_clipped() -> None:
    """The dial's fingers may sweep from -0.8 to 0.6 and start at -0.6."""
    env = make_env(load_task("hand-turn-dial"), 1)
    assert own_zero_line(env.own_zero).endswith(": -0.6, 0, -0.6, 0, -0.6, 0")
    assert own_zero_line(np.zeros(2)).endswith(": 0 each")
