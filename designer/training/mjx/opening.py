"""Opens a population: its engine, its settings, and its rewards as graphs."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp

from designer.rewards.bank import Bank, random_bank
from designer.rewards.graphs import trace_reward
from designer.rewards.sources import RewardSource
from designer.run.candidates import Failed
from designer.training.learner import Setup, Trainer
from designer.training.mjx.hardware import (
    EngineName,
    capacity,
    choose_engine,
    engine_here,
    free_bytes,
    prepare_jax,
)
from designer.training.mjx.host_sampler import HostSampler
from designer.training.mjx.pay import TracedReward
from designer.training.mjx.population import Population
from designer.training.mjx.sampling import PopulationShape, Sampler
from designer.training.settings import Settings, settings_for
from envs.env import Env
from envs.make import make_env
from envs.mjx import require_mjx
from envs.task import Task
from sandbox import RewardFault
from sandbox.graph import evaluate
from sandbox.shapes import cells

BANK_SEED = 0  # of the transitions on which a graph is compared with its reward
ENVS_ON_A_DEVICE = 32
FLOAT_BYTES = 4
# What a compiled rollout and update hold at once, in copies of a rollout's arrays.
COPIES = 4


def open_mjx(setups: Sequence[Setup], trainer: Trainer) -> Population:
    """The Learner of many trainings of one task."""
    prepare_jax()
    task = setups[0].task
    env = make_env(task, 1)
    name = choose_engine(trainer.engine, task)
    settings = population_settings(task, env.dt, name, trainer.envs)
    bank = random_bank(task, BANK_SEED)
    traced: dict[RewardSource, TracedReward | Failed] = {}
    for setup in setups:
        assert setup.source is not None
        if setup.source not in traced:
            traced[setup.source] = _traced(setup, setup.source, bank)
    rewards = [traced[setup.source] for setup in setups if setup.source is not None]
    rewards = [_fitting(reward, env, settings) for reward in rewards]
    largest = max(_member_bytes(reward, env, settings) for reward in rewards)
    opener = sampler_opener(task, name)
    return Population(setups, env, settings, rewards, opener, max(1, capacity(largest)))


def population_settings(
    task: Task, dt: float, engine: EngineName, envs: int | None
) -> Settings:
    """PPO's settings for one engine: those of --trainer ppo on C MuJoCo.

    A GPU steps many environments in the time of a few, so there rollouts are wider and
    shorter.
    """
    usual = None if engine == "c" else ENVS_ON_A_DEVICE
    return settings_for(task.train, dt, envs or task.train.environments or usual)


def environments_here(trainer: Trainer, task: Task) -> int:
    """How many environments each training of a task has on this machine."""
    engine, dt = engine_here(trainer.engine, task), make_env(task, 1).dt
    return population_settings(task, dt, engine, trainer.envs).envs


def sampler_opener(
    task: Task, name: EngineName
) -> Callable[[PopulationShape], Sampler]:
    """The function that opens a sampler for a shape."""
    if name == "c":
        threads = len(os.sched_getaffinity(0))
        return lambda shape: HostSampler(
            make_env(task, shape.members * shape.envs, threads), shape
        )
    require_mjx()
    # Only here, as MJX takes a second to load and C MuJoCo needs none of it.
    from designer.training.mjx.device_sampler import DeviceSampler
    from envs.mjx.world import Worlds

    world = Worlds(task, name)
    return lambda shape: DeviceSampler(world, shape)


def _member_bytes(reward: TracedReward | Failed, env: Env, settings: Settings) -> float:
    """Memory that a training takes, from the size of its rollouts and its reward."""
    columns = 2 * env.public_width + 2 * env.obs.shape[1] + 3 * env.action_dim + 8
    numbers = COPIES * columns
    if isinstance(reward, TracedReward):
        numbers += reward.cells
    return float(FLOAT_BYTES * settings.envs * settings.rollout * numbers)


def _fitting(
    reward: TracedReward | Failed, env: Env, settings: Settings
) -> TracedReward | Failed:
    """The reward, or a failure where not even one training with it fits."""
    needed = _member_bytes(reward, env, settings)
    if isinstance(reward, Failed) or capacity(needed):
        return reward
    return Failed(
        "memory",
        f"a training of {settings.envs} environments takes about {needed / 1e9:.1f} "
        f"GB, {reward.cells} numbers of every step for this reward, and "
        f"{free_bytes() / 1e9:.1f} GB are free",
    )


def _traced(setup: Setup, source: RewardSource, bank: Bank) -> TracedReward | Failed:
    """A reward as a function of JAX, or why it can't be one."""
    try:
        graph = trace_reward(source, setup.hidden, bank, setup.walls)
    except RewardFault as fault:
        return Failed(fault.kind, fault.message)
    function: Callable[[Any, Any, Any], Any] = partial(evaluate, graph, jnp)
    return TracedReward(function, graph.terms, sum(cells(n.form) for n in graph.nodes))
