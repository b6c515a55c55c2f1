from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.env import UNSTABLE
from envs.episodes import play, save_episodes
from envs.fields import Field, unpack
from envs.make import load_task
from envs.task import Task
from envs.train import TrainDefaults

ROBOT = """\
<mujoco>
  <worldbody>
    <body name="cart" pos="0 0 1">
      <joint name="slide" type="slide" axis="1 0 0"/><geom size=".1"/>
    </body>
    <body name="ball" pos="0 1 1">
      <joint name="lift" type="slide" axis="0 0 1" ref="0.5"/><geom size=".1"/>
    </body>
  </worldbody>
  <equality><weld body1="ball" active="false"/></equality>
  <actuator><motor joint="slide" ctrlrange="-1 1"/></actuator>
  <keyframe><key qpos="0.25 0.5"/></keyframe>
</mujoco>
"""


def robot(folder: Path, **env_kwargs: Any) -> Task:
    (folder / "robot.xml").write_text(ROBOT)
    kwargs = {"xml_file": str(folder / "robot.xml"), **env_kwargs}
    return Task("test", folder, "MuJoCo-v0", kwargs, "", "", (), TrainDefaults())


@pytest.fixture
def pendulum() -> VectorEnv:
    env = VectorEnv(load_task("inverted-pendulum-balance"), 3)
    env.reset([1, 2, 3])
    return env


def test_the_same_seeds_give_the_same_episodes() -> None:
    task = load_task("hopper-run")

    def run(n: int) -> np.ndarray:
        env = VectorEnv(task, n)
        env.reset(range(n))
        rows = [env.step(np.full((n, 3), 0.3)).s_next[0] for _ in range(200)]
        return np.stack(rows)

    assert np.array_equal(run(2), run(5))


def test_a_frame_shows_time_and_the_last_action(pendulum: VectorEnv) -> None:
    assert not unpack(pendulum.frame, pendulum.widths).last_action.any()
    step = pendulum.step(np.array([[0.5], [-9.0], [0.0]]))
    after = unpack(step.s_next, pendulum.widths)
    assert after.time == pytest.approx(0.04)
    assert after.last_action.ravel().tolist() == [0.5, -3.0, 0.0]  # clipped to +-3
    assert np.array_equal(step.action, after.last_action)


def test_fields_are_the_models_own_numbers(pendulum: VectorEnv) -> None:
    fields = unpack(pendulum.frame, pendulum.widths)
    assert np.array_equal(fields.pole_angle, pendulum.obs[:, 1])
    assert np.array_equal(fields.cart_velocity, pendulum.obs[:, 2])


@pytest.mark.parametrize(
    ("task", "unseen"),
    [
        ("inverted-pendulum-balance", set()),
        ("hopper-run", {"air_time"}),  # its x_position is the judge's alone
        ("hopper-hop-in-place", {"air_time"}),  # it observes its x_position
        # Forces follow from what is seen.
        ("walker-stand-on-one-leg", {"x_position", "air_time"}),
        ("humanoid-stand-up", {"x_position"}),
        ("pusher-push", {"object_velocity"}),
    ],
)
def test_fields_that_do_not_follow_from_the_observation_are_unseen(
    task: str, unseen: set[str]
) -> None:
    assert VectorEnv(load_task(task), 1).unseen() == {"time"} | unseen


@pytest.mark.parametrize(
    ("task", "can_end"), [("ant-run", True), ("ant-lie-down", False)]
)
def test_a_robot_knows_whether_its_episodes_can_end_early(
    task: str, can_end: bool
) -> None:
    assert VectorEnv(load_task(task), 1).can_end == can_end


def test_a_fallen_environment_restarts_and_the_others_go_on(
    pendulum: VectorEnv,
) -> None:
    steps = 0
    while True:
        step = pendulum.step(np.array([[3.0], [0.0], [0.0]]))
        steps += 1
        if step.terminated[0]:
            break
    assert step.reasons[0] == "pole tilted too far"
    times = unpack(pendulum.frame, pendulum.widths).time
    assert times[0] == 0.0
    assert times[1] == pytest.approx(steps * 0.04)
    assert abs(unpack(step.s_next, pendulum.widths).pole_angle[0]) > 0.2


def test_an_episode_is_cut_off_at_the_time_limit() -> None:
    env = VectorEnv(load_task("halfcheetah-run"), 1)
    env.reset([0])
    ends = [env.step(np.zeros((1, 6))) for _ in range(1000)]
    assert ends[-1].truncated[0]
    assert not ends[-1].terminated[0]
    assert ends[-1].reasons == {0: "time limit"}
    assert not any(step.truncated[0] for step in ends[:-1])


