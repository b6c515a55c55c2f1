"""Rollouts on a GPU: those of all members are one compiled program of MJX."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from designer.training.learner import ROLLOUT_STEPS
from designer.training.mjx.agents import Agents
from designer.training.mjx.learning import Running
from designer.training.mjx.sampling import (
    PopulationShape,
    Rollout,
    StepArrays,
    act,
    look,
    look_twice,
    member_keys,
    rollout_of,
)
from envs.bodies import XArray

WORLDS_STREAM = 1001  # of a member's key; its own splits are for noise


class DeviceSampler:
    """MJX: a rollout of all members is one compiled program."""

    def __init__(self, world: Any, shape: PopulationShape) -> None:
        self._world, self._shape = world, shape
        self.faults: dict[int, str] = {}  # MJX has no code of the user's.
        self._state: Any = None
        self._begin: Callable[..., Any] = jax.jit(self._begun)
        self._steps = max(1, ROLLOUT_STEPS // shape.envs)
        self._collect: Callable[..., Any] = jax.jit(
            self._collected, donate_argnums=(1, 2)
        )
        self._joined = jax.jit(
            lambda chunks: jax.tree.map(lambda *x: jnp.concatenate(x), *chunks)
        )

    def reasons(self) -> tuple[str, ...]:
        """As in Sampler."""
        names: tuple[str, ...] = self._world.reasons
        return names

    def begin(
        self, agents: Agents, seeds: Sequence[int], trained_steps: int
    ) -> tuple[Agents, Running]:
        """As in Sampler."""
        trained = jnp.float32(trained_steps)
        agents, running, self._state = self._begin(agents, member_keys(seeds), trained)
        return agents, running

    def collect(
        self, agents: Agents, running: Running, steps: int, trained_steps: int
    ) -> tuple[Agents, Running, Rollout]:
        """As in Sampler, in pieces that any rollout can be made of."""
        trained, chunks = jnp.float32(trained_steps), []
        for _ in range(steps // self._steps):
            agents, running, self._state, chunk = self._collect(
                agents, running, self._state, trained
            )
            chunks.append(chunk)
        rollout = chunks[0] if len(chunks) == 1 else self._joined(chunks)
        return agents, running, rollout

    def _begun(
        self, agents: Agents, keys: XArray, trained: XArray
    ) -> tuple[Agents, Running, Any]:
        shape = self._shape
        numbers = jnp.arange(shape.envs)
        each = jax.vmap(jax.vmap(jax.random.fold_in, (None, 0)), (0, None))
        own = jax.vmap(jax.random.fold_in, (0, None))(keys, WORLDS_STREAM)
        state = self._world.start(each(own, numbers).ravel(), trained)
        agents, x = look(agents, self._members(state.obs))
        zero = jnp.zeros((shape.members, shape.envs))
        return agents, Running(x, zero, keys), state

    def _members(self, obs: XArray) -> XArray:
        return obs.reshape(self._shape.members, self._shape.envs, -1)

    def _collected(
        self, agents: Agents, running: Running, state: Any, trained: XArray
    ) -> tuple[Agents, Running, Any, Rollout]:
        world, shape = self._world, self._shape
        middle = jnp.asarray(0.5 * (world.high + world.low), jnp.float32)
        half = jnp.asarray(0.5 * (world.high - world.low), jnp.float32)

        def one(carry: Any, _: None) -> tuple[Any, Any]:
            agents, running, state = carry
            running, action = act(agents, running, shape)
            flat = action.reshape(shape.members * shape.envs, -1)
            state, step = world.step(state, middle + half * flat, trained)
            agents, x, next_x = look_twice(
                agents, self._members(state.obs), self._members(step.next_obs)
            )
            before = running.obs
            row = StepArrays(
                step.s,
                step.action,
                step.s_next,
                step.terminated,
                step.truncated,
                step.reason,
            )
            running = running._replace(obs=x)
            return (agents, running, state), (row, before, next_x, action)

        (agents, running, state), (rows, obs, next_obs, actions) = jax.lax.scan(
            one, (agents, running, state), length=self._steps
        )
        rollout = rollout_of(rows, obs, next_obs, actions, shape, world.public_width)
        return agents, running, state, rollout
