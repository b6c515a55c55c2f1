"""Rollouts on this machine: MuJoCo in C, or any environment of Gymnasium."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from designer.rewards.sources import Array
from designer.training.mjx.agents import Agents
from designer.training.mjx.learning import Running
from designer.training.mjx.sampling import (
    PopulationShape,
    Rollout,
    StepArrays,
    act,
    look_twice,
    member_keys,
    rollout_of,
)
from envs.env import RAISED, Env, Step
from envs.fields import require_numbers
from envs.user_code import UserCodeError


class HostSampler:
    """MuJoCo in C, or any environment of Gymnasium, on this machine's cores."""

    def __init__(self, env: Env, shape: PopulationShape) -> None:
        assert env.n == shape.members * shape.envs
        self._env, self._shape = env, shape
        env.errors = []  # A member whose environment raises fails alone.
        self.faults: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._middle = 0.5 * (env.high + env.low)
        self._half = 0.5 * (env.high - env.low)
        self._act: Callable[..., Any] = jax.jit(partial(act, shape=shape))
        self._look: Callable[..., Any] = jax.jit(look_twice)
        self._pack = jax.jit(partial(rollout_of, shape=shape, public=env.public_width))

    def reasons(self) -> tuple[str, ...]:
        """As in Sampler, those that were met so far."""
        return tuple(self._numbers)

    def begin(
        self, agents: Agents, seeds: Sequence[int], trained_steps: int
    ) -> tuple[Agents, Running]:
        """As in Sampler, with the starts that ppo has for the same seeds."""
        self.faults.clear()
        self._env.draws.trained_steps = trained_steps
        shape, starts = self._shape, list[int]()
        for seed in seeds:
            starts += np.random.SeedSequence(seed).generate_state(shape.envs).tolist()
        obs = self._members(self._env.reset(starts))
        agents, x, _ = self._look(agents, obs, obs)
        zero = jnp.zeros((shape.members, shape.envs))
        return agents, Running(x, zero, member_keys(seeds))

    def collect(
        self, agents: Agents, running: Running, steps: int, trained_steps: int
    ) -> tuple[Agents, Running, Rollout]:
        """As in Sampler."""
        env = self._env
        env.draws.trained_steps = trained_steps
        observations, next_observations, actions = [], [], []
        rows: list[StepArrays] = []
        for _ in range(steps):
            running, action = self._act(agents, running)
            flat = np.asarray(action, float).reshape(env.n, -1)
            step = self._step(self._middle + self._half * flat)
            next_obs = self._members(step.next_obs)
            agents, x, next_x = self._look(agents, self._members(env.obs), next_obs)
            observations.append(running.obs)
            running = running._replace(obs=x)
            next_observations.append(next_x)
            actions.append(action)
            reason = np.full(env.n, -1, dtype=np.int32)
            for i, text in step.reasons.items():
                reason[i] = self._numbers.setdefault(text, len(self._numbers))
            frames = _single(step.s), _single(step.s_next)
            applied, ends = _single(step.action), (step.terminated, step.truncated)
            rows.append(StepArrays(frames[0], applied, frames[1], *ends, reason))
        stacks = StepArrays(*(np.stack(column) for column in zip(*rows, strict=True)))
        for frames in (stacks.s, stacks.s_next):
            self._require_numbers(frames[..., : env.public_width])
        rollout = self._pack(
            stacks,
            jnp.stack(observations),
            jnp.stack(next_observations),
            jnp.stack(actions),
        )
        return agents, running, rollout

    def _step(self, action: Array) -> Step:
        """A step; what the user's code raises becomes a fault of its member."""
        errors = self._env.errors
        assert errors is not None
        before = len(errors)
        step = self._env.step(action)
        raised = [i for i, reason in sorted(step.reasons.items()) if reason == RAISED]
        for i, error in zip(raised, errors[before:], strict=False):
            self.faults.setdefault(i // self._shape.envs, str(error))
        return step

    def _require_numbers(self, public: Array) -> None:
        """A public field that is no number becomes a fault of its member."""
        if np.isfinite(public).all():
            return
        width = self._env.public_width
        by_member = self._members(public.swapaxes(0, 1)).reshape(
            self._shape.members, -1, width
        )
        for place, frames in enumerate(by_member):
            try:
                require_numbers(frames, self._env.public_widths, "states of a rollout")
            except UserCodeError as error:
                self.faults.setdefault(place, str(error))

    def _members(self, obs: Array) -> Array:
        shape = self._shape
        return _single(obs).reshape(shape.members, shape.envs, -1)


def _single(values: Array) -> Array:
    """In single precision, where too large a number is infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float32)
