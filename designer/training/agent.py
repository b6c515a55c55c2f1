"""PPO's agent: network, optimiser, and the moments that scale what it sees."""

import math
from collections.abc import Mapping

import numpy as np

from designer.rewards.sources import Array
from designer.training.checkpoint import prefixed, under
from designer.training.moments import Moments
from designer.training.network import (
    Adam,
    Transitions,
    divergence,
    gradient,
    initial,
    shaped,
)
from designer.training.policy import Policy
from designer.training.settings import Settings

MIN_STD = 0.03  # of half an action's range
MIN_PACE, PACE_CHANGE = 0.03, 1.5
KEPT_WEIGHT = 0.6  # share of another agent's weights that a new one begins with


class Agent:
    """A network, its optimiser, and the moments that scale its inputs and returns.

    critic_only: how many inputs the critic has beside the observation.
    """

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        settings: Settings,
        seed: int,
        critic_only: int = 0,
    ) -> None:
        inputs = obs_dim + critic_only
        sizes = (inputs, action_dim, settings.hidden)
        self.settings, self.obs_dim, self.critic_only = settings, obs_dim, critic_only
        rng = np.random.default_rng(seed)
        self.net = initial(obs_dim, action_dim, settings, rng, critic_only)
        self.adam = Adam(len(self.net.flat))
        self.obs, self.returns = Moments((inputs,)), Moments(())
        self._slope = shaped(np.empty_like(self.net.flat), *sizes)
        self.pace = 1.0  # Share of the learning rate that updates can stand.

    def normalised(self, obs: Array) -> Array:
        """Inputs (n, obs_dim + critic_only) as the network takes them."""
        scaled = (obs - self.obs.mean) * self.obs.scale
        return scaled.clip(-10, 10).astype(np.float32)

    def update(self, batch: Transitions, rng: np.random.Generator) -> None:
        """Some epochs of minibatches over a rollout."""
        settings = self.settings
        log_std, rate = self.net.log_std.copy(), settings.learning_rate * self.pace
        count, size = len(batch.target), settings.minibatch
        for _ in range(settings.epochs):
            shuffled = batch.rows(rng.permutation(count))
            for first in range(0, count, size):
                minibatch = shuffled.rows(slice(first, first + size))
                gradient(self.net, minibatch, settings, self._slope)
                self._slope.w1[0, self.obs_dim :] = 0.0  # not for the actor
                self.adam.step(
                    self.net.flat, self._slope.flat, rate, settings.max_gradient
                )
        np.maximum(self.net.log_std, math.log(MIN_STD), out=self.net.log_std)
        if not np.isfinite(self.net.flat).all():
            raise FloatingPointError("the policy's weights are no longer finite")
        moved = divergence(self.net, log_std, batch) / settings.divergence
        if moved > 2:
            self.pace = max(MIN_PACE, self.pace / PACE_CHANGE)
        elif moved < 0.5:
            self.pace = min(1.0, self.pace * PACE_CHANGE)

    def export(self, low: Array, high: Array) -> Policy:
        """The present policy as plain arrays of its own; low, high: of the actions."""
        net, half, observed = self.net, 0.5 * (high - low), slice(self.obs_dim)
        arrays = {"w1": net.w1[0, observed], "b1": net.b1[0, 0], "w2": net.w2[0]}
        arrays |= {"b2": net.b2[0, 0], "w3": net.w3 * half}
        arrays |= {"b3": net.b3 * half + 0.5 * (low + high)}
        return Policy(
            mean=self.obs.mean[observed].copy(),
            scale=self.obs.scale[observed],
            clip=np.array(10.0),
            **{name: array.astype(np.float64) for name, array in arrays.items()},
            low=low,
            high=high,
        )

    def arrays(self) -> dict[str, Array]:
        """The agent's state, as plain arrays."""
        return {
            "net": self.net.flat,
            "pace": np.array(self.pace),
            **prefixed("adam", self.adam.arrays()),
            **prefixed("obs", self.obs.arrays()),
            **prefixed("returns", self.returns.arrays()),
        }

    def begin_from(self, arrays: Mapping[str, Array]) -> None:
        """Take over another agent's weights, drawn towards fresh ones.

        Shrink and perturb (Ash and Adams 2020, arXiv 1910.08475, section 4): weights
        that only go on from where they are learn a new task worse. The deviation and
        the scale of returns begin afresh, as the reward is another one.
        """
        fresh = self.net.log_std.copy()
        self.net.flat[:] = (
            KEPT_WEIGHT * arrays["net"] + (1 - KEPT_WEIGHT) * self.net.flat
        )
        self.net.log_std[:] = fresh
        self.obs.restore(under("obs", arrays))

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take over the state that `arrays` gave."""
        self.net.flat[:] = arrays["net"]
        self.pace = float(arrays["pace"])
        self.adam.restore(under("adam", arrays))
        self.obs.restore(under("obs", arrays))
        self.returns.restore(under("returns", arrays))
