"""Proximal policy optimisation for small networks, on one thread.

Schulman et al. 2017 (arXiv 1707.06347), eq. 7, with the details of stable-baselines3's
PPO: orthogonal initialisation, advantages normalised per minibatch, clipped gradient
norm, Adam with eps 1e-5, and observations and returns normalised as by VecNormalize.
Beyond it, actions are scaled from -1 to 1 onto the robot's own range, and their
deviation has a least value, below which an update may ruin the policy.
"""

import math
from collections.abc import Callable

import numpy as np

from designer.rewards.sources import Array, Reward
from designer.training.curves import Log
from designer.training.network import (
    SETTINGS,
    Adam,
    Batch,
    Network,
    Settings,
    forward,
    gradient,
    initial,
    log_probability,
    shaped,
)
from designer.training.policy import Policy
from envs.env import Env, Step
from envs.fields import require_numbers
from envs.make import make_env
from envs.task import Task

LEAST_STD = 0.03  # of half an action's range


class Moments:
    """Running mean and variance over batches (Chan et al. 1979), as in VecNormalize."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mean, self.var, self._count = np.zeros(shape), np.ones(shape), 1e-4

    def update(self, batch: Array) -> None:
        """Take a batch (n, ...) in."""
        n, mean = len(batch), batch.sum(axis=0) / len(batch)
        total = self._count + n
        delta, off = mean - self.mean, batch - mean
        squares = self.var * self._count + (off * off).sum(axis=0)  # var() is slow
        self.var = (squares + delta * delta * self._count * n / total) / total
        self.mean = self.mean + delta * n / total
        self._count = total

    @property
    def scale(self) -> Array:
        """1 / standard deviation, kept finite."""
        return np.asarray(1.0 / np.sqrt(self.var + 1e-8))


class Collector:
    """Steps the environments and keeps what PPO learns from."""

    def __init__(
        self, env: Env, reward: Reward, log: Log, settings: Settings, seed: int
    ) -> None:
        self._env, self._reward, self._log, self._settings = env, reward, log, settings
        self._rng = np.random.default_rng([seed, 1])
        self.obs, self.returns = Moments(env.obs.shape[1:]), Moments(())
        self._running = np.zeros(env.n)
        self.middle, self.half = 0.5 * (env.high + env.low), 0.5 * (env.high - env.low)
        env.reset(np.random.SeedSequence(seed).generate_state(env.n).tolist())
        self._seen = self._normalised(env.obs)

    def _normalised(self, obs: Array) -> Array:
        self.obs.update(obs)
        return self._clipped(obs)

    def _clipped(self, obs: Array) -> Array:
        scaled = (obs - self.obs.mean) * self.obs.scale
        return scaled.clip(-10, 10).astype(np.float32)

    def collect(self, net: Network) -> Batch:
        """One rollout of all environments, with advantages and value targets."""
        steps: list[Step] = []
        seen, means, actions, values = [], [], [], []
        finals: list[tuple[int, int, Array]] = []
        std = np.exp(net.log_std)
        for t in range(self._settings.rollout):
            mean, value, _, _ = forward(net, self._seen)
            noise = self._rng.standard_normal(mean.shape, dtype=np.float32)
            action = mean + std * noise
            step = self._env.step(self.middle + self.half * action)
            seen.append(self._seen)
            means.append(mean)
            actions.append(action)
            values.append(value)
            steps.append(step)
            self._seen = self._normalised(self._env.obs)
            for k in np.flatnonzero(step.truncated).tolist():
                finals.append((t, k, self._clipped(step.next_obs[k])))
        rewards = self._rewards(steps)
        for t, i, obs in finals:  # a time limit is not the end: what would have come
            rewards[t, i] += self._settings.gamma * forward(net, obs[None])[1][0]
        values.append(forward(net, self._seen)[1])
        dones = np.stack([step.terminated | step.truncated for step in steps])
        advantages = self._advantages(rewards, np.stack(values), dones)
        taken = np.concatenate(actions)
        return Batch(
            np.concatenate(seen),
            taken,
            log_probability(net, np.concatenate(means), taken),
            advantages.ravel(),
            (advantages + np.stack(values[:-1])).ravel(),
        )

    def _rewards(self, steps: list[Step]) -> Array:
        """Normalised rewards (rollout, n), from one call of the reward for all."""
        width = self._env.public_width
        s, s_next = (
            np.concatenate([getattr(step, name) for step in steps])[:, :width]
            for name in ("s", "s_next")
        )
        for frames in (s, s_next):
            require_numbers(frames, self._env.public_widths, "states of a rollout")
        actions = np.concatenate([step.action for step in steps])
        terms = self._reward(s, actions, s_next).reshape(len(steps), self._env.n, -1)
        rewards = terms.sum(axis=2)
        for t, step in enumerate(steps):
            self._log.add(step, self._reward.terms, terms[t])
            self._running = self._running * self._settings.gamma + rewards[t]
            self.returns.update(self._running)
            rewards[t] = np.clip(rewards[t] * self.returns.scale, -10, 10)
            self._running[step.terminated | step.truncated] = 0.0
        return np.asarray(rewards, dtype=np.float32)

    def _advantages(self, rewards: Array, values: Array, dones: Array) -> Array:
        """Generalised advantages (rollout, n); Schulman et al. 2016, eq. 16."""
        gamma, weight = self._settings.gamma, self._settings.gae_lambda
        advantages, last = np.zeros_like(rewards), np.zeros_like(rewards[0])
        for t in reversed(range(len(rewards))):
            alive = 1.0 - dones[t]
            delta = rewards[t] + gamma * values[t + 1] * alive - values[t]
            advantages[t] = last = delta + gamma * weight * alive * last
        return advantages


def train(
    task: Task,
    reward: Callable[[Env], Reward],
    seed: int,
    steps: int,
    tell: Callable[[int, float], None] = lambda steps, own_return: None,
    settings: Settings = SETTINGS,
) -> tuple[Policy, Policy, Log]:
    """Train for `steps` environment steps; gives (peak, last, log).

    reward: opens the reward for the environment. tell: called after every rollout with
    environment steps and the reward's own recent return. The reward's own faults
    (sandbox.RewardFault) pass through; FloatingPointError if the weights diverge.
    """
    env = make_env(task, settings.envs)
    log = Log(task, env)
    opened = reward(env)
    try:
        learner = Learner(env, opened, log, seed, settings)
        best, peak = -np.inf, None
        while log.steps < steps:
            batch = learner.collector.collect(learner.net)
            now = log.recent_return
            if now > best:
                best, peak = now, learner.export()
            tell(log.steps, now)
            learner.update(batch)
    finally:
        opened.close()
    last = learner.export()
    return peak or last, last, log


class Learner:
    """A network, its optimiser and the environments that it learns in."""

    def __init__(
        self, env: Env, reward: Reward, log: Log, seed: int, settings: Settings
    ) -> None:
        self._env, self._settings = env, settings
        self._rng = np.random.default_rng(seed)
        sizes = (env.obs.shape[1], env.action_dim, settings.hidden)
        self.net = initial(*sizes, self._rng)
        self._slope = shaped(np.empty_like(self.net.flat), *sizes)
        self._adam = Adam(len(self.net.flat))
        self.collector = Collector(env, reward, log, settings, seed)

    def update(self, batch: Batch) -> None:
        """Some epochs of minibatches over a rollout."""
        count, size = len(batch.target), self._settings.minibatch
        for _ in range(self._settings.epochs):
            shuffled = batch.rows(self._rng.permutation(count))
            for first in range(0, count, size):
                part = shuffled.rows(slice(first, first + size))
                gradient(self.net, part, self._settings, self._slope)
                self._adam.step(self.net.flat, self._slope.flat, self._settings)
        np.maximum(self.net.log_std, math.log(LEAST_STD), out=self.net.log_std)
        if not np.isfinite(self.net.flat).all():
            raise FloatingPointError("the policy's weights are no longer finite")

    def export(self) -> Policy:
        """The present policy as plain arrays of its own."""
        net, collector = self.net, self.collector
        obs, half = collector.obs, collector.half
        arrays = {"w1": net.w1[0], "b1": net.b1[0, 0], "w2": net.w2[0]}
        arrays |= {"b2": net.b2[0, 0], "w3": net.w3 * half}
        arrays |= {"b3": net.b3 * half + collector.middle}
        return Policy(
            mean=obs.mean.copy(),
            scale=obs.scale,
            clip=np.array(10.0),
            **{name: array.astype(np.float64) for name, array in arrays.items()},
            low=self._env.low,
            high=self._env.high,
        )
