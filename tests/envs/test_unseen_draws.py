"""What a policy sees of draws, and what a prompt says of them."""

import pytest

from envs.batch_env import VectorEnv
from envs.draws import Draw
from envs.fields import unpack
from envs.make import load_task, make_env
from envs.yamlfile import TaskError
from tests.envs.test_draws import TASK, draws, started, task


def test_a_prompt_says_that_a_range_widens() -> None:
    draw = Draw("aim", (-0.0,), (4.0,), scalar=True, widens=50_000)
    assert draw.description() == (
        "drawn once an episode, uniformly from 0 to 4; in training the range grows "
        "from its middle to the whole over the first 50,000 steps, the judge draws "
        "from the whole"
    )


def test_a_draw_that_the_policy_can_t_see_is_unseen(tmp_path) -> None:
    env, _ = started(tmp_path, "aim: {uniform: [0, 1]}")
    assert "aim" in env.unseen()


def test_a_draw_whose_numbers_the_policy_sees_elsewhere_is_not_unseen(tmp_path) -> None:
    """The goal's position shows it; a speed is soon another than at the start."""
    goal = "aim: {uniform: [[0, 0, 1], [1, 1, 2]], sets: body.goal.mocap_pos}"
    speed = "speed: {uniform: [1, 2], sets: 'joint.base.qvel[0]'}"
    rest = draws(goal, speed) + "observation: [goal_seen, velocity]\n"
    unseen = VectorEnv(task(tmp_path, rest), 3).unseen()
    assert "aim" not in unseen
    assert "speed" in unseen
    rest = draws(goal) + "observation: [velocity]\n"
    assert "aim" in VectorEnv(task(tmp_path, rest), 3).unseen()


def test_an_environment_of_gymnasium_has_draws_that_are_written_nowhere(
    tmp_path,
) -> None:
    text = TASK.split("env: ")[0] + (
        "env: gymnasium:Hopper-v5\ngoal: x\nconventions: x\n"
        "fields: {height: {source: 'obs[0]', unit: m, doc: x}}\n"
    )
    path = tmp_path / "task.yaml"
    path.write_text(text + draws("aim: {uniform: [0, 1]}"))
    env = make_env(load_task(str(tmp_path)), 2)
    env.reset([0, 1])
    assert len(set(unpack(env.frame, env.widths).aim)) == 2
    assert env.unseen() == {"aim"}
    path.write_text(text + draws("aim: {uniform: [0, 1], sets: body.torso.mass}"))
    with pytest.raises(TaskError, match=r"task.yaml:7: .* in a Gymnasium environment"):
        load_task(str(tmp_path))
