"""Stable-baselines3 behind the same seam: what it exports acts as it does."""

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import VecNormalize

from designer.rewards.sources import FunctionReward
from designer.training.curves import Log
from designer.training.judge import judge
from designer.training.policy import Policy
from designer.training.sb3 import ALGOS, RewardedEnv, export, learner, train
from envs.env import Env
from envs.make import load_task, make_env
from tests.designer.training.test_peak import ROLLOUT, Fading

TASK = load_task("hopper-run")


def reward(env: Env) -> FunctionReward:
    return FunctionReward(TASK.hidden.human_reward, env.public_widths)


@pytest.mark.parametrize("algo", sorted(ALGOS))
def test_an_exported_policy_acts_as_the_learner_s_own(algo: str, tmp_path) -> None:
    """On a robot whose actions go from -3 to 3."""
    task = load_task("inverted-pendulum-balance")
    env = make_env(task, 4)
    opened = FunctionReward(task.hidden.human_reward, env.public_widths)
    inner = RewardedEnv(env, opened, Log(task, env), 0)
    vec = VecNormalize(inner)
    model = learner(algo, vec, 0)
    obs = vec.reset()
    for _ in range(50):
        obs = vec.step(np.stack([model.action_space.sample()] * 4))[0]
    export(model, vec, inner).save(tmp_path / "policy.npz")
    ours = Policy.load(tmp_path / "policy.npz")(vec.get_original_obs())
    theirs, _ = model.predict(obs, deterministic=True)
    assert np.abs(ours - 3.0 * theirs).max() < 1e-5


@pytest.mark.parametrize("algo", sorted(ALGOS))
def test_every_algorithm_trains_on_the_designed_reward(algo: str) -> None:
    torch.manual_seed(0)
    peak, last, log = train(TASK, reward, 0, 4096 + 2048, algo=algo)
    assert log.steps >= 6144
    assert log.curves().terms == ("forward", "alive", "control")
    judgement, _ = judge(TASK, last, (1, 2))
    assert np.isfinite(judgement.fitness)
    assert peak.w1.shape == last.w1.shape


@pytest.mark.parametrize("algo", sorted(ALGOS))
def test_every_algorithm_explores(algo: str) -> None:
    """The same observation, two different actions."""
    env = make_env(TASK, 4)
    vec = VecNormalize(RewardedEnv(env, reward(env), Log(TASK, env), 0))
    model = learner(algo, vec, 0)
    obs = vec.reset()
    model._setup_learn(100)
    if algo == "ppo":
        acts = [model.policy(torch.as_tensor(obs))[0].detach() for _ in range(2)]
    else:
        model._last_obs, after = obs, model.learning_starts
        model.num_timesteps = after + 1
        acts = [model._sample_action(after, model.action_noise, 4)[0] for _ in range(2)]
    assert np.abs(np.asarray(acts[0]) - np.asarray(acts[1])).max() > 0.01


def test_the_peak_of_the_reward_s_own_return_is_kept_here_too() -> None:
    """The reward pays less with every call, so the first policy that is seen is it."""

    def trained(rollouts: int) -> tuple[Policy, Policy]:
        task = load_task("inverted-pendulum-balance")
        return train(task, lambda env: Fading(-1.0), 0, rollouts * ROLLOUT)[:2]

    (first, _), (peak, last) = trained(1), trained(3)
    assert np.array_equal(peak.w3, first.w3)
    assert not np.array_equal(peak.w3, last.w3)
