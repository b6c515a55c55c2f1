from pathlib import Path

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.episodes import play
from envs.fields import unpack
from envs.make import load_task, make_env
from envs.task import Task
from envs.yamlfile import TaskError

TASK = """\
name: mine
env: {}
goal: Move.
conventions: SI units
fields:
  height: {{source: 'obs[0]', unit: m, doc: of the torso}}
  angles: {{source: 'obs[1:4]', unit: rad, doc: of the joints}}
  secret: {{source: 'obs[5]', unit: '1', doc: x, hidden: true}}
draws:
  aim: {{uniform: [0, 1], again_s: 0.02, unit: m, doc: goal}}
"""


def task(folder: Path, rest: str = "", env: str = "Hopper-v5") -> Task:
    (folder / "task.yaml").write_text(TASK.format(env) + rest)
    return load_task(str(folder))


@pytest.mark.parametrize("env", ["Hopper-v5", "gymnasium:Hopper-v5"])
def test_the_policy_sees_the_fields_of_the_task(tmp_path, env: str) -> None:
    mine = make_env(task(tmp_path, "observation: [aim, angles]\n", env), 3)
    mine.reset([0, 1, 2])
    for _ in range(9):  # the draw is new at every third step
        fields = unpack(mine.frame, mine.widths)
        assert np.array_equal(mine.obs, np.c_[fields.aim, fields.angles])
        step = mine.step(np.zeros((3, 3)))
        after = unpack(step.s_next, mine.widths)
        assert np.array_equal(step.next_obs, np.c_[after.aim, after.angles])


def test_what_the_policy_does_not_see_is_unseen(tmp_path) -> None:
    unseen = VectorEnv(task(tmp_path, "observation: [angles, time]\n"), 1).unseen()
    assert unseen == {"aim", "height"}
    assert VectorEnv(task(tmp_path), 1).unseen() == {"aim", "time"}


def test_noise_is_in_the_observation_alone(tmp_path) -> None:
    rest = "observation: {fields: [height, aim], noise: {height: 0.5}}\n"
    env = VectorEnv(task(tmp_path, rest), 50)
    env.reset(range(50))
    noises = []
    for _ in range(20):
        fields = unpack(env.frame, env.widths)
        noises.append(env.obs[:, 0] - fields.height)
        assert np.array_equal(env.obs[:, 1], fields.aim)
        env.step(np.zeros((50, 3)))
    noise = np.array(noises)
    assert np.abs(noise).max() <= 0.5
    assert noise.std() == pytest.approx(0.5 / 3**0.5, rel=0.05)
    correlation = np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]
    assert abs(correlation) < 0.1


def test_noise_comes_from_the_episodes_seed(tmp_path) -> None:
    rest = "observation: {fields: [height], noise: {height: 0.5}}\n"
    mine = task(tmp_path, rest)

    def frames(seeds: list[int]) -> np.ndarray:
        episodes = play(mine, lambda obs: np.tile(np.sin(9 * obs), (1, 3)), seeds)
        return episodes[seeds.index(7)].frames

    assert np.array_equal(frames([7]), frames([3, 7]))


def test_a_history_begins_with_the_present_state_and_then_moves(tmp_path) -> None:
    rest = "observation: {fields: [height, aim], history: 3}\n"
    env = VectorEnv(task(tmp_path, rest), 2)
    env.reset([0, 1])
    assert env.obs.shape == (2, 6)
    first = env.obs[:, :2].copy()
    assert np.array_equal(env.obs, np.tile(first, 3))
    step = env.step(np.ones((2, 3)))
    assert np.array_equal(step.next_obs[:, 2:], np.tile(first, 2))
    second = env.obs[:, :2].copy()
    env.step(np.ones((2, 3)))
    assert np.array_equal(env.obs[:, 2:4], second)
    assert np.array_equal(env.obs[:, 4:], first)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("observation: [angle]\n", "no field 'angle'; did you mean 'angles'?"),
        ("observation: [secret]\n", "'secret' is hidden"),
        ("observation: [angles, angles]\n", "a list of different fields"),
        ("observation: [[angles, aim]]\n", "a list of different fields"),
        ("observation: [{aim: 1}]\n", "a list of different fields"),
        ("observation: angles\n", "must be a mapping"),
        ("observation: {fields: [aim], noise: {angles: 1}}\n", "unknown key 'angles'"),
        ("observation: {fields: [aim], noise: {aim: -1}}\n", "must be a number >= 0"),
        ("observation: {fields: [aim], noise: {aim: .nan}}\n", "must be a number >= 0"),
        ("observation: {fields: [aim], noise: {aim: .inf}}\n", "must be a number >= 0"),
        ("observation: {fields: [aim], history: 0}\n", "history must be 1 to 100"),
    ],
)
def test_a_faulty_observation_is_an_error_with_its_line(
    tmp_path, rest: str, words: str
) -> None:
    with pytest.raises(TaskError) as error:
        task(tmp_path, rest)
    assert "task.yaml:11: " in str(error.value)
    assert words in str(error.value)
