"""Where a population's robots are: MuJoCo in C on this machine, or MJX on a GPU.

Both give the same rollouts of all members, in one program or step by step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from designer.rewards.sources import Array
from designer.training.curves import WATCHED_ENVS
from designer.training.learner import ROLLOUT_STEPS
from designer.training.mjx.agents import (
    Agents,
    XArray,
    mean_action,
    normalised,
    shaped,
)
from designer.training.mjx.learning import Experience, Running
from envs.env import Env
from envs.fields import require_numbers

MAX_LOGGED_ENVS = 32


@dataclass(frozen=True)
class Shape:
    """The size of a population; what is compiled is compiled for one shape.

    envs: environments of each member. hidden: units of a layer.
    """

    members: int
    envs: int
    hidden: int

    @property
    def logged(self) -> int:
        """Of a member's environments, those whose episodes its curves average."""
        return min(self.envs, MAX_LOGGED_ENVS)

    @property
    def watched(self) -> int:
        """Of these, those whose episodes the hidden metric scores."""
        return min(self.envs, WATCHED_ENVS)


class Record(NamedTuple):
    """What the curves need of a rollout: (steps, members, logged or watched, ...).

    s, s_next: all columns of the frames of the watched. action: as applied, of these.
    reason: number of the reason why an episode ended, -1 where none did.
    """

    s: XArray
    action: XArray
    s_next: XArray
    terminated: XArray
    truncated: XArray
    reason: XArray


class Rollout(NamedTuple):
    """A rollout of all members: (steps, members, envs, ...).

    s, s_next: the public columns of the frames; action: as applied.
    """

    experience: Experience
    s: XArray
    action: XArray
    s_next: XArray
    record: Record


class Engine(Protocol):
    """Environments of all members of a population."""

    def reasons(self) -> tuple[str, ...]:
        """Names of the reasons for which episodes ended, by their numbers."""

    def begin(self, agents: Agents, seeds: Sequence[int]) -> tuple[Agents, Running]:
        """Start all episodes, from one seed for each member."""

    def collect(
        self, agents: Agents, running: Running, steps: int, trained_steps: int
    ) -> tuple[Agents, Running, Rollout]:
        """A rollout of so many steps; agents get the moments of what they observed.

        trained_steps: environment steps of each member before it.
        """


class Row(NamedTuple):
    """One step of all environments of a population, (members x envs, ...) each."""

    s: XArray
    action: XArray
    s_next: XArray
    terminated: XArray
    truncated: XArray
    reason: XArray


def member_keys(seeds: Sequence[int]) -> XArray:
    """A key of JAX for each seed, so that equal seeds draw alike in any population."""
    return jnp.stack([jax.random.key(seed % 2**32) for seed in seeds])


def act(agents: Agents, running: Running, shape: Shape) -> tuple[Running, XArray]:
    """Actions (members, envs, action_dim) before they are scaled to the robot's."""

    def one(net: XArray, obs: XArray, key: Any) -> tuple[XArray, XArray]:
        action_dim = _action_dim(len(net), obs.shape[-1], shape.hidden)
        views = shaped(net, obs.shape[-1], action_dim, shape.hidden)
        key, noise = jax.random.split(key)
        mean = mean_action(views, obs)
        action = mean + jnp.exp(views.log_std) * jax.random.normal(noise, mean.shape)
        return key, jnp.where(jnp.isfinite(action), action, 0.0)

    key, action = jax.vmap(one)(agents.net, running.obs, running.key)
    return running._replace(key=key), action


def _action_dim(parameters: int, obs_dim: int, hidden: int) -> int:
    """The action's size, from the number of all parameters; see network.size."""
    stacks = 2 * (obs_dim * hidden + hidden * hidden + 2 * hidden)
    return (parameters - stacks - hidden - 1) // (hidden + 2)


def look(agents: Agents, obs: XArray) -> tuple[Agents, XArray]:
    """Take observations (members, envs, obs_dim) in; gives them normalised too."""
    moments = jax.vmap(type(agents.obs).updated)(agents.obs, obs)
    return agents._replace(obs=moments), jax.vmap(normalised)(moments, obs)


def rollout_of(
    rows: Row,
    observations: XArray,
    next_observations: XArray,
    actions: XArray,
    shape: Shape,
    public: int,
) -> Rollout:
    """A rollout from its rows (steps, members x envs, ...).

    observations, actions: (steps, members, envs, ...). public: columns of a frame that
    a reward may read.
    """

    def members(x: XArray) -> XArray:
        return x.reshape(len(x), shape.members, shape.envs, *x.shape[2:])

    s, action, s_next, terminated, truncated, reason = (members(x) for x in rows)
    watched, logged = shape.watched, shape.logged
    return Rollout(
        Experience(observations, next_observations, actions, terminated, truncated),
        s[..., :public],
        action,
        s_next[..., :public],
        Record(
            s[:, :, :watched],
            action[:, :, :watched],
            s_next[:, :, :watched],
            terminated[:, :, :watched],
            truncated[:, :, :watched],
            reason[:, :, :logged],
        ),
    )


