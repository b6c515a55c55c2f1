"""Stable-baselines3 behind the same seam: what it exports acts as it does."""

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import VecNormalize

from designer.rewards.sources import FunctionReward, open_baseline
from designer.training.curves import CurveLog
from designer.training.judge import judge_policy
from designer.training.learner import ROLLOUT_STEPS, Setup, Trainer
from designer.training.policy import Policy
from designer.training.sb3 import (
    SB3,
    SB3_ALGORITHMS,
    RewardedEnv,
    export,
    open_sb3,
    sb3_model,
)
from envs.env import Env
from envs.hidden import load_hidden
from envs.make import load_task, make_env
from envs.task import Task
from tests.designer.conftest import slow_but
from tests.designer.training.test_peak import setup

TASK = load_task("hopper-run")
HIDDEN = load_hidden(TASK)


def reward(env: Env) -> FunctionReward:
    return open_baseline("human", HIDDEN, env.public_widths)


def rewarded(task: Task) -> RewardedEnv:
    """Four environments that pay by the task's human reward."""
    env, hidden = make_env(task, 4), load_hidden(task)
    log = CurveLog(hidden, 100.0)
    log.watch(env)
    return RewardedEnv(env, open_baseline("human", hidden, env.public_widths), log, 0)


@pytest.mark.parametrize("algo", sorted(SB3_ALGORITHMS))
def test_an_exported_policy_acts_as_the_learner_s_own(algo: str, tmp_path) -> None:
    """On a robot whose actions go from -3 to 3."""
    inner = rewarded(load_task("inverted-pendulum-balance"))
    vec = VecNormalize(inner)
    model = sb3_model(algo, vec, 0, None)
    obs = vec.reset()
    for _ in range(50):
        obs = vec.step(np.stack([model.action_space.sample()] * 4))[0]
    export(model, vec, inner).save(tmp_path / "policy.npz")
    ours = Policy.load(tmp_path / "policy.npz")(vec.get_original_obs())
    theirs, _ = model.predict(obs, deterministic=True)
    assert np.abs(ours - 3.0 * theirs).max() < 1e-5


@pytest.mark.parametrize("algo", slow_but(["ppo"], sorted(SB3_ALGORITHMS)))
def test_every_algorithm_trains_on_the_designed_reward(algo: str) -> None:
    torch.manual_seed(0)
    steps = 3 * ROLLOUT_STEPS
    learner = open_sb3(
        [Setup(TASK, HIDDEN, reward, seed=0, steps=steps)], Trainer("sb3", algo)
    )
    learner.advance(steps, lambda *_: None)
    assert learner.steps == steps
    assert learner.can_pause == (algo == "ppo")
    assert learner.curves(0).terms == ("forward", "alive", "control")
    last = export(learner._model, learner._vec, learner._env)
    judgement, _ = judge_policy(TASK, HIDDEN, last, (1, 2))
    assert np.isfinite(judgement.fitness)
    assert learner.policy(0).w1.shape == last.w1.shape


@pytest.mark.parametrize("algo", sorted(SB3_ALGORITHMS))
def test_every_algorithm_explores(algo: str) -> None:
    """The same observation, two different actions."""
    vec = VecNormalize(rewarded(TASK))
    model = sb3_model(algo, vec, 0, None)
    obs = vec.reset()
    model._setup_learn(100)
    if algo == "ppo":
        acts = [model.policy(torch.as_tensor(obs))[0].detach() for _ in range(2)]
    else:
        model._last_obs, after = obs, model.learning_starts
        model.num_timesteps = after + 1
        acts = [model._sample_action(after, model.action_noise, 4)[0] for _ in range(2)]
    assert np.abs(np.asarray(acts[0]) - np.asarray(acts[1])).max() > 0.01


@pytest.mark.parametrize("rungs", [(3,), (1, 2, 3)])
def test_the_peak_of_the_reward_s_own_return_is_kept_here_too(
    rungs: tuple[int, ...],
) -> None:
    """The reward pays less with every call, so the first policy that is seen is it."""
    learner = SB3(setup(-1.0), "ppo")
    policies: list[Policy] = []

    def note(*_: float) -> None:
        policies.append(export(learner._model, learner._vec, learner._env))

    for rung in rungs:
        learner.advance(rung * ROLLOUT_STEPS, note)
    peak, last = learner.policy(0), export(learner._model, learner._vec, learner._env)
    assert len(policies) == 3
    assert np.array_equal(peak.w3, policies[0].w3)
    assert not np.array_equal(peak.w3, policies[1].w3)
    assert not np.array_equal(peak.w3, last.w3)
