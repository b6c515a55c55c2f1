"""Actor and critic as small tanh networks in numpy, with PPO's gradient by hand.

Both have the same two hidden layers and are computed as one stacked product; all
parameters are views of one flat vector. For networks this small the overhead of an
automatic gradient would be a large part of the update.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from designer.rewards.sources import Array
from designer.training.settings import Settings


@dataclass(frozen=True)
class Network:
    """Parameters, each a view of `flat`; of a stack, 0 is the actor's, 1 the critic's.

    w1 (2, inputs, h), b1 (2, 1, h), w2 (2, h, k), b2 (2, 1, k); actor head w3
    (k, action_dim), b3 (action_dim,); critic head wv (k, 1), bv (1,); log_std
    (action_dim,). Where the critic has inputs of its own, they are the last ones, and
    the actor's weights of them are 0.
    """

    flat: Array
    w1: Array
    b1: Array
    w2: Array
    b2: Array
    w3: Array
    b3: Array
    wv: Array
    bv: Array
    log_std: Array


@dataclass(frozen=True)
class Transitions:
    """Transitions to learn from: obs (n, inputs) normalised, mean and action (n,
    action_dim) of the acting policy, the action before clipping, and (n,) each:
    log_prob under the acting policy, advantage, target of the value."""

    obs: Array
    mean: Array
    action: Array
    log_prob: Array
    advantage: Array
    target: Array

    def rows(self, index: Array | slice) -> "Transitions":
        """Some of the transitions."""
        return Transitions(
            self.obs[index],
            self.mean[index],
            self.action[index],
            self.log_prob[index],
            self.advantage[index],
            self.target[index],
        )


def shaped(
    flat: Array, inputs: int, action_dim: int, hidden: tuple[int, int]
) -> Network:
    """A network whose parameters are views of flat."""
    h, k = hidden
    sizes = {
        "w1": (2, inputs, h),
        "b1": (2, 1, h),
        "w2": (2, h, k),
        "b2": (2, 1, k),
        "w3": (k, action_dim),
        "b3": (action_dim,),
        "wv": (k, 1),
        "bv": (1,),
        "log_std": (action_dim,),
    }
    views, start = {}, 0
    for name, shape in sizes.items():
        stop = start + int(np.prod(shape))
        views[name] = flat[start:stop].reshape(shape)
        start = stop
    return Network(flat[:start], **views)


def size(inputs: int, action_dim: int, hidden: tuple[int, int]) -> int:
    """Number of parameters."""
    h, k = hidden
    stacks = 2 * (inputs * h + h * k + h + k)
    return stacks + (k + 2) * action_dim + k + 1


def initial(
    obs_dim: int,
    action_dim: int,
    settings: Settings,
    rng: np.random.Generator,
    critic_only: int = 0,
) -> Network:
    """Orthogonal weights (gain sqrt(2); 0.01 and 1 for the heads), zero biases.

    critic_only: inputs beside the observation that the critic alone has.
    """
    sizes = (obs_dim + critic_only, action_dim, settings.hidden)
    net = shaped(np.zeros(size(*sizes), dtype=np.float32), *sizes)
    for weights in (net.w1[0, :obs_dim], net.w1[1], *net.w2):
        weights[:] = _orthogonal(weights.shape, np.sqrt(2.0), rng)
    net.w3[:] = _orthogonal(net.w3.shape, 0.01, rng)
    net.wv[:] = _orthogonal(net.wv.shape, 1.0, rng)
    net.log_std[:] = math.log(settings.std)
    return net


def _orthogonal(shape: tuple[int, ...], gain: float, rng: np.random.Generator) -> Array:
    rows, columns = shape
    q, r = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    q *= np.sign(np.diag(r))
    return np.asarray(gain * (q if rows >= columns else q.T))


def forward(net: Network, obs: Array) -> tuple[Array, Array, Array, Array]:
    """Mean action (n, action_dim), value (n,), and both hidden layers (2, n, h)."""
    h1 = np.tanh(obs @ net.w1 + net.b1)
    h2 = np.tanh(h1 @ net.w2 + net.b2)
    return h2[0] @ net.w3 + net.b3, (h2[1] @ net.wv + net.bv)[:, 0], h1, h2


def mean_action(net: Network, obs: Array) -> Array:
    """The actor's half of `forward`: mean action (n, action_dim)."""
    h1 = np.tanh(obs @ net.w1[0] + net.b1[0])
    return np.asarray(np.tanh(h1 @ net.w2[0] + net.b2[0]) @ net.w3 + net.b3)