class HostEngine:
    """MuJoCo in C, or any environment of Gymnasium, on this machine's cores."""

    def __init__(self, env: Env, shape: Shape) -> None:
        assert env.n == shape.members * shape.envs
        self._env, self._shape = env, shape
        self._numbers: dict[str, int] = {}
        self._middle = 0.5 * (env.high + env.low)
        self._half = 0.5 * (env.high - env.low)
        self._act: Callable[..., Any] = jax.jit(partial(act, shape=shape))
        self._look: Callable[..., Any] = jax.jit(_look_twice)
        self._pack = jax.jit(partial(rollout_of, shape=shape, public=env.public_width))

    def reasons(self) -> tuple[str, ...]:
        """As in Engine, those that were met so far."""
        return tuple(self._numbers)

    def begin(self, agents: Agents, seeds: Sequence[int]) -> tuple[Agents, Running]:
        """As in Engine, with the starts that ppo has for the same seeds."""
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
        """As in Engine."""
        env = self._env
        env.draws.trained_steps = trained_steps
        observations, next_observations, actions = [], [], []
        rows: list[Row] = []
        for _ in range(steps):
            running, action = self._act(agents, running)
            flat = np.asarray(action, float).reshape(env.n, -1)
            step = env.step(self._middle + self._half * flat)
            next_obs = self._members(step.next_obs)
            agents, x, next_x = self._look(agents, self._members(env.obs), next_obs)
            observations.append(running.obs)
            running = running._replace(obs=x)
            next_observations.append(next_x)
            actions.append(action)
            reason = np.full(env.n, -1, dtype=np.int32)
            for i, text in step.reasons.items():
                reason[i] = self._numbers.setdefault(text, len(self._numbers))
            frames = np.float32(step.s), np.float32(step.s_next)
            applied, ends = np.float32(step.action), (step.terminated, step.truncated)
            rows.append(Row(frames[0], applied, frames[1], *ends, reason))
        stacks = Row(*(np.stack(column) for column in zip(*rows, strict=True)))
        public = stacks.s_next[..., : env.public_width].reshape(-1, env.public_width)
        require_numbers(public, env.public_widths, "states of a rollout")
        rollout = self._pack(
            stacks,
            jnp.stack(observations),
            jnp.stack(next_observations),
            jnp.stack(actions),
        )
        return agents, running, rollout

    def _members(self, obs: Array) -> Array:
        shape = self._shape
        return np.float32(obs).reshape(shape.members, shape.envs, -1)


def _look_twice(
    agents: Agents, obs: XArray, next_obs: XArray
) -> tuple[Agents, XArray, XArray]:
    """`look` at obs, and next_obs normalised with the same moments."""
    agents, x = look(agents, obs)
    return agents, x, jax.vmap(normalised)(agents.obs, next_obs)


class DeviceEngine:
    """MJX: a rollout of all members is one compiled program."""

    def __init__(self, world: Any, shape: Shape) -> None:
        self._world, self._shape = world, shape
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
        """As in Engine."""
        names: tuple[str, ...] = self._world.reasons
        return names

    def begin(self, agents: Agents, seeds: Sequence[int]) -> tuple[Agents, Running]:
        """As in Engine."""
        agents, running, self._state = self._begin(agents, member_keys(seeds))
        return agents, running

    def collect(
        self, agents: Agents, running: Running, steps: int, trained_steps: int
    ) -> tuple[Agents, Running, Rollout]:
        """As in Engine, in pieces that any rollout can be made of."""
        trained, chunks = jnp.float32(trained_steps), []
        for _ in range(steps // self._steps):
            agents, running, self._state, chunk = self._collect(
                agents, running, self._state, trained
            )
            chunks.append(chunk)
        rollout = chunks[0] if len(chunks) == 1 else self._joined(chunks)
        return agents, running, rollout

    def _begun(self, agents: Agents, keys: XArray) -> tuple[Agents, Running, Any]:
        shape = self._shape
        numbers = jnp.arange(shape.envs)
        each = jax.vmap(jax.vmap(jax.random.fold_in, (None, 0)), (0, None))
        state = self._world.start(each(keys, numbers).ravel(), jnp.float32(0.0))
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
            agents, x, next_x = _look_twice(
                agents, self._members(state.obs), self._members(step.next_obs)
            )
            before = running.obs
            row = Row(
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
