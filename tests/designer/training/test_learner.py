"""Rungs, and that a training may pause at any of them without a trace."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from designer.errors import ConfigError
from designer.rewards.sources import Baseline, Designed
from designer.run.candidates import SeedResult, as_at
from designer.training.agent import PACE_CHANGE, Agent
from designer.training.checkpoint import load_checkpoint, save_checkpoint
from designer.training.curves import Curves
from designer.training.job import Job, Training, require_trainer, run_job
from designer.training.learner import Trainer, rungs, whole_rollouts
from designer.training.network import Transitions, log_probability, mean_action
from designer.training.pool import Finished, LocalPool, Progress
from designer.training.settings import Settings
from envs.make import load_task

TASK = "inverted-pendulum-balance"


def job(folder: Path, until: int, steps: int = 16384, trainer: str = "ppo") -> Job:
    folder.mkdir(exist_ok=True)
    training = Training(folder, Baseline("human"), seed=7)
    return Job((training,), TASK, Trainer(trainer), steps, until, judge_seeds=(1, 2))


def test_rungs_are_whole_rollouts_at_fractions_and_doublings() -> None:
    assert rungs(16384, 16384) == (2048, 4096, 8192, 16384)
    assert rungs(16384, 60000) == (2048, 4096, 8192, 16384, 32768, 61440)
    assert rungs(3000, 3000) == (2048, 4096)
    assert rungs(300_000, 300_000) == (38912, 75776, 151552, 301056)
    assert whole_rollouts(1) == 2048


def test_a_rung_does_not_depend_on_how_far_the_training_goes() -> None:
    assert rungs(16384, 32768)[:4] == rungs(16384, 16384)
    # Doubled twice at once, and twice one after the other.
    twice, once = rungs(300_000, 1_200_000), rungs(300_000, 600_000)
    assert twice[: len(once)] == once


def test_steps_must_be_positive() -> None:
    with pytest.raises(ValueError, match="must be > 0, got 0"):
        rungs(0, 1)


@pytest.mark.parametrize("trainer", ["sb3", "mjx"])
def test_a_critic_that_sees_all_is_refused_where_a_trainer_has_none(
    trainer: str,
) -> None:
    task = replace(load_task(TASK), critic_sees_all=True)
    require_trainer(Trainer("ppo"), task)
    with pytest.raises(ConfigError, match="take --trainer ppo"):
        require_trainer(Trainer(trainer), task)


def files(folder: Path) -> dict[str, object]:
    """Everything that a training leaves, but for its wall time."""
    found: dict[str, object] = {"curves": (folder / "curves.csv").read_text()}
    for name in ("policy.npz", "episodes.npz", "checkpoint.npz"):
        with np.load(folder / name, allow_pickle=False) as arrays:
            found |= {f"{name}/{key}": arrays[key].tobytes() for key in arrays.files}
    return found


@pytest.mark.parametrize(
    "trainer", ["ppo", pytest.param("sb3", marks=pytest.mark.slow)]
)
def test_a_paused_training_gives_bit_for_bit_what_an_undisturbed_one_gives(
    tmp_path: Path, trainer: str
) -> None:
    """Every pause goes through the files, as if in another process."""
    steps = 8192
    (whole,) = run_job(job(tmp_path / "whole", steps, steps, trainer), lambda *_: None)
    for until in (4096, steps):
        (last,) = run_job(
            job(tmp_path / "paused", until, steps, trainer), lambda *_: None
        )
    assert last.judgement == whole.judgement
    assert files(tmp_path / "paused") == files(tmp_path / "whole")


def test_a_training_can_go_on_above_its_own_steps(tmp_path: Path) -> None:
    (first,) = run_job(job(tmp_path / "a", 2048, 2048), lambda *_: None)
    (further,) = run_job(job(tmp_path / "a", 4096, 2048), lambda *_: None)
    assert (first.steps, further.steps) == (2048, 4096)
    steps = Curves.load(tmp_path / "a" / "curves.csv").columns["steps"]
    assert steps[-1] == 4096


def test_a_damaged_checkpoint_only_costs_time(tmp_path: Path) -> None:
    run_job(job(tmp_path / "whole", 4096), lambda *_: None)
    run_job(job(tmp_path / "torn", 2048), lambda *_: None)
    (tmp_path / "torn" / "checkpoint.npz").write_bytes(b"PK torn")
    run_job(job(tmp_path / "torn", 4096), lambda *_: None)
    assert files(tmp_path / "torn") == files(tmp_path / "whole")


def test_a_checkpoint_of_another_network_counts_as_missing(tmp_path: Path) -> None:
    run_job(job(tmp_path / "whole", 4096), lambda *_: None)
    run_job(job(tmp_path / "other", 2048), lambda *_: None)
    checkpoint = load_checkpoint(tmp_path / "other") or {}
    smaller = {**checkpoint, "agent/net": checkpoint["agent/net"][:-1]}
    save_checkpoint(tmp_path / "other", smaller)
    child = job(tmp_path / "child", 4096)
    (training,) = child.trainings
    warm = replace(training, start=tmp_path / "other")
    run_job(replace(child, trainings=(warm,)), lambda *_: None)
    run_job(job(tmp_path / "other", 4096), lambda *_: None)
    whole = files(tmp_path / "whole")
    assert files(tmp_path / "other") == files(tmp_path / "child") == whole


def test_curves_that_only_a_screen_reads_wait_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    counts = []
    for every_s in (1e9, 0.0):
        monkeypatch.setattr("designer.training.job.CURVES_EVERY_S", every_s)
        synced.clear()
        run_job(job(tmp_path / str(every_s), 4096), lambda *_: None)
        counts.append(len(synced))
    assert counts[0] == counts[1] > 0


def test_a_killed_training_goes_on_from_its_last_rung(tmp_path: Path) -> None:
    run_job(job(tmp_path / "whole", 16384), lambda *_: None)
    after: list[int] = []
    killed = done = False
    with LocalPool(1, 60.0, ["ppo"]) as pool:
        pool.submit(job(tmp_path / "killed", 16384))
        while not done:
            for event in pool.wait(1.0):
                done |= isinstance(event, Finished)
                if isinstance(event, Progress) and killed:
                    after.append(event.steps)
                elif isinstance(event, Progress) and event.steps > 8192:
                    killed = True
                    os.kill(pool.pids[0], signal.SIGKILL)
    assert killed
    assert min(after) > 8192
    assert files(tmp_path / "killed") == files(tmp_path / "whole")


def test_a_killed_reward_process_is_replaced_in_a_training(tmp_path: Path) -> None:
    reward = tmp_path / "reward.py"
    reward.write_text(
        "def reward(s, a, s_next):\n    return {'up': -np.abs(s_next.pole_angle)}\n"
    )
    designed = Training(tmp_path / "killed", Designed(reward), 7)
    designed.folder.mkdir()
    kill = Job((designed,), TASK, Trainer(), 8192, 8192, (1, 2))
    steps_told: list[int] = []

    def kill_once(k: int, steps: int, own_return: float) -> None:
        steps_told.append(steps)
        if len(steps_told) == 3:
            os.kill(max(children()), signal.SIGKILL)  # the latest

    (result,) = run_job(kill, kill_once)
    assert isinstance(result, SeedResult)
    assert steps_told == [2048, 4096, 6144, 8192]


def children() -> list[int]:
    """Process ids that this thread has started."""
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(number) for number in path.read_text().split()]


def test_a_warm_start_keeps_part_of_the_weights_and_explores_afresh() -> None:
    settings = Settings()
    parent, child, fresh = (Agent(3, 2, settings, seed) for seed in (0, 1, 1))
    parent.net.log_std[:] = -2.0
    parent.obs.update(np.arange(12.0).reshape(4, 3))
    child.begin_from(parent.arrays())
    assert np.allclose(child.net.w1, 0.6 * parent.net.w1 + 0.4 * fresh.net.w1)
    assert np.array_equal(child.net.log_std, fresh.net.log_std)
    assert np.array_equal(child.obs.mean, parent.obs.mean)
    assert np.array_equal(child.returns.mean, fresh.returns.mean)


def test_a_result_keeps_its_earlier_rungs_whatever_becomes_of_their_files(
    tmp_path: Path,
) -> None:
    (first,) = run_job(job(tmp_path / "t", 2048), lambda *_: None)
    assert isinstance(first, SeedResult)
    (tmp_path / "t" / "curves.csv").write_text("torn")
    (second,) = run_job(job(tmp_path / "t", 4096), lambda *_: None)
    assert isinstance(second, SeedResult)
    assert [rung.steps for rung in second.rungs] == [2048, 4096]
    assert as_at(second, 2048).judgement == first.judgement
    assert second.seconds > first.seconds


def test_a_training_may_begin_with_the_policy_of_another(tmp_path: Path) -> None:
    run_job(job(tmp_path / "parent", 2048), lambda *_: None)
    cold, warm = job(tmp_path / "cold", 2048), job(tmp_path / "warm", 2048)
    (training,) = warm.trainings
    start = replace(training, start=tmp_path / "parent")
    results = [
        run_job(j, lambda *_: None)[0]
        for j in (cold, replace(warm, trainings=(start,)))
    ]
    assert all(isinstance(result, SeedResult) for result in results)
    policies = [(j.folders[0] / "policy.npz").read_bytes() for j in (cold, warm)]
    assert policies[0] != policies[1]


def test_an_update_that_moves_the_policy_too_far_slows_the_next_ones() -> None:
    """At the first update the pace is 1; a divergence far above the limit cuts it."""
    rng = np.random.default_rng(0)
    obs = rng.standard_normal((256, 3)).astype(np.float32)
    for limit, pace in ((1e-6, 1 / PACE_CHANGE), (1e6, 1.0)):
        agent = Agent(3, 2, Settings(divergence=limit), 0)
        mean = mean_action(agent.net, obs)
        action = mean + rng.standard_normal(mean.shape).astype(np.float32)
        log_prob = log_probability(agent.net, mean, action)
        advantage, target = rng.standard_normal((2, 256)).astype(np.float32)
        batch = Transitions(obs, mean, action, log_prob, advantage, target)
        agent.update(batch, np.random.default_rng(0))
        assert agent.pace == pytest.approx(pace)


def test_every_episode_is_in_a_file_as_sb3s_monitor_writes_it(tmp_path: Path) -> None:
    """Two rungs of one training: its episodes are all there, in order of their ends."""
    for until in (2048, 4096):
        run_job(job(tmp_path / "t", until), lambda *_: None)
    head, names, *lines = (tmp_path / "t" / "monitor.csv").read_text().splitlines()
    assert (head[0], names) == ("#", "r,l,t")
    assert json.loads(head[1:])["env_id"] == "InvertedPendulum-v5"
    _, lengths, seconds = np.array([line.split(",") for line in lines], float).T
    assert (np.diff(seconds) >= 0).all()
    # All but the episodes that were cut off at the two rungs, of 16 environments each.
    assert 4096 - 32 * lengths.max() <= lengths.sum() <= 4096
