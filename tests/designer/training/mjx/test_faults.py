"""What goes wrong with one member of a population stays with that member."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax", reason="populations need jax (extra mjx)")

import jax.numpy as jnp

from designer.errors import ConfigError
from designer.rewards.sources import Baseline
from designer.run.candidates import ENVIRONMENT, Failed
from designer.training.agent import Agent
from designer.training.checkpoint import load_checkpoint
from designer.training.job import Training
from designer.training.mjx import opening
from designer.training.mjx.agents import stacked
from designer.training.mjx.hardware import (
    choose_engine,
    engine_here,
    require_engine,
)
from designer.training.mjx.host_sampler import HostSampler
from designer.training.mjx.pay import TracedReward
from designer.training.mjx.sampling import PopulationShape
from designer.training.settings import Settings
from envs.fields import columns
from envs.make import load_task, make_env
from tests.designer.training.mjx.test_population import (
    TASK,
    job,
    population_of,
    run,
)
from tests.designer.training.mjx.test_population import (
    cache as cache,
)

GOOD = TracedReward(lambda s, a, s_next: jnp.ones((len(a), 1)), ("one",))
BAD = TracedReward(lambda s, a, s_next: 1 / jnp.zeros((len(a), 1)), ("far",))
RAISING = """
import gymnasium
import numpy as np


