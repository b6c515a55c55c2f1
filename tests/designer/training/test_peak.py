"""The policy that is judged is the one at the peak of the reward's own return."""

import json
from pathlib import Path

import numpy as np
import pytest

from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.training.checkpoint import load_checkpoint
from designer.training.job import Job, Training, run_job
from designer.training.judge import judge_policy
from designer.training.learner import ROLLOUT_STEPS, Setup, Trainer
from designer.training.policy import Policy
from designer.training.ppo import PPO
from envs.env import Env
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import TASKS, Task

TASK = "inverted-pendulum-balance"
# The judge's own code, so it may count: every call pays less than the one before.
PAYS_LESS = """

calls = 0

def human_reward(s, a, s_next):
    global calls
    calls += 1
    return {"less": s_next.pole_angle * 0 - calls}
"""


class Fading:
    """A reward that is best at first; the policy has no part in it."""

    terms = ("only",)

    def __init__(self, slope: float) -> None:
        self._pay, self._slope = 0.0, slope

    def __call__(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> np.ndarray:
        self._pay += self._slope
        return np.full((len(s), 1), self._pay)

    def close(self) -> None:
        """Nothing to close."""


def setup(slope: float) -> Setup:
    """A training whose reward goes on rising or falling from rung to rung."""
    task, reward = load_task(TASK), Fading(slope)

    def opened(env: Env) -> Fading:
        return reward

    return Setup(task, load_hidden(task), opened, seed=0, steps=3 * ROLLOUT_STEPS)


def present(learner: PPO) -> Policy:
    """The policy that is being trained, at the peak or not."""
    return learner._agent.export(learner._low, learner._high)


def trained(slope: float, rungs: tuple[int, ...]) -> tuple[list[Policy], PPO]:
    """The policies that each rollout was made with, and the learner after the last.

    rungs: in rollouts.
    """
    learner = PPO(setup(slope))
    policies: list[Policy] = []
    for rung in rungs:
        learner.advance(
            rung * ROLLOUT_STEPS, lambda *_: policies.append(present(learner))
        )
    return policies, learner


def same(one: Policy, other: Policy) -> bool:
    return np.array_equal(one.w3, other.w3) and np.array_equal(one.mean, other.mean)


@pytest.mark.parametrize("rungs", [(3,), (1, 2, 3)])
def test_what_paid_best_at_first_is_kept_though_training_went_on(
    rungs: tuple[int, ...],
) -> None:
    policies, learner = trained(-1.0, rungs)
    assert len(policies) == 3
    assert same(learner.policy(0), policies[0])
    assert not same(learner.policy(0), present(learner))


@pytest.mark.parametrize("rungs", [(3,), (1, 2, 3)])
def test_while_the_return_rises_the_peak_is_the_latest_policy_that_was_seen(
    rungs: tuple[int, ...],
) -> None:
    """The one that the last rollout was made with, not the one learnt from it."""
    policies, learner = trained(1.0, rungs)
    assert same(learner.policy(0), policies[-1])
    assert not np.array_equal(learner.policy(0).w3, policies[-2].w3)
    assert not np.array_equal(learner.policy(0).w3, present(learner).w3)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    source = TASKS / TASK
    (tmp_path / "task").mkdir()
    for name in ("task.yaml", "hidden.py"):
        (tmp_path / "task" / name).write_text((source / name).read_text())
    with (tmp_path / "task" / "hidden.py").open("a") as hidden:
        hidden.write(PAYS_LESS)
    return load_task(str(tmp_path / "task"))


def test_the_judge_sees_the_peak(task: Task, tmp_path: Path) -> None:
    seeds, steps = (1, 2, 3), 4 * ROLLOUT_STEPS
    training = Training(tmp_path, Baseline("human"), seed=0)
    job = Job((training,), str(task.folder), Trainer(), steps, steps, seeds)
    (result,) = run_job(job, lambda *_: None)
    assert isinstance(result, SeedResult)
    peak = Policy.load(tmp_path / "policy.npz")
    learner, checkpoint = PPO(setup(0.0)), load_checkpoint(tmp_path)
    assert checkpoint is not None
    learner.restore(0, checkpoint)
    last = present(learner)
    assert np.abs(peak.w3).max() < 0.1 < np.abs(last.w3).max()
    hidden = load_hidden(task)
    by_peak, by_last = (judge_policy(task, hidden, p, seeds)[0] for p in (peak, last))
    assert by_peak.fitness != by_last.fitness
    assert result.judgement == by_peak
    assert json.dumps(result.judgement.endings) == json.dumps(by_peak.endings)