def divergence(net: Network, log_std: Array, batch: Transitions) -> float:
    """Mean KL divergence from the acting policy of a batch to the present one, nats.

    log_std: (action_dim,) of the acting policy. Of two diagonal Gaussians p and q, the
    sum over dimensions of log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1 / 2.
    """
    gap = batch.mean - mean_action(net, batch.obs)
    squares = np.exp(2 * log_std) + (gap * gap).mean(axis=0)
    ratio = squares * np.exp(-2 * net.log_std)
    return float((net.log_std - log_std + 0.5 * ratio - 0.5).sum())


def log_probability(net: Network, mean: Array, action: Array) -> Array:
    """Log density (n,) of actions under the diagonal Gaussian policy."""
    z = (action - mean) * np.exp(-net.log_std)
    constant = net.log_std.sum() + 0.5 * len(net.log_std) * math.log(2 * math.pi)
    return np.asarray(-0.5 * (z * z).sum(axis=1) - constant)


def gradient(
    net: Network, batch: Transitions, settings: Settings, out: Network
) -> None:
    """Write the gradient of clipped policy loss + weighted value loss into out."""
    n, epsilon = len(batch.target), settings.clip
    mean, value, h1, h2 = forward(net, batch.obs)
    inverse = np.exp(-net.log_std)
    z = (batch.action - mean) * inverse
    ratio = np.exp(log_probability(net, mean, batch.action) - batch.log_prob)
    advantage = normalised(batch.advantage)
    # The gradient passes where the ratio is not clipped; elsewhere the loss is flat.
    free = np.where(advantage > 0, ratio <= 1 + epsilon, ratio >= 1 - epsilon)
    by_log_prob = advantage * ratio * free * (-1 / n)
    by_mean = by_log_prob[:, None] * z * inverse
    by_value = (2 * settings.value_weight / n) * (value - batch.target)
    out.log_std[:] = by_log_prob @ (z * z - 1)
    out.w3[:] = h2[0].T @ by_mean
    out.b3[:] = by_mean.sum(axis=0)
    out.wv[:, 0] = by_value @ h2[1]
    out.bv[:] = by_value.sum()
    by_z2 = 1 - h2 * h2
    by_z2[0] *= by_mean @ net.w3.T
    by_z2[1] *= by_value[:, None] * net.wv.T
    np.matmul(h1.transpose(0, 2, 1), by_z2, out=out.w2)
    by_z2.sum(axis=1, keepdims=True, out=out.b2)
    by_z1 = by_z2 @ net.w2.transpose(0, 2, 1)
    by_z1 *= 1 - h1 * h1
    np.matmul(batch.obs.T, by_z1, out=out.w1)
    by_z1.sum(axis=1, keepdims=True, out=out.b1)


def normalised(advantage: Array) -> Array:
    """To mean 0 and standard deviation 1, (n,)."""
    centred = advantage - advantage.mean()
    spread = math.sqrt(centred @ centred / (len(centred) - 1))
    return np.asarray(centred / (spread + 1e-8))


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1) on one flat vector, eps 1e-5."""

    def __init__(self, count: int, dtype: type = np.float32) -> None:
        self._m: Array = np.zeros(count, dtype)
        self._v: Array = np.zeros(count, dtype)
        self._t = 0

    def arrays(self) -> dict[str, Array]:
        """Both moments of the gradient, and the number of steps."""
        return {"m": self._m, "v": self._v, "t": np.array(self._t)}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take over the state that `arrays` gave."""
        self._m, self._v = arrays["m"].copy(), arrays["v"].copy()
        self._t = int(arrays["t"])

    def step(
        self, flat: Array, gradient: Array, rate: float, max_gradient: float
    ) -> None:
        """Clip the gradient's norm and move flat in place; the gradient is used up."""
        norm = math.sqrt(gradient @ gradient)
        gradient *= min(1.0, max_gradient / (norm + 1e-6))
        self._t += 1
        self._m += 0.1 * (gradient - self._m)
        gradient *= gradient
        gradient -= self._v
        gradient *= 0.001
        self._v += gradient
        unbiased = math.sqrt(1 - 0.999**self._t)
        scale = np.sqrt(self._v, out=gradient)
        scale += 1e-5 * unbiased
        move = np.divide(self._m, scale, out=scale)
        move *= rate * unbiased / (1 - 0.9**self._t)
        flat -= move
