"""Environments that step through Gymnasium."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.env import RAISED, UNSTABLE
from envs.episodes import play
from envs.fields import Field, SourceError, unpack
from envs.gym_copy import find_spec
from envs.gym_env import TERMINATED, TRUNCATED, GymVectorEnv
from envs.inspect import starter_task
from envs.make import load_task, make_env
from envs.task import Task
from envs.train import TrainDefaults
from envs.user_code import UserCodeError
from envs.yamlfile import TaskError

MODULE = """\
import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict

class Slider(gymnasium.Env):
    action_space = Box(-1.0, 1.0, (1,))
    observation_space = Box(-10.0, 10.0, (2,))
    metadata = {"render_fps": 20}

    def __init__(self, space="box", ends="ended", keyframe=None, control_s=None):
        self.ends = ends
        if space == "dict":
            self.observation_space = Dict({"x": Box(-1.0, 1.0, (2,))})

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = self.np_random.uniform(0, 0.5)
        return np.array([self.x, 0.0]), {}

    def step(self, action):
        self.x += action[0]
        over = self.x > 3
        obs = np.array([np.nan if over and self.ends == "nan" else self.x, action[0]])
        info = {"far": self.x / 2, "word": "x", "pair": [1, 2], "reward_x": 1.0}
        ended, cut = (over and self.ends == kind for kind in ("ended", "cut"))
        return obs, 7.0, ended, cut, info

class Counter(Slider):
    def step(self, action):
        *values, info = super().step(action)
        rate = 1.0 if self.x < 2 else None
        hits = [1.0] * int(self.x + 1)
        return *values, info | {"rate": rate, "hits": hits, "nothing": []}

