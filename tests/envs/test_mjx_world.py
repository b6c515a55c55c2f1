"""A robot on MJX against the same robot in MuJoCo."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.bodies import BODIES
from envs.env import UNSTABLE
from envs.fields import Field
from envs.make import load_task, task_names
from envs.yamlfile import TaskError

jax = pytest.importorskip("jax", reason="MJX is an extra")
pytest.importorskip("mujoco.mjx", reason="MJX is an extra")

from envs.mjx.library import mjx  # noqa: E402
from envs.mjx.models import make_models  # noqa: E402
from envs.mjx.sources import DataReader  # noqa: E402
from envs.mjx.world import TIME_LIMIT, Worlds, _places  # noqa: E402

WORLDS = 4


def compiled(world: Worlds) -> SimpleNamespace:
    """The world with its step compiled, a first state, and keys."""
    keys = jax.random.split(jax.random.key(0), WORLDS)
    state = jax.jit(world.start)(keys, 0)
    return SimpleNamespace(world=world, step=jax.jit(world.step), first=state)


def same_in_mujoco(world: Worlds, state: Any) -> VectorEnv:
    """Environments of MuJoCo in the same states."""
    env = VectorEnv(world.task, WORLDS)
    env.reset(range(WORLDS))
    positions, velocities = (
        np.asarray(x, float) for x in (state.physics.qpos, state.physics.qvel)
    )
    env.physics.start(np.arange(WORLDS), positions, velocities, env.keyframe)
    env.physics.forward(np.arange(WORLDS))
    env._body_obs[:] = env._observe()
    env._read()
    return env


def largest_gap(robot: SimpleNamespace, steps: int, size: float = 1.0) -> float:
    """Between MJX and MuJoCo after so many steps of the same random actions.

    Of fields and observation, as a share of each field's largest number, if over 1.
    """
    world, state = robot.world, robot.first
    env, rng = same_in_mujoco(world, state), np.random.default_rng(0)
    for _ in range(steps):
        action = size * rng.uniform(world.low, world.high, (WORLDS, world.action_dim))
        state, step = robot.step(state, action.astype(np.float32), 0)
        expected = env.step(action)
        assert not (expected.terminated | np.asarray(step.terminated)).any()
    pairs = ((expected.s_next, step.s_next), (expected.next_obs, step.next_obs))
    return max(
        float((np.abs(a - b) / np.maximum(np.abs(a).max(axis=0), 1.0)).max())
        for a, b in pairs
    )


@pytest.fixture(scope="module")
def pendulum() -> SimpleNamespace:
    task = load_task("inverted-pendulum-balance")
    seen = Field(
        "seen", ("obs[1]", "obs[2:4]"), "1", "part of the observation", width=3
    )
    return compiled(Worlds(replace(task, fields=(*task.fields, seen))))


def test_a_world_is_laid_out_as_an_environment(pendulum: SimpleNamespace) -> None:
    world = pendulum.world
    env = VectorEnv(world.task, 1)
    names = ("dt", "max_steps", "widths", "public_widths", "public_width", "action_dim")
    assert all(getattr(world, name) == getattr(env, name) for name in names)
    assert world.obs_dim == env.obs.shape[1]
    assert world.reasons == (UNSTABLE, "pole tilted too far", TIME_LIMIT)
    assert np.array_equal(world.action_bounds, env.action_bounds)


def test_a_start_shows_what_mujoco_shows(pendulum: SimpleNamespace) -> None:
    env = same_in_mujoco(pendulum.world, pendulum.first)
    assert np.allclose(pendulum.first.frame, env.frame, atol=1e-6)
    assert np.allclose(pendulum.first.obs, env.obs, atol=1e-6)


def test_a_pendulum_moves_as_in_mujoco(pendulum: SimpleNamespace) -> None:
    assert largest_gap(pendulum, 10, size=0.1) < 1e-4


def test_actions_are_clipped(pendulum: SimpleNamespace) -> None:
    _, step = pendulum.step(pendulum.first, np.full((WORLDS, 1), 9.0, np.float32), 0)
    assert np.array_equal(step.action, np.full((WORLDS, 1), 3.0))


def test_a_fallen_pendulum_starts_again_at_once(pendulum: SimpleNamespace) -> None:
    state, push = pendulum.first, np.full((WORLDS, 1), 3.0, np.float32)
    while True:
        before = state
        state, step = pendulum.step(state, push, 0)
        if step.terminated.any():
            break
        assert (step.reason == -1).all()
    ended = np.asarray(step.terminated)
    assert (np.asarray(step.reason)[ended] == 1).all()
    assert (np.abs(step.next_obs[ended, 1]) > 0.2).all()  # the episode that ended
    assert (np.abs(state.obs[ended, 1]) <= 0.01).all()  # the next one
    assert (state.steps[ended] == 0).all()
    assert (state.steps[~ended] == before.steps[~ended] + 1).all()
    assert (state.episode == ended).all()


def test_the_second_episode_starts_where_the_key_says(
    pendulum: SimpleNamespace,
) -> None:
    def second_starts(force: float) -> np.ndarray:
        state, starts = pendulum.first, np.full((WORLDS, 4), np.nan)
        for _ in range(30):
            action = np.full((WORLDS, 1), force, np.float32)
            state, _ = pendulum.step(state, action, 0)
            begins = (np.asarray(state.episode) == 1) & (np.asarray(state.steps) == 0)
            starts[begins] = np.asarray(state.obs)[begins]
        return starts

    starts = second_starts(3.0)
    assert np.array_equal(starts, second_starts(-2.0))
    assert len(np.unique(starts, axis=0)) > 1
    assert not np.array_equal(starts, pendulum.first.obs)


def test_unstable_physics_ends_an_episode_and_leaks_nothing(
    pendulum: SimpleNamespace,
) -> None:
    first = pendulum.first
    broken = first.physics.qvel.at[1, 0].set(np.nan)
    state = first._replace(physics=first.physics._replace(qvel=broken))
    state, step = pendulum.step(state, np.zeros((WORLDS, 1), np.float32), 0)
    assert step.reason.tolist() == [-1, 0, -1, -1]
    assert pendulum.world.reasons[0] == UNSTABLE
    assert np.array_equal(step.s_next[1], step.s[1])
    assert np.array_equal(step.next_obs[1], first.obs[1])
    arrays = jax.tree.leaves((state._replace(key=()), step))
    assert all(np.isfinite(array).all() for array in arrays)


def test_an_episode_is_cut_at_its_time_limit(pendulum: SimpleNamespace) -> None:
    last = pendulum.world.max_steps - 1
    state = pendulum.first._replace(steps=pendulum.first.steps.at[2].set(last))
    _, step = pendulum.step(state, np.zeros((WORLDS, 1), np.float32), 0)
    assert step.truncated.tolist() == [False, False, True, False]
    assert pendulum.world.reasons[step.reason[2]] == TIME_LIMIT


@pytest.mark.slow
def test_worlds_run_inside_a_scan(pendulum: SimpleNamespace) -> None:
    def play(state: Any) -> Any:
        def one(state: Any, _: Any) -> Any:
            return pendulum.step(state, 0.1 * jax.numpy.ones((WORLDS, 1)), 0)

        return jax.lax.scan(one, state, None, length=3)

    _, steps = jax.jit(play)(pendulum.first)
    assert steps.s.shape == (3, WORLDS, len(pendulum.first.frame[0]))
    assert np.array_equal(steps.s[1:], steps.s_next[:-1])


@pytest.mark.slow
def test_a_hopper_moves_as_in_mujoco() -> None:
    assert largest_gap(compiled(Worlds(load_task("hopper-run"))), 10, 0.3) < 1e-3


@pytest.mark.parametrize("name", task_names())
def test_all_that_a_task_reads_is_on_mjx_too(name: str) -> None:
    task = load_task(name)
    if task.env not in BODIES:
        pytest.skip("only built-in bodies run on MJX")
    model = VectorEnv(task, 1).model
    places, written = _places(task, model)
    sources = [source for field in task.fields for source in field.sources]
    models = make_models([model], sources)
    DataReader(mjx.make_data(models.shared), places.values(), written)


def test_a_gymnasium_environment_is_refused() -> None:
    task = replace(load_task("hopper-run"), env="Acrobot-v1")
    with pytest.raises(TaskError, match="can't run on MJX"):
        Worlds(task)


def test_warp_is_refused_where_it_is_missing() -> None:
    if __import__("importlib").util.find_spec("warp"):
        pytest.skip("warp is installed")
    with pytest.raises(TaskError, match="needs warp-lang"):
        Worlds(load_task("inverted-pendulum-balance"), engine="warp")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("ant-run", 1e-3),
        ("halfcheetah-run", 1e-2),  # touches the ground
        ("humanoid-run", 1e-3),
        ("inverted-double-pendulum-balance", 1e-3),
        ("pusher-push", 1e-3),
        ("reacher-reach", 1e-3),
        ("swimmer-swim", 1e-3),
        ("walker-run", 1e-2),
    ],
)
def test_a_robot_moves_as_in_mujoco(name: str, largest: float) -> None:
    steps = 2 if name == "inverted-double-pendulum-balance" else 5
    assert largest_gap(compiled(Worlds(load_task(name))), steps, 0.3) < largest
