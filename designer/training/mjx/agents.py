"""The agents of a population: what agent.py has for one training, stacked over all.

Every function here is of one member; population.py maps it over the first axis. The
parameters lie in one vector, in the order of network.py, so that a checkpoint of one
trainer can be gone on from with the other.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from designer.rewards.sources import Array
from designer.training.agent import Agent
from envs.bodies import XArray


class RunningMoments(NamedTuple):
    """Running mean and variance over batches (Chan et al. 1979)."""

    mean: XArray
    var: XArray
    count: XArray

    def updated(self, batch: XArray) -> "RunningMoments":
        """With a batch (n, ...) taken in."""
        n, mean = len(batch), batch.mean(axis=0)
        total = self.count + n
        delta = mean - self.mean
        squares = self.var * self.count + ((batch - mean) ** 2).sum(axis=0)
        var = (squares + delta * delta * self.count * n / total) / total
        return RunningMoments(self.mean + delta * n / total, var, total)

    @property
    def scale(self) -> XArray:
        """1 / standard deviation, kept finite."""
        return 1.0 / jnp.sqrt(self.var + 1e-8)


class Agents(NamedTuple):
    """One or many agents: network, Adam's moments and steps, and what scales its data.

    net, m, v: (parameters,). t: steps of Adam. pace: share of the learning rate that
    updates can stand. obs: moments (obs_dim,). returns: moments of discounted returns.
    """

    net: XArray
    m: XArray
    v: XArray
    t: XArray
    pace: XArray
    obs: RunningMoments
    returns: RunningMoments


class NetworkViews(NamedTuple):
    """Views of a vector of parameters; see network.py for their shapes."""

    w1: XArray
    b1: XArray
    w2: XArray
    b2: XArray
    w3: XArray
    b3: XArray
    wv: XArray
    bv: XArray
    log_std: XArray


def network_views(
    flat: XArray, obs_dim: int, action_dim: int, hidden: tuple[int, int]
) -> NetworkViews:
    """The parts of a vector of parameters, as network.shaped has them."""
    h, k = hidden
    shapes = [(2, obs_dim, h), (2, 1, h), (2, h, k), (2, 1, k)]
    shapes += [(k, action_dim), (action_dim,), (k, 1), (1,), (action_dim,)]  # type: ignore[list-item]
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = jnp.split(flat[: int(ends[-1])], ends[:-1].tolist())
    return NetworkViews(*(x.reshape(s) for x, s in zip(parts, shapes, strict=True)))


def means_and_values(net: NetworkViews, obs: XArray) -> tuple[XArray, XArray]:
    """Mean action (n, action_dim) and value (n,) for obs (n, obs_dim)."""
    h1 = jnp.tanh(obs @ net.w1 + net.b1)
    h2 = jnp.tanh(h1 @ net.w2 + net.b2)
    return h2[0] @ net.w3 + net.b3, (h2[1] @ net.wv + net.bv)[:, 0]


def policy_means(net: NetworkViews, obs: XArray) -> XArray:
    """The actor's half of `means_and_values`."""
    h1 = jnp.tanh(obs @ net.w1[0] + net.b1[0])
    return jnp.tanh(h1 @ net.w2[0] + net.b2[0]) @ net.w3 + net.b3


def log_density(net: NetworkViews, mean: XArray, action: XArray) -> XArray:
    """Log density (n,) of actions under the diagonal Gaussian policy."""
    z = (action - mean) * jnp.exp(-net.log_std)
    constant = net.log_std.sum() + 0.5 * len(net.log_std) * math.log(2 * math.pi)
    return -0.5 * (z * z).sum(axis=-1) - constant


def scaled_obs(moments: RunningMoments, obs: XArray) -> XArray:
    """Observations (n, obs_dim) as the network takes them."""
    return jnp.clip((obs - moments.mean) * moments.scale, -10.0, 10.0)


def stacked(agents: Sequence[Agent]) -> Agents:
    """The agents of numpy as those of a population, (members, ...) each."""
    arrays = [agent.arrays() for agent in agents]

    def column(name: str) -> XArray:
        return jnp.asarray(np.stack([a[name] for a in arrays]), jnp.float32)

    def moments(name: str) -> RunningMoments:
        return RunningMoments(
            *(column(f"{name}/{part}") for part in RunningMoments._fields)
        )

    steps = jnp.asarray([int(a["adam/t"]) for a in arrays], jnp.int32)
    return Agents(
        column("net"),
        column("adam/m"),
        column("adam/v"),
        steps,
        column("pace"),
        moments("obs"),
        moments("returns"),
    )


def arrays_of(agents: Agents, k: int) -> dict[str, Array]:
    """Member k, in the form of Agent.arrays; agents: as numpy arrays."""
    moments = {
        f"{name}/{part}": np.asarray(getattr(getattr(agents, name), part)[k], float)
        for name in ("obs", "returns")
        for part in RunningMoments._fields
    }
    return {
        "net": np.array(agents.net[k]),
        "pace": np.array(float(agents.pace[k])),
        "adam/m": np.array(agents.m[k]),
        "adam/v": np.array(agents.v[k]),
        "adam/t": np.array(int(agents.t[k])),
        **moments,
    }


def fetched(agents: Agents) -> Agents:
    """The agents as arrays of numpy."""
    copies: Agents = jax.tree.map(np.asarray, agents)
    return copies