gymnasium.register("test/Counter-v0", Counter, max_episode_steps=50)
gymnasium.register("test/Slider-v0", Slider, max_episode_steps=50)
gymnasium.register("test/Endless-v0", Slider)
"""
SLIDER = "sliders_of_a_test:test/Slider-v0"
COUNTER = "sliders_of_a_test:test/Counter-v0"


@pytest.fixture(autouse=True)
def _sliders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "sliders_of_a_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "sliders_of_a_test", raising=False)
    yield
    for name in ("test/Slider-v0", "test/Counter-v0", "test/Endless-v0"):
        gymnasium.registry.pop(name, None)


def task(env_id: str, env_kwargs: Any = None, **sources: str) -> Task:
    fields = tuple(Field(name, (source,), "1", "") for name, source in sources.items())
    return Task(
        "test", Path(), env_id, env_kwargs or {}, "", "", fields, TrainDefaults()
    )


def test_the_factory_takes_our_bodies_where_it_can() -> None:
    assert isinstance(make_env(task("Hopper-v5"), 1), VectorEnv)
    assert isinstance(make_env(task("Pendulum-v1"), 1), GymVectorEnv)
    assert isinstance(make_env(task(SLIDER), 1), GymVectorEnv)


def test_fields_are_observations_infos_and_mujocos_own_numbers() -> None:
    sources = {"x_velocity": "info.x_velocity", "height": "joint.rootz.qpos"}
    sources |= {"place": "body.torso.xpos", "angle": "obs[1]", "two": "obs[0:2]"}
    env = GymVectorEnv(task("Hopper-v5", **sources), 2)
    env.reset([0, 1])
    first = unpack(env.frame, env.widths)
    assert first.x_velocity.tolist() == [0.0, 0.0]  # reset does not give it
    step = env.step(np.full((2, 3), 0.5))
    after = unpack(step.s_next, env.widths)
    data = env._copies[1].data
    assert after.height[1] == data.joint("rootz").qpos[0]
    assert np.array_equal(after.place[1], data.body("torso").xpos)
    assert np.array_equal(after.two, step.next_obs[:, :2])
    assert np.array_equal(after.angle, step.next_obs[:, 1])
    assert after.x_velocity.all()
    assert after.time == pytest.approx(0.008)
    assert env.model.nq == 6


def test_both_ways_step_the_same_robot() -> None:
    ours, theirs = VectorEnv(task("Ant-v5"), 1), GymVectorEnv(task("Ant-v5"), 1)
    ours.reset([0])
    theirs.reset([0])
    unwrapped = theirs._copies[0].env.unwrapped
    unwrapped.data.qacc_warmstart[:] = 0
    unwrapped.set_state(ours._physics.qpos[0], ours._physics.qvel[0])
    action = np.full((1, 8), 0.25)
    steps = [(ours.step(action), theirs.step(action)) for _ in range(20)]
    assert all(np.array_equal(a.next_obs, b.next_obs) for a, b in steps)
    for name in ("dt", "max_steps", "action_dim", "public_widths", "public_width"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert np.array_equal(ours.low, theirs.low)


def test_the_last_observation_is_the_old_episodes() -> None:
    env = GymVectorEnv(task(SLIDER, position="obs[0]", far="info.far"), 2)
    env.reset([0, 1])
    for _ in range(3):
        step = env.step(np.array([[1.0], [0.0]]))
    assert step.reasons == {0: TERMINATED}
    assert step.next_obs[0, 0] > 3
    assert step.s_next[0, 1] == pytest.approx(step.next_obs[0, 0] / 2)
    assert env.obs[0, 0] < 0.5
    assert env.frame[0, 1] == 0.0


@pytest.mark.parametrize(("ends", "reason"), [("cut", TRUNCATED), ("nan", UNSTABLE)])
def test_what_ends_an_episode_is_told_apart(ends: str, reason: str) -> None:
    env = GymVectorEnv(task(SLIDER, {"ends": ends}), 2)
    env.reset([0, 1])
    step = [env.step(np.array([[1.0], [0.0]])) for _ in range(3)][-1]
    assert step.reasons == {0: reason}
    assert step.truncated[0] == (ends == "cut")
    assert np.isfinite(step.next_obs).all()


def test_mujocos_own_reset_within_an_episode_ends_it_as_unstable() -> None:
    env = GymVectorEnv(task("Hopper-v5"), 2)
    env.reset([0, 1])
    env._copies[1].data.qvel[0] = 1e11
    assert env.step(np.zeros((2, 3))).reasons == {1: UNSTABLE}
    assert env.step(np.zeros((2, 3))).reasons == {}


def test_keywords_go_to_make_and_set_the_time_limit() -> None:
    env = GymVectorEnv(task("Pendulum-v1", {"g": 1.0, "max_episode_steps": 5}), 1)
    env.reset([0])
    assert env._copies[0].env.unwrapped.g == 1.0
    steps = [env.step(np.zeros((1, 1))) for _ in range(5)]
    assert [step.reasons for step in steps] == [{}, {}, {}, {}, {0: "time limit"}]


def test_the_same_seeds_give_the_same_episodes_in_any_company() -> None:
    fields = task(SLIDER, position="obs[0]")
    alone, in_company = (
        play(fields, lambda obs: np.full((len(obs), 1), 0.2), seeds)
        for seeds in ([3], [1, 2, 3])
    )
    assert np.array_equal(alone[0].position, in_company[2].position)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("info.reward_x", "own reward can't be read"),
        ("info.fra", "did you mean 'far'?"),
        ("info.word", "type str, not a number"),
        ("info.pair[2]", "it has 2 numbers"),
        ("joint.x.qpos", "no MuJoCo model"),
        ("obs[2]", "it has 2 numbers"),
    ],
)
def test_a_source_that_is_not_there_is_told(source: str, words: str) -> None:
    with pytest.raises(SourceError, match=words.replace("?", r"\?")):
        GymVectorEnv(task(SLIDER, field=source), 1)


def test_info_that_changes_its_length_is_no_field(tmp_path: Path) -> None:
    """The hits grow, the rate is None from x = 2 on, and there is never a nothing."""
    block = starter_task(COUNTER, tmp_path)
    for key in ("hits", "rate", "nothing"):
        assert f"# left out: info.{key} is not the same count of numbers at" in block
        assert f"source: info.{key}" not in block
    assert "left out: info.far" not in block
    assert "source: info.far" in block
    assert "word" not in block
    with pytest.raises(SourceError, match="leave the key out where there is none"):
        GymVectorEnv(task(COUNTER, nothing="info.nothing"), 1)


def test_a_bad_value_of_info_ends_that_episode_alone() -> None:
    env = GymVectorEnv(task(COUNTER, rate="info.rate"), 2)
    env.reset([0, 1])
    env.errors = []
    action = np.array([[1.0], [0.0]])
    steps = [env.step(action) for _ in range(2)]
    assert [step.reasons for step in steps] == [{}, {0: RAISED}]
    (error,) = env.errors
    assert "step gave as info['rate'] None, expected a number" in str(error)
    assert np.array_equal(steps[1].s_next[0], steps[1].s[0])
    env.errors = None
    env.step(action)
    with pytest.raises(UserCodeError, match="expected a number at every step"):
        env.step(action)


@pytest.mark.parametrize(
    ("env_id", "kwargs", "words"),
    [
        ("CartPole-v1", {}, r"action space Discrete\(2\)"),
        (SLIDER, {"space": "dict"}, "observation space a Dict"),
        (SLIDER, {"colour": "red"}, "unexpected keyword argument 'colour'"),
        ("sliders_of_a_test:test/Endless-v0", {}, "needs a time limit"),
        ("LunarLanderContinuous-v3", {"nothing": 1}, "its constructor raised"),
    ],
)
def test_an_environment_that_does_not_fit_is_told_in_one_line(
    env_id: str, kwargs: Any, words: str
) -> None:
    with pytest.raises(TaskError, match=words) as error:
        make_env(task(env_id, kwargs), 1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("env_id", "words"),
    [
        ("Pendulm-v1", "did you mean 'Pendulum-v1'"),
        ("sliders_of_a_test:test/Slidr-v0", "did you mean 'test/Slider-v0'"),
        ("nowhere_to_be_found:X-v0", "importing nowhere_to_be_found raised"),
        ("zzzzzz", "any registered Gymnasium id"),
    ],
)
def test_an_unknown_id_is_told_with_what_is_near(env_id: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        find_spec(env_id)


def test_settings_of_other_environments_are_their_own(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").write_text(
        f"name: slide\nenv: {SLIDER}\ngoal: Slide.\nconventions: none\n"
        "env_kwargs: {keyframe: [0, 1], control_s: fast}\n"
        "fields:\n  far: {source: info.far, unit: m, doc: far}\n"
    )
    kwargs = load_task(str(tmp_path)).env_kwargs
    assert kwargs == {"keyframe": [0, 1], "control_s": "fast"}


def test_a_task_folder_may_name_any_environment(tmp_path: Path) -> None:
    text = (
        f"name: slide\nenv: {SLIDER}\ngoal: Slide.\nconventions: none\nfields:\n"
        "  far: {source: info.far, unit: m, doc: far}\n"
    )
    (tmp_path / "task.yaml").write_text(text)
    loaded = load_task(str(tmp_path))
    env = make_env(loaded, 1)
    assert (env.max_steps, env.dt) == (50, 1 / 20)
    (tmp_path / "task.yaml").write_text(text.replace("info.far", "info.reward_x"))
    with pytest.raises(TaskError, match=r"task.yaml:6: .*own reward"):
        load_task(str(tmp_path))
