"""The policy that is judged is the one at the peak of the reward's own return."""

import json
from pathlib import Path

import numpy as np
import pytest

from designer.training.job import Job, run_job
from designer.training.judge import judge
from designer.training.policy import Policy
from designer.training.ppo import train
from envs.env import Env
from envs.make import load_task
from envs.task import TASKS, Task

TASK = "inverted-pendulum-balance"
ROLLOUT = 16 * 128
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


def trained(slope: float, rollouts: int) -> tuple[Policy, Policy]:
    def opened(env: Env) -> Fading:
        return Fading(slope)

    peak, last, _ = train(load_task(TASK), opened, 0, rollouts * ROLLOUT)
    return peak, last


def same(one: Policy, other: Policy) -> bool:
    return np.array_equal(one.w3, other.w3) and np.array_equal(one.mean, other.mean)


def test_what_paid_best_at_first_is_kept_though_training_went_on() -> None:
    first, _ = trained(-1.0, 1)
    peak, last = trained(-1.0, 3)
    assert same(peak, first)
    assert not same(peak, last)


def test_while_the_return_rises_the_peak_is_the_latest_policy_that_was_seen() -> None:
    """The one that the last rollout was made with, not the one learnt from it."""
    _, before = trained(1.0, 2)
    peak, last = trained(1.0, 3)
    assert np.array_equal(peak.w3, before.w3)
    assert not np.array_equal(peak.w3, last.w3)


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
    seeds = (1, 2, 3)
    job = Job(tmp_path, str(task.folder), "ppo", "ppo", "human", 0, 4 * ROLLOUT, seeds)
    result = run_job(job, lambda steps, own_return: None)
    peak, last = (Policy.load(tmp_path / f"{k}.npz") for k in ("policy", "last"))
    assert np.abs(peak.w3).max() < 0.1 < np.abs(last.w3).max()
    by_peak, by_last = (judge(task, policy, seeds)[0] for policy in (peak, last))
    assert by_peak.fitness != by_last.fitness
    assert result.judgement == by_peak
    assert json.dumps(result.judgement.endings) == json.dumps(by_peak.endings)
