"""Rewards as language models write them pass the static check and the probe."""

import runpy
from functools import lru_cache
from pathlib import Path

import pytest

from designer.rewards.accept import Accepted, accept_source
from designer.rewards.bank import Bank, random_bank
from envs.make import load_task

FILES = sorted(Path(__file__).with_name("corpus").glob("*.py"))
REWARDS = {
    key: source
    for path in FILES
    for key, source in runpy.run_path(str(path))["REWARDS"].items()
}


@lru_cache
def bank(task: str) -> Bank:
    return random_bank(load_task(task), 0)


@pytest.mark.parametrize(("task", "style"), REWARDS)
def test_a_realistic_reward_is_not_refused(task: str, style: str) -> None:
    answer = accept_source(REWARDS[task, style], bank(task))
    assert isinstance(answer, Accepted), answer.problems


def test_the_corpus_is_large_and_varied() -> None:
    assert len(REWARDS) >= 64
    assert len({task for task, _ in REWARDS}) >= 15
