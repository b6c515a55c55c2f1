"""Populations on C MuJoCo: members are as they would be alone, and fail alone."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax", reason="populations need jax (extra mjx)")

import jax.numpy as jnp

from designer.rewards.sources import Baseline, Designed, Reward
from designer.run.candidates import Failed, SeedResult
from designer.training.curves import Curves
from designer.training.job import Job, Training, run_job
from designer.training.learner import Setup, Trainer
from designer.training.mjx import opening
from designer.training.mjx.host_sampler import HostSampler
from designer.training.mjx.pay import TracedReward
from designer.training.mjx.population import Population
from designer.training.mjx.sampling import PopulationShape
from designer.training.ppo import PPO
from envs.env import Env
from envs.hidden import load_hidden
from envs.make import load_task, make_env
from envs.task import TASKS, Task
from sandbox import available

TASK = "inverted-pendulum-balance"
TRAINER = Trainer("mjx", engine="c")
STEPS = 4096
needs_walls = pytest.mark.skipif(not available(), reason="no walls work here")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Programs are compiled once for all tests, and left nowhere else."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


def designed(folder: Path, body: str) -> Designed:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "reward.py"
    path.write_text(f"def reward(s, a, s_next):\n    return {{{body}}}\n")
    return Designed(path)


def job(trainings: list[Training], until: int = STEPS, steps: int = STEPS) -> Job:
    for training in trainings:
        training.folder.mkdir(parents=True, exist_ok=True)
    return Job(tuple(trainings), TASK, TRAINER, steps, until, judge_seeds=(1, 2))


def run(job: Job) -> list[SeedResult | Failed]:
    return run_job(job, lambda *_: None)


def files(folder: Path) -> dict[str, object]:
    """Everything that a training leaves, but for its wall time."""
    content: dict[str, object] = {"curves": (folder / "curves.csv").read_text()}
    for name in ("policy.npz", "episodes.npz", "checkpoint.npz"):
        with np.load(folder / name, allow_pickle=False) as arrays:
            content |= {f"{name}/{key}": arrays[key].tobytes() for key in arrays.files}
    return content


# Policies are judged in threads, and the first one here is judged to no end.
RAISES_ONCE = """
import threading
_fitness, _raised = fitness, []

def fitness(episode):
    if threading.current_thread() is not threading.main_thread() and not _raised:
        _raised.append(True)
        raise ValueError("no such episode was expected")
    return _fitness(episode)