class Rail(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,))
    action_space = gymnasium.spaces.Box(-1.0, 1.0, (1,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(1), {}

    def step(self, action):
        if action[0] > 0.9:
            raise RuntimeError("off the rail")
        return np.zeros(1), 0.0, False, False, {}


gymnasium.register("Rail-v0", entry_point=Rail, max_episode_steps=50)
"""
RAIL_TASK = """
name: rail
env: rail_env:Rail-v0
goal: Move.
conventions: SI units
fields:
  x: {source: "obs[0:1]", unit: m, doc: place}
"""
RAIL_HIDDEN = """
UNIT = "m"
def fitness(episode): return 1.0
def human_reward(s, a, s_next): return {"x": s_next.x[:, 0]}
sparse_reward = human_reward
"""


@pytest.mark.slow
def test_a_failed_member_stays_failed_after_a_resume() -> None:
    population = population_of([BAD, GOOD], capacity=2)
    population.advance(2048, lambda *_: None)
    again = population_of([GOOD, GOOD], capacity=2)
    for k in range(2):
        again.restore(k, population.arrays(k))
    assert again.failure(0) == population.failure(0) is not None
    again.advance(4096, lambda *_: None)
    assert again.curves(1).columns["steps"][-1] == 4096
    assert again.failure(1) is None


def copy_of(name: str, folder: Path) -> Path:
    """A task of the user's own with the files of a built-in one."""
    folder.mkdir()
    for path in load_task(name).folder.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_returns_too_large_for_single_precision_fail() -> None:
    huge = TracedReward(lambda s, a, s_next: jnp.full((len(a), 1), 1e30), ("huge",))
    population = population_of([huge, GOOD], capacity=2)
    population.advance(2048, lambda *_: None)
    failure = population.failure(0)
    assert failure is not None
    assert failure.kind == "diverged"
    assert "too large" in failure.reason
    assert population.failure(1) is None


@pytest.fixture
def rail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rail_env.py").write_text(RAISING)
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "rail"
    folder.mkdir()
    (folder / "task.yaml").write_text(RAIL_TASK)
    (folder / "hidden.py").write_text(RAIL_HIDDEN)
    return folder


def test_a_member_whose_environment_raises_fails_alone(rail: Path) -> None:
    shape = PopulationShape(members=2, envs=2, hidden=(8, 8))
    sampler = HostSampler(make_env(load_task(str(rail)), 4), shape)
    sampler._env.reset([1, 2, 3, 4])
    sampler._step(np.array([[-1.0], [-1.0], [-1.0], [1.0]]))
    assert sampler.faults.keys() == {1}
    assert "off the rail" in sampler.faults[1]


def test_a_field_that_is_no_number_is_a_fault_of_its_member(rail: Path) -> None:
    shape = PopulationShape(members=2, envs=2, hidden=(8, 8))
    sampler = HostSampler(make_env(load_task(str(rail)), 4), shape)
    public = np.zeros((3, 4, sampler._env.public_width))
    sampler._require_numbers(public)
    assert not sampler.faults
    public[2, 1, 0] = np.nan
    sampler._require_numbers(public)
    assert sampler.faults.keys() == {0}
    assert "field 'x' is nan in 1 of 6 states" in sampler.faults[0]


def test_a_field_that_is_no_number_at_a_start_is_one_too(rail: Path) -> None:
    shape = PopulationShape(members=2, envs=2, hidden=(8, 8))
    sampler = HostSampler(make_env(load_task(str(rail)), 4), shape)
    agent = Agent(1, 1, Settings(hidden=(8, 8)), 0)
    agents, running = sampler.begin(stacked([agent] * 2), [1, 2], 0)
    sampler._env.frame[1, 0] = np.nan
    sampler.collect(agents, running, 1, 0)
    assert "field 'x' is nan in 1 of 2 states" in sampler.faults[0]


def test_a_training_that_its_environment_ended_may_go_on(rail: Path) -> None:
    """It keeps the checkpoint of the rung before, here none, and not the fault."""
    training = Training(rail / "s", Baseline("human"), 1)
    (failed,) = run(replace(job([training], until=2048), task=str(rail)))
    assert isinstance(failed, Failed)  # Noise alone goes beyond 0.9.
    assert failed.kind == ENVIRONMENT
    assert "off the rail" in failed.reason
    assert load_checkpoint(training.folder) is None


def test_a_task_that_is_no_body_runs_on_no_gpu(rail: Path) -> None:
    task = load_task(str(rail))
    assert choose_engine("auto", task) == "c"
    with pytest.raises(ConfigError, match="take --engine c"):
        require_engine("jax", task)


def test_a_task_that_mjx_can_t_run_is_refused_before_its_run(tmp_path: Path) -> None:
    folder = copy_of(TASK, tmp_path / "mine")
    draw = "{uniform: [1, 2], scales: body.pole.mass, again_s: 1, unit: '1', doc: mass}"
    with (folder / "task.yaml").open("a") as file:
        file.write(f"\ndraws:\n  mass: {draw}\n")
    task = load_task(str(folder))
    assert engine_here("c", task) == "c"
    with pytest.raises(ConfigError, match=r"draw 'mass' changes .* take --engine c$"):
        engine_here("jax", task)


def test_a_reward_that_no_device_can_hold_fails_alone() -> None:
    task = load_task("inverted-pendulum-balance")
    env = make_env(task, 1)
    settings = opening.population_settings(task, env.dt, "c", None)
    vast = TracedReward(GOOD.function, ("one",), cells=10**9)
    failed = opening._fitting(vast, env, settings)
    assert isinstance(failed, Failed)
    assert failed.kind == "memory"
    assert opening._fitting(GOOD, env, settings) is GOOD


def test_a_range_that_widens_goes_on_where_a_pause_left_it(tmp_path: Path) -> None:
    """The first episodes of a rung are drawn as wide as the steps so far allow."""
    folder = tmp_path / "widening"
    folder.mkdir()
    body = load_task("inverted-pendulum-balance").folder
    text = (body / "task.yaml").read_text()
    draw = "{uniform: [-1, 1], widens: 8192, unit: m, doc: where to go}"
    (folder / "task.yaml").write_text(f"{text}\ndraws:\n  goal: {draw}\n")
    (folder / "hidden.py").write_text((body / "hidden.py").read_text())
    task = load_task(str(folder))
    env = make_env(task, 32)
    sampler = HostSampler(env, PopulationShape(members=2, envs=16, hidden=64))
    fresh = stacked([Agent(env.obs.shape[1], env.action_dim, Settings(), 0)] * 2)
    goal = columns(env.widths)["goal"]
    spreads = []
    for trained_steps in (0, 4096, 8192):
        sampler.begin(fresh, [1, 2], trained_steps)
        spreads.append(float(np.abs(env.frame[:, goal]).max()))
    assert spreads[0] == 0.0
    assert spreads[1] == pytest.approx(0.5 * spreads[2])
