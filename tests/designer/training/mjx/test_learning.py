"""The update in JAX is the update in numpy."""

import math

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="needs the extra mjx")

import jax.numpy as jnp

from designer.training.agent import Agent
from designer.training.mjx import agents, learning
from designer.training.moments import Moments
from designer.training.network import (
    Adam,
    Transitions,
    divergence,
    forward,
    gradient,
    log_probability,
    shaped,
)
from designer.training.ppo import generalised_advantages
from designer.training.settings import Settings

OBS, ACTIONS, ROWS = 3, 2, 64
SETTINGS = Settings(hidden=(8, 8))


@pytest.fixture
def agent() -> Agent:
    return Agent(OBS, ACTIONS, SETTINGS, seed=1)


@pytest.fixture
def batch(agent: Agent) -> Transitions:
    """Transitions of a policy a little away from the agent's."""
    rng = np.random.default_rng(0)
    obs = rng.standard_normal((ROWS, OBS)).astype(np.float32)
    mean, _, _, _ = forward(agent.net, obs)
    action = (mean + rng.standard_normal(mean.shape)).astype(np.float32)
    log_prob = log_probability(agent.net, mean, action)
    log_prob += 0.3 * rng.standard_normal(ROWS).astype(np.float32)
    advantage, target = rng.standard_normal((2, ROWS)).astype(np.float32)
    return Transitions(obs, mean, action, log_prob, advantage, target)


def jax_net(agent: Agent) -> agents.NetworkViews:
    return agents.network_views(
        jnp.asarray(agent.net.flat), OBS, ACTIONS, SETTINGS.hidden
    )


def jax_batch(batch: Transitions) -> learning.Batch:
    return learning.Batch(
        *(jnp.asarray(getattr(batch, f)) for f in learning.Batch._fields)
    )


def test_actions_values_and_densities_are_the_same(
    agent: Agent, batch: Transitions
) -> None:
    net = jax_net(agent)
    mean, value = agents.means_and_values(net, jnp.asarray(batch.obs))
    expected_mean, expected_value, _, _ = forward(agent.net, batch.obs)
    assert np.allclose(mean, expected_mean, atol=1e-6)
    assert np.allclose(
        agents.policy_means(net, jnp.asarray(batch.obs)), mean, atol=1e-6
    )
    assert np.allclose(value, expected_value, atol=1e-6)
    density = agents.log_density(net, mean, jnp.asarray(batch.action))
    expected = log_probability(agent.net, expected_mean, batch.action)
    assert np.allclose(density, expected, atol=1e-5)


def test_the_gradient_is_the_same(agent: Agent, batch: Transitions) -> None:
    by_hand = shaped(np.empty_like(agent.net.flat), OBS, ACTIONS, SETTINGS.hidden)
    gradient(agent.net, batch, SETTINGS, by_hand)

    def loss(flat: object) -> object:
        net = agents.network_views(flat, OBS, ACTIONS, SETTINGS.hidden)
        return learning._loss(net, jax_batch(batch), SETTINGS)

    automatic = jax.grad(loss)(jnp.asarray(agent.net.flat))
    assert np.abs(by_hand.flat).max() > 0.1
    assert np.allclose(automatic, by_hand.flat, atol=1e-5)


def test_adam_moves_the_parameters_alike(agent: Agent) -> None:
    rng = np.random.default_rng(0)
    stacked = agents.stacked([agent])
    one = jax.tree.map(lambda x: x[0], stacked)
    flat, adam = agent.net.flat.copy(), Adam(len(agent.net.flat))
    for _ in range(3):
        slope = rng.standard_normal(len(flat)).astype(np.float32)
        one = learning._adam(one, jnp.asarray(slope), jnp.float32(0.01), 0.5)
        adam.step(flat, slope, 0.01, 0.5)
    assert not np.allclose(flat, agent.net.flat, atol=1e-3)
    assert np.allclose(one.net, flat, atol=1e-6)
    assert int(one.t) == 3


def test_the_divergence_is_the_same(agent: Agent, batch: Transitions) -> None:
    acting = agent.net.log_std.copy()
    net = jax_net(agent)
    agent.net.log_std[:] -= 0.2
    agent.net.w3[:] += 0.1
    moved = learning._divergence(net, jax_net(agent), jax_batch(batch))
    expected = divergence(agent.net, acting, batch)
    assert expected > 0.01
    assert math.isclose(float(moved), expected, rel_tol=1e-4)


def test_moments_are_the_same() -> None:
    rng = np.random.default_rng(0)
    ours = Moments((OBS,))
    theirs = agents.RunningMoments(jnp.zeros(OBS), jnp.ones(OBS), jnp.float32(1e-4))
    for _ in range(3):
        rows = 5.0 + 2.0 * rng.standard_normal((16, OBS))
        ours.update(rows)
        theirs = theirs.updated(jnp.asarray(rows, jnp.float32))
    assert np.allclose(theirs.mean, ours.mean, rtol=1e-5)
    assert np.allclose(theirs.scale, ours.scale, rtol=1e-4)


