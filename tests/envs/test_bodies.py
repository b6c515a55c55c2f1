"""Our bodies against Gymnasium's own environments, which they equal to the last bit."""

import inspect
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import load_env_creator

from envs.batch_env import VectorEnv
from envs.bodies import BODIES
from envs.task import Task
from envs.train import TrainDefaults

THEIRS = [name for name in BODIES if name != "MuJoCo-v0"]
STEPS = 1000
NOT_STARTS = {"healthy_reward", "main_body", "default_camera_config"}


def task(env_id: str, **env_kwargs: Any) -> Task:
    return Task("test", Path(), env_id, env_kwargs, "", "", (), TrainDefaults())


def gymnasiums(env_id: str, **env_kwargs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        env = gymnasium.make(env_id, disable_env_checker=True, **env_kwargs).unwrapped
    env.reset(seed=0)
    return env


def begin_alike(env: VectorEnv, theirs: Any) -> None:
    """Put theirs where the first of ours begins."""
    theirs.reset()
    theirs.data.qacc_warmstart[:] = 0
    theirs.set_state(env._physics.qpos[0], env._physics.qvel[0])
    assert np.array_equal(env.obs[0], theirs._get_obs())


def compare(env: VectorEnv, theirs: Any, steps: int) -> int:
    """Random steps of both; gives how many episodes they had."""
    env.reset([0, 1])
    rng, episodes = np.random.default_rng(0), 0
    for _ in range(steps):
        if env._steps[0] == 0:
            begin_alike(env, theirs)
            episodes += 1
        action = rng.uniform(env.low, env.high, (2, env.action_dim))
        obs, _, terminated, _, _ = theirs.step(action[0])
        step = env.step(action)
        assert np.array_equal(step.next_obs[0], obs)
        assert bool(step.terminated[0]) == terminated
        if 0 not in step.reasons:  # else it is at a start again
            assert np.array_equal(env._physics.qpos[0], theirs.data.qpos)
            assert np.array_equal(env._physics.qvel[0], theirs.data.qvel)
    return episodes


@pytest.mark.parametrize("env_id", THEIRS)
def test_a_body_moves_senses_and_ends_as_gymnasiums_own(env_id: str) -> None:
    assert compare(VectorEnv(task(env_id), 2), gymnasiums(env_id), STEPS) >= 1


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        ("InvertedPendulum-v5", {"frame_skip": 3, "reset_noise_scale": 0.05}),
        ("Hopper-v5", {"healthy_z_range": (1.0, 1.3)}),
        ("Walker2d-v5", {"healthy_angle_range": (-0.1, 0.1)}),
        ("HalfCheetah-v5", {"exclude_current_positions_from_observation": False}),
        ("Swimmer-v5", {"exclude_current_positions_from_observation": False}),
        ("Ant-v5", {"contact_force_range": (-0.2, 5.0)}),
        ("Ant-v5", {"include_cfrc_ext_in_observation": False}),
        ("Humanoid-v5", {"terminate_when_unhealthy": False}),
        ("Humanoid-v5", {"include_cinert_in_observation": False}),
        ("HumanoidStandup-v5", {"include_cvel_in_observation": False}),
        ("HumanoidStandup-v5", {"include_qfrc_actuator_in_observation": False}),
    ],
)
def test_a_keyword_means_what_it_means_to_gymnasium(env_id: str, kwargs: Any) -> None:
    compare(VectorEnv(task(env_id, **kwargs), 2), gymnasiums(env_id, **kwargs), 60)


@pytest.mark.parametrize("env_id", THEIRS)
def test_a_body_starts_with_gymnasiums_distribution(env_id: str) -> None:
    n = 1000
    env = VectorEnv(task(env_id), n)
    env.reset(range(n))
    ours = np.concatenate([env._physics.qpos, env._physics.qvel], axis=1)
    theirs = gymnasiums(env_id)
    theirs.set_state = lambda *state: starts.append(np.concatenate(state))
    starts: list[np.ndarray] = []
    for _ in range(n):
        theirs.reset_model()
    for column, expected in zip(ours.T, np.array(starts).T, strict=True):
        # Kolmogorov and Smirnov: by chance 0.11 comes once in 100,000.
        assert distance(column, expected) < 0.11


def distance(a: np.ndarray, b: np.ndarray) -> float:
    at = np.sort(np.concatenate([a, b]))
    shares = [np.searchsorted(np.sort(x), at, "right") / len(x) for x in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max())


def test_reachers_goal_is_in_the_disc_and_pushers_cylinder_not_too_near() -> None:
    reacher, pusher = (VectorEnv(task(x), 1000) for x in ("Reacher-v5", "Pusher-v5"))
    reacher.reset(range(1000))
    pusher.reset(range(1000))
    goals = np.hypot(*reacher._physics.qpos[:, -2:].T)
    assert 0.195 < goals.max() <= 0.2
    cylinders = pusher._physics.qpos[:, -4:-2]
    assert 0.17 <= np.hypot(*cylinders.T).min() < 0.175
    assert (np.abs(cylinders - (-0.15, 0.0)) <= (0.15, 0.2)).all()


@pytest.mark.parametrize("env_id", THEIRS)
def test_a_body_takes_all_of_gymnasiums_keywords_but_those_of_its_reward(
    env_id: str,
) -> None:
    spec = gymnasium.spec(env_id)
    assert BODIES[env_id].max_steps == spec.max_episode_steps
    parameters = inspect.signature(load_env_creator(spec.entry_point)).parameters
    expected = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name not in {*NOT_STARTS, "self", "kwargs"}
        and not name.endswith(("_weight", "_cost_range"))
    }
    assert BODIES[env_id].kwargs == expected
