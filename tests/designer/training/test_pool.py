"""Jobs that go wrong: each is one failed result, and nothing else suffers."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from designer.run.candidates import Failed, SeedResult
from designer.training.job import Job
from designer.training.pool import run_jobs
from tests.designer.search.test_loop import still_running

TASK = "inverted-pendulum-balance"


def job(
    folder: Path, steps: int = 2048, reward: str = "human", task: str = TASK
) -> Job:
    return Job(folder, task, "ppo", "ppo", reward, 0, steps, (1, 2))


def kill_when_started(folder: Path, number: int) -> threading.Thread:
    """Send a signal to the process that works in folder, once there is one."""

    def work() -> None:
        deadline = time.monotonic() + 20
        while not (found := still_running(folder)) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(int(found[0].split()[0]), number)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_or_crashed_training_is_one_failed_result(
    tmp_path: Path, number: int
) -> None:
    doomed, other = job(tmp_path / "doomed", 10**7), job(tmp_path / "other")
    thread = kill_when_started(doomed.folder, number)
    results = run_jobs([doomed, other], 2, 60.0)
    thread.join()
    name = signal.Signals(number).name
    assert results[0] == Failed("crash", f"training process died ({name})")
    assert isinstance(results[1], SeedResult)


def test_a_training_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    began = time.monotonic()
    (result,) = run_jobs([job(tmp_path / "slow", 10**8)], 1, 1.0)
    assert result == Failed("wall", "training took longer than 1 s")
    assert time.monotonic() - began < 15
    assert not still_running(tmp_path)


def test_a_job_with_a_result_is_not_run_again(tmp_path: Path) -> None:
    (first,) = run_jobs([job(tmp_path / "once")], 1, 60.0)
    written = (tmp_path / "once" / "policy.npz").stat().st_mtime_ns
    finished: list[Job] = []
    (again,) = run_jobs(
        [job(tmp_path / "once")], 1, 60.0, finished=lambda job, _: finished.append(job)
    )
    assert again == first
    assert not finished
    assert (tmp_path / "once" / "policy.npz").stat().st_mtime_ns == written


def test_progress_is_told_and_results_keep_the_order_of_jobs(tmp_path: Path) -> None:
    jobs = [job(tmp_path / "long", 8192), job(tmp_path / "short", 2048)]
    told: list[tuple[str, int]] = []
    results = run_jobs(
        jobs, 2, 60.0, tell=lambda job, steps, _: told.append((job.folder.name, steps))
    )
    assert [result.steps for result in results] == [8192, 2048]
    assert [steps for name, steps in told if name == "long"] == [2048, 4096, 6144, 8192]


def test_a_fault_of_the_task_s_own_code_is_a_failure_of_the_environment(
    tmp_path: Path,
) -> None:
    from envs.task import TASKS

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