"""


def test_a_metric_that_fails_for_one_policy_fails_no_other(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "task.yaml").write_text((TASKS / TASK / "task.yaml").read_text())
    hidden = (TASKS / TASK / "hidden.py").read_text()
    (mine / "hidden.py").write_text(hidden + RAISES_ONCE)
    trainings = [
        Training(tmp_path / f"s{seed}", Baseline("human"), seed) for seed in (1, 2)
    ]
    results = run(replace(job(trainings, until=2048), task=str(mine)))
    (failed,) = [result for result in results if isinstance(result, Failed)]
    assert (len(results), failed.kind) == (2, "environment")
    assert "no such episode" in failed.reason


def test_a_population_is_trained_and_judged(tmp_path: Path) -> None:
    human, sparse = Baseline("human"), Baseline("sparse")
    trainings = [
        Training(tmp_path / f"{reward.name}{seed}", reward, seed)
        for reward in (human, sparse)
        for seed in (1, 2)
    ]
    told: list[tuple[int, int]] = []
    results = run_job(job(trainings), lambda k, steps, _: told.append((k, steps)))
    assert [r.steps for r in results if isinstance(r, SeedResult)] == 4 * [STEPS]
    assert {k for k, _ in told} == {0, 1, 2, 3}
    assert max(steps for _, steps in told) == STEPS
    curves = Curves.load(trainings[0].folder / "curves.csv")
    assert curves.columns["steps"][-1] == STEPS
    assert np.isfinite(curves.columns["fitness"]).any()
    assert (trainings[0].folder / "result.json").exists()


@pytest.mark.slow
def test_a_population_learns(tmp_path: Path) -> None:
    training = Training(tmp_path / "s", Baseline("human"), 3)
    (result,) = run(job([training], until=20480, steps=20480))
    assert isinstance(result, SeedResult)
    lengths = Curves.load(training.folder / "curves.csv").columns["length"]
    lengths = lengths[~np.isnan(lengths)]
    assert lengths[-1] > 5 * lengths[0]


def test_a_paused_population_gives_bit_for_bit_what_an_undisturbed_one_gives(
    tmp_path: Path,
) -> None:
    def pair(name: str) -> list[Training]:
        return [
            Training(tmp_path / name / str(k), Baseline("human"), k) for k in (5, 6)
        ]

    run(job(pair("whole"), until=8192, steps=8192))
    run(job(pair("parts"), until=2048, steps=8192))
    run(job(pair("parts"), until=8192, steps=8192))
    for k in ("5", "6"):
        assert files(tmp_path / "parts" / k) == files(tmp_path / "whole" / k)


def test_members_that_were_paused_at_different_rungs_both_get_to_the_next(
    tmp_path: Path,
) -> None:
    early = Training(tmp_path / "early", Baseline("human"), 5)
    late = Training(tmp_path / "late", Baseline("human"), 6)
    run(job([early], until=2048, steps=8192))
    results = run(job([early, late], until=4096, steps=8192))
    assert [r.steps for r in results if isinstance(r, SeedResult)] == [4096, 4096]


def first_return(training: Training) -> float:
    return float(Curves.load(training.folder / "curves.csv").columns["return"][0])


@pytest.mark.slow
def test_rewards_with_equal_seeds_have_equal_starts_and_noise(tmp_path: Path) -> None:
    rewards = (Baseline("human"), Baseline("sparse"))
    trainings = [Training(tmp_path / r.name, r, 7) for r in rewards]
    run(job([*trainings, Training(tmp_path / "other", rewards[0], 8)], until=2048))
    lengths = [
        Curves.load(tmp_path / name / "curves.csv").columns["length"][0]
        for name in ("human", "sparse", "other")
    ]
    assert lengths[0] == lengths[1] != lengths[2]


def test_a_member_begins_as_it_would_alone(tmp_path: Path) -> None:
    alone = Training(tmp_path / "alone", Baseline("human"), 7)
    among = Training(tmp_path / "among", Baseline("human"), 7)
    run(job([alone], until=2048))
    run(job([Training(tmp_path / "other", Baseline("human"), 8), among], until=2048))
    assert first_return(alone) == pytest.approx(first_return(among), rel=1e-5)


def test_a_member_begins_with_the_network_of_ppo() -> None:
    setup = setup_of(seed=7)
    ours, theirs = opening.open_mjx([setup], TRAINER), PPO(setup)
    net = ours.arrays(0)["agent/net"]
    assert (net == theirs.arrays(0)["agent/net"]).all()


def test_ppo_goes_on_from_the_checkpoint_of_a_population() -> None:
    ours, theirs = opening.open_mjx([setup_of(7)], TRAINER), PPO(setup_of(7))
    ours.advance(2048, lambda *_: None)
    theirs.restore(0, ours.arrays(0))
    assert theirs.steps == 2048
    obs = np.ones((1, 4))
    assert np.allclose(theirs.policy(0)(obs), ours.policy(0)(obs), atol=1e-6)


def setup_of(seed: int) -> Setup:
    task = load_task(TASK)
    return Setup(task, load_hidden(task), _refuse, seed, STEPS, Baseline("human"))


def _refuse(env: Env) -> Reward:
    raise AssertionError("a population traces its rewards")


@needs_walls
def test_a_reward_that_is_no_graph_fails_alone(tmp_path: Path) -> None:
    loop = designed(tmp_path / "a", "'x': np.array([v for v in s.pole_angle])")
    trainings = [
        Training(tmp_path / "a", loop, 1),
        Training(tmp_path / "b", Baseline("human"), 1),
    ]
    failed, trained = run(job(trainings, until=2048))
    assert isinstance(failed, Failed)
    assert failed.kind == "untraceable"
    assert "line 2" in failed.reason
    assert isinstance(trained, SeedResult)


def test_a_reward_that_becomes_infinite_fails_alone() -> None:
    good = TracedReward(lambda s, a, s_next: jnp.ones((len(a), 1)), ("one",))
    bad = TracedReward(lambda s, a, s_next: 1 / jnp.zeros((len(a), 1)), ("far",))
    population = population_of([bad, good], capacity=2)
    population.advance(STEPS, lambda *_: None)
    failure = population.failure(0)
    assert failure is not None
    assert failure.kind == "finite"
    assert "term 'far' is nan or infinite in 2048 steps" in failure.reason
    assert population.failure(1) is None
    assert population.curves(1).columns["steps"][-1] == STEPS


def population_of(
    rewards: Sequence[TracedReward | Failed],
    capacity: int,
    opener: Callable[[PopulationShape], HostSampler] | None = None,
) -> Population:
    setups = [setup_of(seed) for seed in range(len(rewards))]
    task = setups[0].task
    env = make_env(task, 1)
    settings = opening.population_settings(task, env.dt, "c", None)
    opener = opener or partial(host_sampler_of, task)
    return Population(setups, env, settings, rewards, opener, capacity)


def host_sampler_of(task: Task, shape: PopulationShape) -> HostSampler:
    return HostSampler(make_env(task, shape.members * shape.envs), shape)


def test_all_rewards_may_fail() -> None:
    failed = Failed("untraceable", "no graph")
    population = population_of([failed, failed], 2, never)
    population.advance(2048, lambda *_: None)
    assert population.failure(0) == population.failure(1) == failed


def never(shape: PopulationShape) -> HostSampler:
    raise AssertionError("nobody is left to train")


def test_more_members_than_fit_train_one_after_another() -> None:
    task, shapes = load_task(TASK), list[int]()

    def opened(shape: PopulationShape) -> HostSampler:
        shapes.append(shape.members)
        return host_sampler_of(task, shape)

    reward = TracedReward(lambda s, a, s_next: jnp.ones((len(a), 1)), ("one",))
    split = population_of([reward] * 3, 2, opened)
    whole = population_of([reward] * 3, 3, opened)
    for population in (split, whole):
        population.advance(2048, lambda *_: None)
    assert shapes == [2, 1, 3]
    for k in range(3):
        ours, theirs = (p.curves(k).columns["return"] for p in (split, whole))
        assert np.allclose(ours, theirs, rtol=1e-5, equal_nan=True)
