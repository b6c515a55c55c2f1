"""Rollouts of all members of a population: what they hold, and how members act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from designer.training.curves import WATCHED_ENVS
from designer.training.mjx.agents import (
    Agents,
    network_views,
    policy_means,
    scaled_obs,
)
from designer.training.mjx.learning import Experience, Running
from designer.training.network import size
from envs.bodies import XArray

MAX_LOGGED_ENVS = 32


@dataclass(frozen=True)
class PopulationShape:
    """The size of a population; what is compiled is compiled for one shape.

    envs: environments of each member. hidden: units of the two hidden layers.
    """

    members: int
    envs: int
    hidden: tuple[int, int]

    @property
    def logged(self) -> int:
        """Of a member's environments, those whose episodes its curves average."""
        return min(self.envs, MAX_LOGGED_ENVS)

    @property
    def watched(self) -> int:
        """Of these, those whose episodes the hidden metric scores."""
        return min(self.envs, WATCHED_ENVS)


class StepArrays(NamedTuple):
    """Control steps of many environments as arrays with the same leading axes.

    s, s_next: all columns of the frames. action: as applied. reason: number of the
    reason why an episode ended, -1 where none did.
    """

    s: XArray
    action: XArray
    s_next: XArray
    terminated: XArray
    truncated: XArray
    reason: XArray


class Rollout(NamedTuple):
    """A rollout of all members: (steps, members, envs, ...).

    s, s_next: the public columns of the frames; action: as applied. record: what the
    curves need, (steps, members, envs, ...): reasons of the logged environments, and
    all else of the watched.
    """

    experience: Experience
    s: XArray
    action: XArray
    s_next: XArray
    record: StepArrays


class Sampler(Protocol):
    """Environments of all members of a population.

    faults: why the environment of a member failed, since the episodes were started.
    trained_steps: environment steps of each member so far.
    """

    faults: dict[int, str]

    def reasons(self) -> tuple[str, ...]:
        """Names of the reasons for which episodes ended, by their numbers."""

    def begin(
        self, agents: Agents, seeds: Sequence[int], trained_steps: int
    ) -> tuple[Agents, Running]:
        """Start all episodes, from one seed for each member."""

    def collect(
        self, agents: Agents, running: Running, steps: int, trained_steps: int
    ) -> tuple[Agents, Running, Rollout]:
        """A rollout of so many steps; agents get the moments of what they observed."""


def member_keys(seeds: Sequence[int]) -> XArray:
    """A key of JAX for each seed, so that equal seeds draw alike in any population."""
    return jnp.stack([jax.random.key(seed % 2**32) for seed in seeds])


def act(
    agents: Agents, running: Running, shape: PopulationShape
) -> tuple[Running, XArray]:
    """Actions (members, envs, action_dim) before they are scaled to the robot's."""

    def one(net: XArray, obs: XArray, key: Any) -> tuple[XArray, XArray]:
        action_dim = _action_dim(len(net), obs.shape[-1], shape.hidden)
        views = network_views(net, obs.shape[-1], action_dim, shape.hidden)
        key, noise = jax.random.split(key)
        mean = policy_means(views, obs)
        action = mean + jnp.exp(views.log_std) * jax.random.normal(noise, mean.shape)
        return key, jnp.where(jnp.isfinite(action), action, 0.0)

    key, action = jax.vmap(one)(agents.net, running.obs, running.key)
    return running._replace(key=key), action


def _action_dim(parameters: int, obs_dim: int, hidden: tuple[int, int]) -> int:
    """The action's size, from the number of all parameters."""
    without, one_more = (size(obs_dim, k, hidden) for k in (0, 1))
    return (parameters - without) // (one_more - without)


def look(agents: Agents, obs: XArray) -> tuple[Agents, XArray]:
    """Take observations (members, envs, obs_dim) in; gives them scaled_obs too."""
    moments = jax.vmap(type(agents.obs).updated)(agents.obs, obs)
    return agents._replace(obs=moments), jax.vmap(scaled_obs)(moments, obs)


def rollout_of(
    rows: StepArrays,
    observations: XArray,
    next_observations: XArray,
    actions: XArray,
    shape: PopulationShape,
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
        StepArrays(
            s[:, :, :watched],
            action[:, :, :watched],
            s_next[:, :, :watched],
            terminated[:, :, :watched],
            truncated[:, :, :watched],
            reason[:, :, :logged],
        ),
    )


def look_twice(
    agents: Agents, obs: XArray, next_obs: XArray
) -> tuple[Agents, XArray, XArray]:
    """`look` at obs, and next_obs scaled_obs with the same moments."""
    agents, x = look(agents, obs)
    return agents, x, jax.vmap(scaled_obs)(agents.obs, next_obs)
