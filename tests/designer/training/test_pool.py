"""Jobs that go wrong: each is one failed result, and nothing else suffers."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest

from designer.errors import TrainingError
from designer.rewards.sources import Baseline, Designed
from designer.run.candidates import Failed, SeedResult
from designer.training.job import BrokenJobError, Job, Training
from designer.training.learner import Trainer
from designer.training.pool import (
    MAX_KILLS,
    Finished,
    LocalPool,
    Progress,
    run_jobs,
    visible_device,
)
from designer.training.results import is_done, load_result
from envs.task import TASKS
from tests.designer.search.test_loop import still_running

TASK = "inverted-pendulum-balance"


def job(folder: Path, until: int = 2048, task: str = TASK, steps: int = 0) -> Job:
    """steps: that the rungs are fractions of; if not given, as many as `until`."""
    training = Training(folder, Baseline("human"), seed=0)
    return Job((training,), task, Trainer(), steps or until, until, (1, 2))


def events_of(pool: LocalPool, jobs: int) -> list[Progress | Finished]:
    """All that is told until so many jobs have ended."""
    events: list[Progress | Finished] = []
    while sum(isinstance(event, Finished) for event in events) < jobs:
        events += pool.wait(1.0)
    return events


@contextmanager
def killing(folder: Path, number: int, times: int) -> Iterator[set[int]]:
    """Signals so many processes that work in folder, each once; gives their ids."""
    pids: set[int] = set()
    over = threading.Event()

    def work() -> None:
        while len(pids) < times and not over.wait(0.02):
            for pid in {int(line.split()[0]) for line in still_running(folder)} - pids:
                os.kill(pid, number)
                pids.add(pid)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield pids
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_training_that_is_killed_or_crashes_each_time_is_one_failed_result(
    tmp_path: Path, number: int
) -> None:
    doomed, other = job(tmp_path / "doomed", 10**7), job(tmp_path / "other")
    with killing(tmp_path / "doomed", number, MAX_KILLS + 1) as pids:
        results = run_jobs([doomed, other], 2, 60.0)
    assert len(pids) == MAX_KILLS + 1
    name = signal.Signals(number).name
    assert results[0] == Failed("crash", f"training process died ({name})")
    assert isinstance(results[1], SeedResult)


def test_a_training_that_is_killed_before_its_first_rung_starts_afresh(
    tmp_path: Path,
) -> None:
    jobs = [job(tmp_path / "killed"), job(tmp_path / "other")]
    with killing(tmp_path / "killed", signal.SIGKILL, MAX_KILLS) as pids:
        killed, other = run_jobs(jobs, 2, 60.0)
    assert len(pids) == MAX_KILLS
    assert isinstance(killed, SeedResult)
    assert isinstance(other, SeedResult)
    assert killed.judgement == other.judgement


def test_trainings_go_on_from_their_last_rungs_when_the_fork_server_dies(
    tmp_path: Path,
) -> None:
    once = job(tmp_path / "once", 8192)
    with LocalPool(1, 60.0, ["ppo"]) as pool:
        pool.submit(once)
        assert pool.wait(30.0)
        stat = Path(f"/proc/{pool.pids[0]}/stat").read_text()
        os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)
        events_of(pool, 1)
    assert isinstance(load_result(tmp_path / "once"), SeedResult)


def test_an_error_names_its_job_and_leaves_the_ends_of_others(tmp_path: Path) -> None:
    broken, other = job(tmp_path / "broken"), job(tmp_path / "other")
    lost = Training(tmp_path / "broken", Designed(tmp_path / "no.py"), 0)
    broken = replace(broken, trainings=(lost,))
    with LocalPool(2, 60.0, ["ppo"]) as pool:
        pool.submit(other)
        pool.submit(broken)
        while active_children():
            time.sleep(0.05)
        # One look finds both ends.
        with pytest.raises(BrokenJobError) as caught:
            pool.wait(1.0)
        assert caught.value.job == broken
        assert Finished(other) in pool.wait(1.0)


def test_a_file_that_is_missing_is_no_full_disk(tmp_path: Path) -> None:
    lost = Training(tmp_path / "lost", Designed(tmp_path / "no.py"), 0)
    with pytest.raises(
        TrainingError, match=r"no\.py.*\(see .*/lost/log\.txt\)"
    ) as caught:
        run_jobs([replace(job(tmp_path / "lost"), trainings=(lost,))], 1, 60.0)
    assert "disk" not in str(caught.value)


def test_a_training_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    began = time.monotonic()
    (result,) = run_jobs([job(tmp_path / "slow", 10**8)], 1, 1.0)
    assert result == Failed("wall", "training took longer than 1 s")
    assert time.monotonic() - began < 15
    assert not still_running(tmp_path)


def test_a_job_that_is_done_does_not_train_again(tmp_path: Path) -> None:
    once = job(tmp_path / "once")
    (first,) = run_jobs([once], 1, 60.0)
    policy = (tmp_path / "once" / "policy.npz").read_bytes()
    assert isinstance(first, SeedResult)
    assert is_done(load_result(tmp_path / "once"), once.until)
    with LocalPool(1, 60.0, ["ppo"]) as pool:
        pool.submit(once)
        events = events_of(pool, 1)
    again = load_result(tmp_path / "once")
    assert isinstance(again, SeedResult)
    assert events == [Finished(once)]
    assert (again.judgement, again.steps) == (first.judgement, first.steps)
    assert (tmp_path / "once" / "policy.npz").read_bytes() == policy


def test_progress_is_told_and_results_keep_the_order_of_jobs(tmp_path: Path) -> None:
    long, short = job(tmp_path / "long", 8192), job(tmp_path / "short", 2048)
    with LocalPool(2, 60.0, ["ppo"]) as pool:
        pool.submit(long)
        pool.submit(short)
        assert pool.free == 0
        events = events_of(pool, 2)
        assert pool.free == 2
    steps_told = {
        one: [e.steps for e in events if isinstance(e, Progress) and e.job == one]
        for one in (long, short)
    }
    assert steps_told == {long: [2048, 4096, 6144, 8192], short: [2048]}
    results = run_jobs([long, short], 2, 60.0)
    assert [result.steps for result in results] == [8192, 2048]


def test_a_cancelled_job_ends_and_keeps_its_checkpoint(tmp_path: Path) -> None:
    endless = job(tmp_path / "endless", 10**8, steps=2048)  # rungs: 2048, 4096, ...
    with LocalPool(1, 60.0, ["ppo"]) as pool:
        pool.submit(endless)
        steps = 0
        while steps <= 2048:
            steps = max([steps, *(e.steps for e in pool.wait(1.0))])
        pool.cancel(endless)
        assert pool.free == 1
        assert pool.wait(0.0) == []
        assert not still_running(tmp_path)
    assert (tmp_path / "endless" / "checkpoint.npz").exists()
    assert load_result(tmp_path / "endless") is None


def test_leaving_the_pool_ends_what_runs_in_it(tmp_path: Path) -> None:
    with LocalPool(1, 60.0, ["ppo"]) as pool:
        pool.submit(job(tmp_path / "endless", 10**8))
        assert pool.wait(30.0)
        assert still_running(tmp_path)
    assert not still_running(tmp_path)


def test_a_fault_of_the_task_s_own_code_is_a_failure_of_the_environment(
    tmp_path: Path,
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "task.yaml").write_text((TASKS / TASK / "task.yaml").read_text())
    hidden = (TASKS / TASK / "hidden.py").read_text()
    (mine / "hidden.py").write_text(hidden.replace("episode.steps", "episode.stepz"))
    (result,) = run_jobs([job(tmp_path / "job", task=str(mine))], 1, 60.0)
    assert isinstance(result, Failed)
    assert result.kind == "environment"
    assert "an episode has no field 'stepz'" in result.reason
    line = hidden[: hidden.index("episode.steps")].count("\n") + 1
    assert result.reason.endswith(f"({mine / 'hidden.py'}:{line})")


def test_devices_are_counted_among_those_that_the_user_left_visible() -> None:
    assert [visible_device(k, "") for k in (0, 1)] == ["0", "1"]
    assert [visible_device(k, "4,7") for k in (0, 1)] == ["4", "7"]
    with pytest.raises(TrainingError, match="has 2 devices; choose a smaller"):
        visible_device(2, "4,7")
