"""A policy as stable-baselines3 saves one: a zip of the model, and VecNormalize's file.

With training/sb3.py this is the home of torch and stable-baselines3.
"""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO, TD3
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from designer.rewards.sources import Array
from designer.training.policy import Policy

EPSILON = 1e-8  # VecNormalize adds it to the variance
MANY_SAMPLES = 1e6  # so that further training changes the normalisation slowly


class Spaces(gymnasium.Env[Array, Array]):
    """An environment of the right spaces, which is never stepped."""

    def __init__(self, policy: Policy) -> None:
        self.observation_space = spaces.Box(
            -np.inf, np.inf, policy.mean.shape, np.float64
        )
        low, high = (x.astype(np.float32) for x in (policy.low, policy.high))
        self.action_space = spaces.Box(low, high, dtype=np.float32)


def write_sb3(policy: Policy, model_path: Path, normalize_path: Path) -> str:
    """Write both files; gives the algorithm whose `load` reads the model, PPO or TD3.

    Deterministic actions are the policy's. Exploration noise and critic are fresh.
    """
    vec = VecNormalize(
        DummyVecEnv([lambda: Spaces(policy)]),
        training=False,
        norm_reward=False,
        clip_obs=float(policy.clip),
        epsilon=EPSILON,
    )
    moments: Any = vec.obs_rms
    moments.mean = policy.mean.astype(float)
    moments.var = np.maximum(1.0 / policy.scale.astype(float) ** 2 - EPSILON, 0.0)
    moments.count = MANY_SAMPLES
    sizes = [policy.w1.shape[1], policy.w2.shape[1]]
    model: PPO | TD3
    if policy.squash:
        model = TD3("MlpPolicy", vec, policy_kwargs={"net_arch": sizes}, buffer_size=1)
        actor: Any = model.policy.actor
        _set_layers(policy, actor.mu[0], actor.mu[2], actor.mu[4])
        model.policy.actor_target.load_state_dict(actor.state_dict())
    else:
        activation = torch.nn.ReLU if policy.relu else torch.nn.Tanh
        settings = {"net_arch": sizes, "activation_fn": activation}
        model = PPO("MlpPolicy", vec, policy_kwargs=settings, device="cpu")
        net: Any = model.policy.mlp_extractor.policy_net
        _set_layers(policy, net[0], net[2], model.policy.action_net)
    model.save(model_path)
    vec.save(str(normalize_path))
    return type(model).__name__


def _set_layers(policy: Policy, *layers: Any) -> None:
    weights = (policy.w1, policy.w2, policy.w3), (policy.b1, policy.b2, policy.b3)
    with torch.no_grad():
        for layer, w, b in zip(layers, *weights, strict=True):
            layer.weight.copy_(torch.tensor(w.T))
            layer.bias.copy_(torch.tensor(b))
