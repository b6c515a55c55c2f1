"""The hand-written gradient against torch's, and one update against SB3's."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import PPO

from designer.training.network import (
    Adam,
    Network,
    Transitions,
    divergence,
    forward,
    gradient,
    initial,
    log_probability,
    mean_action,
    shaped,
    size,
)
from designer.training.settings import Settings

OBS, ACTION, HIDDEN, N = 5, 2, (16, 8), 32


def network(dtype: type = np.float64) -> Network:
    rng = np.random.default_rng(0)
    flat = initial(OBS, ACTION, Settings(hidden=HIDDEN), rng).flat.astype(dtype)
    flat += 0.1 * rng.standard_normal(flat.shape).astype(dtype)
    return shaped(flat, OBS, ACTION, HIDDEN)


def batch(net: Network, dtype: type = np.float64) -> Transitions:
    rng = np.random.default_rng(1)
    obs = rng.standard_normal((N, OBS)).astype(dtype)
    action = rng.standard_normal((N, ACTION)).astype(dtype)
    mean = forward(net, obs)[0]
    log_prob = log_probability(net, mean, action)
    # Off the acting policy by up to 40 %, so that clipping binds for some rows.
    log_prob = log_prob + rng.uniform(-0.4, 0.4, N).astype(dtype)
    advantage, target = rng.standard_normal((2, N)).astype(dtype)
    return Transitions(obs, mean, action, log_prob, advantage, target)


def test_the_gradient_equals_autograds() -> None:
    net, settings = network(), Settings()
    data = batch(net)
    ours = shaped(np.zeros_like(net.flat), OBS, ACTION, HIDDEN)
    gradient(net, data, settings, ours)

    flat = torch.tensor(net.flat, requires_grad=True)
    parts, start = {}, 0
    for name in ("w1", "b1", "w2", "b2", "w3", "b3", "wv", "bv", "log_std"):
        shape = getattr(net, name).shape
        stop = start + int(np.prod(shape))
        parts[name] = flat[start:stop].reshape(shape)
        start = stop
    obs, action, old, advantage, target = (
        torch.tensor(getattr(data, name))
        for name in ("obs", "action", "log_prob", "advantage", "target")
    )
    hidden = torch.tanh(obs @ parts["w1"] + parts["b1"])
    hidden = torch.tanh(hidden @ parts["w2"] + parts["b2"])
    mean = hidden[0] @ parts["w3"] + parts["b3"]
    value = (hidden[1] @ parts["wv"] + parts["bv"])[:, 0]
    normal = torch.distributions.Normal(mean, parts["log_std"].exp())
    ratio = (normal.log_prob(action).sum(dim=1) - old).exp()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    clipped = torch.clamp(ratio, 0.8, 1.2)
    assert (ratio != clipped).any()
    policy_loss = -torch.min(advantage * ratio, advantage * clipped).mean()
    loss = policy_loss + 0.5 * torch.nn.functional.mse_loss(value, target)
    loss.backward()
    assert np.abs(ours.flat - flat.grad.numpy()).max() < 1e-6
    assert np.abs(ours.flat).max() > 1e-2


def test_every_parameter_belongs_to_the_flat_vector_once() -> None:
    flat = np.arange(size(OBS, ACTION, HIDDEN), dtype=float)
    net = shaped(flat, OBS, ACTION, HIDDEN)
    names = ("w1", "b1", "w2", "b2", "w3", "b3", "wv", "bv", "log_std")
    everything = np.concatenate([getattr(net, name).ravel() for name in names])
    assert np.array_equal(np.sort(everything), flat)


def test_a_log_probability_stays_in_single_precision() -> None:
    """Double would make the whole gradient after it double, at 1.4 times the cost."""
    net = network(np.float32)
    assert batch(net, np.float32).log_prob.dtype == np.float32


def test_initial_weights_are_orthogonal() -> None:
    net = initial(64, ACTION, Settings(), np.random.default_rng(0))
    product = net.w2[1].T @ net.w2[1]
    assert np.allclose(product, 2.0 * np.eye(64), atol=1e-5)
    assert np.allclose(net.w3.T @ net.w3, 1e-4 * np.eye(ACTION), atol=1e-7)


def test_one_update_equals_stable_baselines3s() -> None:
    """One minibatch through SB3's own PPO.train, from the same weights and data."""
    import gymnasium

    class Still(gymnasium.Env):
        observation_space = spaces.Box(-np.inf, np.inf, (OBS,), np.float32)
        action_space = spaces.Box(-9, 9, (ACTION,), np.float32)

        def reset(self, *, seed=None, options=None):
            return np.zeros(OBS, np.float32), {}

        def step(self, action):
            return np.zeros(OBS, np.float32), 0.0, False, False, {}

    torch.manual_seed(0)
    arch = {"net_arch": [*HIDDEN]}
    settings = {"n_steps": N, "batch_size": N, "n_epochs": 1, "device": "cpu"}
    theirs = PPO("MlpPolicy", Still(), policy_kwargs=arch, **settings)
    theirs._setup_learn(N)
    net = shaped(network(np.float32).flat, OBS, ACTION, HIDDEN)
    _copy_into_sb3(net, theirs.policy)
    data = batch(net, np.float32)
    buffer = theirs.rollout_buffer
    buffer.observations[:, 0] = data.obs
    buffer.actions[:, 0] = data.action
    buffer.log_probs[:, 0] = data.log_prob
    buffer.advantages[:, 0] = data.advantage
    buffer.returns[:, 0] = data.target
    buffer.full, buffer.generator_ready = True, False
    theirs.train()

    ours = shaped(net.flat.copy(), OBS, ACTION, HIDDEN)
    slope = shaped(np.zeros_like(net.flat), OBS, ACTION, HIDDEN)
    gradient(ours, data, Settings(), slope)
    rate, max_gradient = Settings().learning_rate, Settings().max_gradient
    Adam(len(ours.flat)).step(ours.flat, slope.flat, rate, max_gradient)
    after = shaped(np.zeros_like(net.flat), OBS, ACTION, HIDDEN)
    _copy_from_sb3(after, theirs.policy)
    assert np.abs(ours.flat - after.flat).max() < 1e-5
    assert np.abs(ours.flat - net.flat).max() > 1e-4