def test_unstable_physics_ends_that_episode_alone(
    pendulum: VectorEnv, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its log where it stands
    pendulum._physics.qvel[1] = np.nan
    step = pendulum.step(np.zeros((3, 1)))
    assert step.reasons == {1: UNSTABLE}
    assert np.isfinite(pendulum.frame).all()
    assert np.isfinite(step.s_next).all()


def test_play_gives_one_whole_episode_per_seed_in_order(tmp_path) -> None:
    task = load_task("inverted-pendulum-balance")
    episodes = play(task, lambda obs: np.zeros((len(obs), 1)), [5, 6, 5])
    assert episodes[0].steps == episodes[2].steps
    assert np.array_equal(episodes[0].pole_angle, episodes[2].pole_angle)
    for episode in episodes:
        assert len(episode.pole_angle) == episode.steps + 1
        assert abs(episode.pole_angle[-1]) > 0.2
        assert np.abs(episode.pole_angle[:-1]).max() <= 0.2
    save_episodes(tmp_path / "e.npz", episodes)
    with np.load(tmp_path / "e.npz", allow_pickle=False) as arrays:
        assert arrays["lengths"].tolist() == [e.steps for e in episodes]


def test_an_error_in_mujoco_ends_that_episode_alone(tmp_path) -> None:
    env = VectorEnv(robot(tmp_path), 3)
    env.reset([0, 1, 2])
    env._physics.expand("eq_type")[:] = 99  # unknown to MuJoCo: mj_step raises
    env._physics.bind("eq_active")[1] = 1  # but only where it is active
    before = env.frame[1].copy()
    step = env.step(np.ones((3, 1)))
    assert step.reasons == {1: UNSTABLE}
    assert np.array_equal(step.s_next[1], before)
    assert (step.next_obs[[0, 2]] != step.next_obs[1]).all()


def test_unstable_physics_shows_the_last_good_state(
    pendulum: VectorEnv, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    last = pendulum.frame.copy(), pendulum.obs.copy()
    pendulum._physics.qvel[2] = 1e12
    step = pendulum.step(np.zeros((3, 1)))
    assert step.reasons[2] == UNSTABLE
    assert np.array_equal(step.s_next[2], last[0][2])
    assert np.array_equal(step.next_obs[2], last[1][2])


def test_forces_and_momenta_are_there_without_a_sensor() -> None:
    """MuJoCo leaves them at 0 where the model has no sensor for them."""
    sources = {"force": "body.foot.cfrc_ext", "drift": "body.torso.subtree_linvel"}
    fields = tuple(Field(name, (source,), "1", "") for name, source in sources.items())
    env = VectorEnv(replace(load_task("hopper-run"), fields=fields), 2)
    env.reset([0, 1])
    theirs = gymnasium.make("Hopper-v5").unwrapped
    theirs.reset()
    theirs.set_state(env._physics.qpos[1], env._physics.qvel[1])
    for _ in range(60):
        step = env.step(np.zeros((2, 3)))
        theirs.step(np.zeros(3))
        mujoco.mj_subtreeVel(theirs.model, theirs.data)
        after = unpack(step.s_next[1], env.widths)
        assert np.array_equal(after.force, theirs.data.body("foot").cfrc_ext)
        assert np.array_equal(after.drift, theirs.data.subtree_linvel[1])
    assert after.force.any()
    assert after.drift.any()
    env.reset([0, 1])
    assert not unpack(env.frame, env.widths).force.any()  # as Gymnasium has it


def test_a_robot_of_your_own_starts_in_its_keyframe_and_ends_in_time(tmp_path) -> None:
    env = VectorEnv(robot(tmp_path, max_steps=4, reset_noise_scale=0.0), 1)
    env.reset([0])
    assert env.obs.tolist() == [[0.25, 0.5, 0.0, 0.0]]
    assert env.dt == pytest.approx(0.002 * 5)
    steps = [env.step(np.zeros((1, 1))) for _ in range(4)]
    assert steps[-1].reasons == {0: "time limit"}
    env = VectorEnv(robot(tmp_path, keyframe=None, reset_noise_scale=0.0), 1)
    env.reset([0])
    assert env.obs.tolist() == [[0.0, 0.5, 0.0, 0.0]]


def test_threads_change_nothing() -> None:
    task = load_task("hopper-run")

    def run(threads: int) -> np.ndarray:
        env = VectorEnv(task, 4, threads)
        env.reset(range(4))
        return [env.step(np.full((4, 3), 0.3)).s_next for _ in range(30)][-1]

    assert np.array_equal(run(1), run(2))
