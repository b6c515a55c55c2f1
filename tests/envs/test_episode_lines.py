from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.bodies import BODIES, OWN_ROBOT
from envs.conditions import Condition, Ending
from envs.episode_lines import episode_lines, zero_output_line
from envs.make import load_task, make_env
from envs.task import Task


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


def test_an_ending_by_the_last_action_is_told_with_its_condition() -> None:
    ending = Ending("pushed hard", Condition("last_action", None, False, 0.9))
    task = replace(load_task("hopper-run"), ends=(ending,))
    lines = "".join(episode_lines(make_env(task, 1)))
    assert "pushed hard (last_action > 0.9)" in lines


def test_a_body_of_gymnasium_says_how_it_starts() -> None:
    (line,) = episode_lines(make_env(load_task("hopper-run"), 1))
    assert line == (
        "they start in the model's own position, with uniform noise of at most 0.005 "
        "on every position and velocity"
    )
    (line,) = episode_lines(make_env(load_task("reacher-reach"), 1))
    assert "the target anywhere in a disc of radius 0.2 m around the base" in line


def test_hidden_draws_that_change_the_start_are_told_without_their_names() -> None:
    """A quadruped is pushed and turned; a dial's friction moves nothing."""
    lines = {
        name: episode_lines(make_env(load_task(name), 1))[0]
        for name in ("quadruped-velocity", "hand-turn-dial")
    }
    words = "positions and velocities also vary by draws that are not shown"
    assert words in lines["quadruped-velocity"]
    assert "target is written to the simulation" in lines["hand-turn-dial"]
    assert words not in lines["hand-turn-dial"]


OWN_TASK = """\
name: mine
env: {}
goal: Move.
conventions: SI units
fields: {{height: {{source: 'obs[0]', unit: m, doc: of the torso}}}}
"""


def own_task(folder: Path, env: str) -> Task:
    (folder / "task.yaml").write_text(OWN_TASK.format(env))
    return load_task(str(folder))


def test_the_bodys_own_endings_are_told_in_tasks_of_ones_own(tmp_path) -> None:
    env = "Hopper-v5\nenv_kwargs: {healthy_angle_range: [-0.5, 0.5]}"
    _, failure = episode_lines(make_env(own_task(tmp_path, env), 1))
    assert failure == (
        "a failure ends them at once: torso too low (height not above 0.7 m), "
        "torso tilted too far (pitch not between -0.5 and 0.5 rad), "
        "state out of range (a joint angle or any velocity not between -100 and 100)"
    )
    env = "Hopper-v5\nenv_kwargs: {terminate_when_unhealthy: false}"
    assert len(episode_lines(make_env(own_task(tmp_path, env), 1))) == 1


@pytest.mark.parametrize("name", [n for n in BODIES if n != OWN_ROBOT])
def test_every_ending_of_a_body_has_words(name: str, tmp_path) -> None:
    task = own_task(tmp_path, name)
    kwargs = task.body.kwargs
    env = VectorEnv(task, 1)
    endings = task.body.endings(np, kwargs, env._data)
    assert task.body.bounds(kwargs).keys() == endings.keys()


def test_a_foreign_environment_says_that_its_start_is_its_own(tmp_path) -> None:
    env = make_env(own_task(tmp_path, "gymnasium:Hopper-v5"), 1)
    start, end = episode_lines(env)
    assert start.startswith("they start as the environment's own reset leaves them")
    assert end.startswith("where the environment terminates them")


def test_the_policys_0_is_told_where_its_range_is_clipped() -> None:
    """The dial's fingers may sweep from -0.8 to 0.6 and start at -0.6."""
    env = make_env(load_task("hand-turn-dial"), 1)
    assert zero_output_line(env.zero_output).endswith(": -0.6, 0, -0.6, 0, -0.6, 0")
    assert zero_output_line(np.zeros(2)).endswith(": 0 each")
