"""Our bodies against Gymnasium's own environments."""

import gymnasium
import numpy as np
import pytest

from envs.bodies import BODIES
from envs.task import load_task, task_names
from envs.vector import VectorEnv

STEPS = 1000


@pytest.mark.parametrize("name", task_names())
def test_a_body_moves_senses_and_ends_as_gymnasiums_own(name: str) -> None:
    task = load_task(name)
    env = VectorEnv(task, 1)
    rng = np.random.default_rng(0)
    theirs = gymnasium.make(task.env).unwrapped
    theirs.reset(seed=0)
    env.reset([0])
    restarts = 0
    for _ in range(STEPS):
        fresh = env._steps[0] == 0
        if fresh:
            theirs.reset()
            theirs.data.qacc_warmstart[:] = 0
            theirs.set_state(env._qpos[0], env._qvel[0])
            restarts += 1
        action = rng.uniform(env.low, env.high)
        obs, _, terminated, _, _ = theirs.step(action)
        step = env.step(action[None])
        assert np.array_equal(step.next_obs[0], obs)
        assert bool(step.terminated[0]) == terminated
    assert restarts >= 1


@pytest.mark.parametrize("env_id", BODIES)
def test_a_body_lasts_and_senses_as_its_registration_says(env_id: str) -> None:
    spec = gymnasium.spec(env_id)
    assert BODIES[env_id].max_steps == spec.max_episode_steps
    ours = set(BODIES[env_id].kwargs)
    assert ours <= set(_constructor_arguments(spec))


def _constructor_arguments(spec: gymnasium.envs.registration.EnvSpec) -> list[str]:
    import inspect

    from gymnasium.envs.registration import load_env_creator

    return list(inspect.signature(load_env_creator(spec.entry_point)).parameters)
