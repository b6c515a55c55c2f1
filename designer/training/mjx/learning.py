"""PPO's update of one member, as in ../ppo.py and ../network.py, for JAX to compile."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from designer.training.agent import MIN_PACE, MIN_STD, PACE_CHANGE
from designer.training.mjx.agents import (
    Agents,
    NetworkViews,
    RunningMoments,
    log_density,
    means_and_values,
    network_views,
    policy_means,
)
from designer.training.settings import Settings
from envs.bodies import XArray


class Experience(NamedTuple):
    """A rollout as the learner needs it; (steps, envs, ...) of a member.

    obs: (steps, envs, obs_dim) scaled_obs, in which the actions were taken. next_obs:
    of the state after each step, before any restart. action: before it was scaled to
    the robot's range and clipped.
    """

    obs: XArray
    next_obs: XArray
    action: XArray
    terminated: XArray
    truncated: XArray


class Batch(NamedTuple):
    """Transitions to learn from; see network.Transitions."""

    obs: XArray
    mean: XArray
    action: XArray
    log_prob: XArray
    advantage: XArray
    target: XArray


class Running(NamedTuple):
    """What a member's episodes carry from one rollout to the next.

    obs: (envs, obs_dim) scaled_obs, of the present states. discounted: (envs,) returns
    so far, by which rewards are scaled. key: of the noise on actions.
    """

    obs: XArray
    discounted: XArray
    key: XArray


def learn(
    agent: Agents,
    running: Running,
    experience: Experience,
    rewards: XArray,
    key: Any,
    settings: Settings,
) -> tuple[Agents, Running]:
    """The agent after a rollout with rewards (steps, envs)."""
    done = experience.terminated | experience.truncated
    returns, discounted, scaled = _scaled_rewards(
        agent.returns, running.discounted, rewards, done, settings.gamma
    )
    cut = _cutter(experience, settings)
    net = cut(agent.net)
    observations = jnp.concatenate([experience.obs, running.obs[None]])
    batch = _batch(net, observations, experience, scaled, settings)
    rate = settings.learning_rate * agent.pace

    def epoch(agent: Agents, key: Any) -> tuple[Agents, None]:
        order = jax.random.permutation(key, len(batch.target))
        pieces = jax.tree.map(
            lambda x: x[order].reshape(-1, settings.minibatch, *x.shape[1:]), batch
        )
        return jax.lax.scan(step, agent, pieces)

    def step(agent: Agents, piece: Batch) -> tuple[Agents, None]:
        gradient = jax.grad(lambda flat: _loss(cut(flat), piece, settings))(agent.net)
        return _adam(agent, gradient, rate, settings.max_gradient), None

    agent, _ = jax.lax.scan(epoch, agent, jax.random.split(key, settings.epochs))
    actions = batch.action.shape[-1]
    floor = jnp.full(len(agent.net), -jnp.inf).at[-actions:].set(math.log(MIN_STD))
    flat = jnp.maximum(agent.net, floor)
    moved = _divergence(net, cut(flat), batch) / settings.divergence
    slower = jnp.maximum(MIN_PACE, agent.pace / PACE_CHANGE)
    faster = jnp.minimum(1.0, agent.pace * PACE_CHANGE)
    pace = jnp.where(moved > 2, slower, jnp.where(moved < 0.5, faster, agent.pace))
    agent = agent._replace(net=flat, pace=pace, returns=returns)
    return agent, running._replace(discounted=discounted)


def _cutter(experience: Experience, settings: Settings) -> Any:
    obs_dim, action_dim = experience.obs.shape[-1], experience.action.shape[-1]
    return lambda flat: network_views(flat, obs_dim, action_dim, settings.hidden)


def _scaled_rewards(
    moments: RunningMoments,
    discounted: XArray,
    rewards: XArray,
    done: XArray,
    gamma: float,
) -> tuple[RunningMoments, XArray, XArray]:
    """Rewards over the deviation of discounted returns, as VecNormalize has it."""

    def one(
        carry: tuple[RunningMoments, XArray], row: tuple[XArray, XArray]
    ) -> tuple[tuple[RunningMoments, XArray], XArray]:
        moments, discounted = carry
        reward, ended = row
        discounted = discounted * gamma + reward
        moments = moments.updated(discounted)
        scaled = jnp.clip(reward * moments.scale, -10.0, 10.0)
        return (moments, jnp.where(ended, 0.0, discounted)), scaled

    (moments, discounted), scaled = jax.lax.scan(
        one, (moments, discounted), (rewards, done)
    )
    return moments, discounted, scaled


def _batch(
    net: NetworkViews,
    observations: XArray,
    experience: Experience,
    rewards: XArray,
    s: Settings,
) -> Batch:
    """The rollout with advantages and targets, flat: (steps x envs, ...).

    observations: (steps + 1, envs, obs_dim), the last one of the state after it.
    """
    steps, envs, obs_dim = experience.next_obs.shape
    done = experience.terminated | experience.truncated
    mean, value = means_and_values(net, observations.reshape(-1, obs_dim))
    value = value.reshape(steps + 1, envs)
    final = means_and_values(net, experience.next_obs.reshape(-1, obs_dim))[1]
    # A time limit is no end: the value of what follows counts.
    rewards = rewards + s.gamma * final.reshape(steps, envs) * experience.truncated
    delta = rewards + s.gamma * value[1:] * ~done - value[:-1]

    def back(last: XArray, row: tuple[XArray, XArray]) -> tuple[XArray, XArray]:
        delta, ended = row
        last = delta + s.gamma * s.gae_lambda * ~ended * last
        return last, last

    zero = jnp.zeros(envs)
    _, advantage = jax.lax.scan(back, zero, (delta, done), reverse=True)
    action = experience.action.reshape(steps * envs, -1)
    mean = mean[: steps * envs]
    return Batch(
        experience.obs.reshape(-1, obs_dim),
        mean,
        action,
        log_density(net, mean, action),
        advantage.ravel(),
        (advantage + value[:-1]).ravel(),
    )


def _loss(net: NetworkViews, batch: Batch, settings: Settings) -> XArray:
    """Clipped policy loss (Schulman et al. 2017, eq. 7) + weighted value loss."""
    mean, value = means_and_values(net, batch.obs)
    ratio = jnp.exp(log_density(net, mean, batch.action) - batch.log_prob)
    centred = batch.advantage - batch.advantage.mean()
    spread = jnp.sqrt((centred * centred).sum() / (len(centred) - 1))
    advantage = centred / (spread + 1e-8)
    clipped = jnp.clip(ratio, 1 - settings.clip, 1 + settings.clip)
    gain = jnp.minimum(ratio * advantage, clipped * advantage)
    value_loss = ((value - batch.target) ** 2).mean()
    return -gain.mean() + settings.value_weight * value_loss


def _adam(agent: Agents, gradient: XArray, rate: XArray, largest: float) -> Agents:
    """One step of Adam (Kingma and Ba 2015, algorithm 1), eps 1e-5, norm clipped."""
    norm = jnp.sqrt((gradient * gradient).sum())
    gradient = gradient * jnp.minimum(1.0, largest / (norm + 1e-6))
    t = agent.t + 1
    m = agent.m + 0.1 * (gradient - agent.m)
    v = agent.v + 0.001 * (gradient * gradient - agent.v)
    unbiased = jnp.sqrt(1 - 0.999**t)
    move = m / (jnp.sqrt(v) + 1e-5 * unbiased) * (rate * unbiased / (1 - 0.9**t))
    return agent._replace(net=agent.net - move, m=m, v=v, t=t)


def _divergence(acting: NetworkViews, present: NetworkViews, batch: Batch) -> XArray:
    """Mean KL divergence from the acting policy to the present one; see network.py."""
    gap = batch.mean - policy_means(present, batch.obs)
    squares = jnp.exp(2 * acting.log_std) + (gap * gap).mean(axis=0)
    ratio = squares * jnp.exp(-2 * present.log_std)
    return (present.log_std - acting.log_std + 0.5 * ratio - 0.5).sum()
