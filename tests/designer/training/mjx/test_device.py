"""A population on MJX: slow on a processor, and the same program on a GPU."""

from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="populations need jax (extra mjx)")
pytest.importorskip("mujoco.mjx", reason="populations need MJX (extra mjx)")

from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.training.curves import Curves
from designer.training.job import Job, Training, run_job
from designer.training.learner import Trainer
from designer.training.policy import Policy
from tests.designer.training.mjx.test_population import cache as cache

TASK, STEPS = "inverted-pendulum-balance", 24576


def trained(folder: Path) -> tuple[SeedResult, Curves]:
    """A population of two on MJX, judged by MuJoCo in C."""
    trainings = tuple(
        Training(folder / str(seed), Baseline("human"), seed) for seed in (1, 2)
    )
    for training in trainings:
        training.folder.mkdir()
    trainer = Trainer("mjx", engine="jax", envs=16)
    job = Job(trainings, TASK, trainer, STEPS, STEPS, judge_seeds=(1, 2, 3, 4))
    results = run_job(job, lambda *_: None)
    assert all(isinstance(result, SeedResult) for result in results)
    assert Policy.load(trainings[1].folder / "policy.npz").low == -3.0
    result = results[0]
    assert isinstance(result, SeedResult)
    return result, Curves.load(trainings[0].folder / "curves.csv")


@pytest.mark.slow
def test_a_policy_that_learnt_on_mjx_balances_in_mujoco(tmp_path: Path) -> None:
    result, curves = trained(tmp_path)
    returns = curves.columns["return"]
    returns = returns[~np.isnan(returns)]
    assert returns[-1] > 5 * returns[0]
    assert result.judgement.length > 100  # at random a pole falls within 15 steps


@pytest.mark.gpu
def test_a_population_trains_on_a_gpu(tmp_path: Path) -> None:
    if jax.default_backend() != "gpu":
        pytest.skip("JAX finds no GPU here")
    result, _ = trained(tmp_path)
    assert result.steps == STEPS
    assert result.judgement.length > 100