def test_advantages_are_the_same(agent: Agent) -> None:
    steps, envs = 6, 4
    rng = np.random.default_rng(0)
    obs = rng.standard_normal((steps + 1, envs, OBS)).astype(np.float32)
    rewards = rng.standard_normal((steps, envs)).astype(np.float32)
    terminated = rng.random((steps, envs)) < 0.3
    values = forward(agent.net, obs.reshape(-1, OBS))[1].reshape(steps + 1, envs)
    expected = generalised_advantages(rewards, values, terminated, SETTINGS)
    experience = learning.Experience(
        jnp.asarray(obs[:-1]),
        jnp.asarray(obs[1:]),
        jnp.zeros((steps, envs, ACTIONS)),
        jnp.asarray(terminated),
        jnp.zeros((steps, envs), bool),
    )
    made = learning._batch(
        jax_net(agent), jnp.asarray(obs), experience, jnp.asarray(rewards), SETTINGS
    )
    assert np.allclose(made.advantage, expected.ravel(), atol=1e-5)
    assert np.allclose(made.target, (expected + values[:-1]).ravel(), atol=1e-5)


def test_a_time_limit_pays_the_value_of_the_state_it_cut_off(agent: Agent) -> None:
    obs = np.ones((1, 1, OBS), np.float32)
    final = np.full((1, 1, OBS), 0.5, np.float32)
    experience = learning.Experience(
        jnp.asarray(obs),
        jnp.asarray(final),
        jnp.zeros((1, 1, ACTIONS)),
        jnp.zeros((1, 1), bool),
        jnp.ones((1, 1), bool),
    )
    both = jnp.concatenate([jnp.asarray(obs), jnp.zeros((1, 1, OBS))])
    made = learning._batch(
        jax_net(agent), both, experience, jnp.full((1, 1), 2.0), SETTINGS
    )
    value_of_final = float(forward(agent.net, final[0])[1][0])
    assert math.isclose(
        float(made.target[0]), 2.0 + 0.99 * value_of_final, rel_tol=1e-5
    )


def test_an_agent_comes_back_from_a_population_as_it_went_in(agent: Agent) -> None:
    agent.obs.update(np.ones((4, OBS)))
    other = Agent(OBS, ACTIONS, SETTINGS, seed=2)
    population = agents.fetched(agents.stacked([other, agent]))
    back = agents.arrays_of(population, 1)
    for name, array in agent.arrays().items():
        assert np.allclose(back[name], array, atol=1e-6), name


class SamePermutations:
    """Gives an Agent's update the permutations of a key of JAX."""

    def __init__(self, key: object, epochs: int) -> None:
        self._keys = list(jax.random.split(key, epochs))

    def permutation(self, count: int) -> np.ndarray:
        return np.asarray(jax.random.permutation(self._keys.pop(0), count))


def test_a_whole_update_is_the_same(agent: Agent) -> None:
    settings = Settings(hidden=(8, 8), minibatch=16, epochs=3)
    agent.settings = settings
    steps, envs = 16, 4
    rng = np.random.default_rng(0)
    obs = rng.standard_normal((steps + 1, envs, OBS)).astype(np.float32)
    rewards = rng.standard_normal((steps, envs)).astype(np.float32)
    terminated = rng.random((steps, envs)) < 0.1
    flat = obs[:-1].reshape(-1, OBS)
    mean, _, _, _ = forward(agent.net, flat)
    action = (mean + rng.standard_normal(mean.shape)).astype(np.float32)
    before, key = agent.net.flat.copy(), jax.random.key(3)
    experience = learning.Experience(
        jnp.asarray(obs[:-1]),
        jnp.asarray(obs[1:]),
        jnp.asarray(action.reshape(steps, envs, ACTIONS)),
        jnp.asarray(terminated),
        jnp.zeros((steps, envs), bool),
    )
    running = learning.Running(jnp.asarray(obs[-1]), jnp.zeros(envs), key)
    one = jax.tree.map(lambda x: x[0], agents.stacked([agent]))
    ours, _ = learning.learn(
        one, running, experience, jnp.asarray(rewards), key, settings
    )
    discounted, scaled = np.zeros(envs), np.zeros_like(rewards)
    for t in range(steps):
        discounted = discounted * settings.gamma + rewards[t]
        agent.returns.update(discounted)
        scaled[t] = np.clip(rewards[t] * agent.returns.scale, -10, 10)
        discounted[terminated[t]] = 0.0
    values = forward(agent.net, obs.reshape(-1, OBS))[1].reshape(steps + 1, envs)
    advantage = generalised_advantages(scaled, values, terminated, settings)
    density = log_probability(agent.net, mean, action)
    target = (advantage + values[:-1]).ravel()
    batch = Transitions(flat, mean, action, density, advantage.ravel(), target)
    agent.update(batch, SamePermutations(key, settings.epochs))  # type: ignore[arg-type]
    assert np.abs(agent.net.flat - before).max() > 1e-3
    assert np.allclose(ours.net, agent.net.flat, atol=1e-6)
    assert float(ours.pace) == pytest.approx(agent.pace)