def _layers(policy) -> list[tuple[str, int | None, torch.nn.Linear]]:
    actor, critic = policy.mlp_extractor.policy_net, policy.mlp_extractor.value_net
    return [
        ("1", 0, actor[0]),
        ("2", 0, actor[2]),
        ("1", 1, critic[0]),
        ("2", 1, critic[2]),
        ("3", None, policy.action_net),
        ("v", None, policy.value_net),
    ]


def _copy_into_sb3(net: Network, policy) -> None:
    with torch.no_grad():
        for name, k, layer in _layers(policy):
            w, b = getattr(net, f"w{name}"), getattr(net, f"b{name}")
            w, b = (w, b) if k is None else (w[k], b[k, 0])
            layer.weight.copy_(torch.tensor(w.T.copy()))
            layer.bias.copy_(torch.tensor(b.copy()))
        policy.log_std.copy_(torch.tensor(net.log_std.copy()))


def _copy_from_sb3(net: Network, policy) -> None:
    for name, k, layer in _layers(policy):
        w, b = getattr(net, f"w{name}"), getattr(net, f"b{name}")
        w, b = (w, b) if k is None else (w[k], b[k, 0])
        w[:] = layer.weight.detach().numpy().T
        b[:] = layer.bias.detach().numpy()
    net.log_std[:] = policy.log_std.detach().numpy()


def test_the_actor_alone_gives_the_same_mean() -> None:
    net = network()
    data = batch(net)
    assert np.allclose(mean_action(net, data.obs), forward(net, data.obs)[0])


def test_the_divergence_of_two_policies_is_that_of_torch() -> None:
    """The acting policy had other weights and twice the deviation."""
    net, before = network(), network()
    before.flat[:] *= 1.1
    data = batch(before)
    log_std = net.log_std + np.log(2)
    acting = torch.distributions.Normal(
        torch.tensor(data.mean), torch.tensor(np.exp(log_std))
    )
    present = torch.distributions.Normal(
        torch.tensor(mean_action(net, data.obs)), torch.tensor(np.exp(net.log_std))
    )
    expected = torch.distributions.kl_divergence(acting, present).sum(dim=1).mean()
    assert divergence(net, log_std, data) == pytest.approx(float(expected))
