"""Trainings on a Ray that starts here for the tests, and what dies in it."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from designer.errors import TrainingError
from designer.options import PoolConfig
from designer.run.candidates import Failed, SeedResult
from designer.training.job import BrokenJobError, Job
from designer.training.pool import Finished, Progress, run_jobs
from designer.training.pools import open_pool
from designer.training.results import load_result
from tests.designer.search.test_loop import still_running
from tests.designer.training.test_pool import job

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Ray itself
]
PLACES = 2


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[3])
    ray.init(
        address="local",
        num_cpus=PLACES,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=80_000_000,
    )
    yield
    ray.shutdown()


def done_in_ray(jobs: list[Job], folder: Path, wall_s: float = 60.0) -> None:
    """Run jobs on the cluster to their end."""
    waiting = list(jobs)
    with open_pool(PoolConfig(pool="ray"), 1, wall_s, ["ppo"], folder) as pool:
        ended = 0
        while ended < len(jobs):
            while waiting and pool.free:
                pool.submit(waiting.pop())
            ended += sum(isinstance(e, Finished) for e in pool.wait(1.0))


def test_a_job_has_the_same_result_in_ray_as_here(tmp_path: Path) -> None:
    (here,) = run_jobs([job(tmp_path / "here")], 1, 60.0)
    done_in_ray([job(tmp_path / "there")], tmp_path)
    there = load_result(tmp_path / "there")
    assert isinstance(here, SeedResult)
    assert isinstance(there, SeedResult)
    assert there.judgement == here.judgement
    for name in ("policy.npz", "checkpoint.npz"):
        files = [tmp_path / place / name for place in ("here", "there")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_the_pool_takes_as_many_jobs_as_the_cluster_has_cpus(tmp_path: Path) -> None:
    with open_pool(PoolConfig(pool="ray"), 9, 60.0, ["ppo"], tmp_path) as pool:
        assert pool.free == PLACES
        pool.submit(job(tmp_path / "one", 10**8))
        assert pool.free == PLACES - 1
    half = PoolConfig(pool="ray", ray_cpus=0.5)
    with open_pool(half, 9, 60.0, ["ppo"], tmp_path) as pool:
        assert pool.free == 2 * PLACES


def test_the_steps_of_a_training_in_ray_are_told_while_it_goes_on(
    tmp_path: Path,
) -> None:
    endless = job(tmp_path / "endless", 10**8)
    told: list[Progress] = []
    with open_pool(PoolConfig(pool="ray"), 1, 60.0, ["ppo"], tmp_path) as pool:
        pool.submit(endless)
        while len(told) < 2:
            told += [e for e in pool.wait(1.0) if isinstance(e, Progress)]
    assert [(progress.job, progress.k) for progress in told] == [(endless, 0)] * 2
    assert 0 < told[0].steps < told[1].steps
    assert told[1].own_return > 0  # The pole's own reward is positive.


def test_a_training_that_takes_too_long_is_stopped_in_ray(tmp_path: Path) -> None:
    done_in_ray([job(tmp_path / "slow", 10**8)], tmp_path, 1.0)
    assert load_result(tmp_path / "slow") == Failed(
        "wall", "training took longer than 1 s"
    )


def test_a_cancelled_job_leaves_no_process(tmp_path: Path) -> None:
    endless = job(tmp_path / "endless", 10**8, steps=2048)
    with open_pool(PoolConfig(pool="ray"), 1, 60.0, ["ppo"], tmp_path) as pool:
        pool.submit(endless)
        wait_until(lambda: (tmp_path / "endless" / "checkpoint.npz").exists())
        pool.cancel(endless)
        wait_until(lambda: not still_running(tmp_path))
    assert load_result(tmp_path / "endless") is None


def test_a_job_whose_ray_worker_is_killed_goes_on_from_its_last_rung(
    tmp_path: Path,
) -> None:
    one = job(tmp_path / "one", 16 * 2048, steps=16 * 2048)
    (here,) = run_jobs([replace_folder(one, tmp_path / "here")], 1, 60.0)
    with open_pool(PoolConfig(pool="ray"), 1, 60.0, ["ppo"], tmp_path) as pool:
        pool.submit(one)
        wait_until(lambda: (tmp_path / "one" / "checkpoint.npz").exists())
        os.kill(ray_worker(tmp_path), signal.SIGKILL)
        while not pool.wait(1.0):
            continue
    there = load_result(tmp_path / "one")
    assert isinstance(here, SeedResult)
    assert isinstance(there, SeedResult)
    assert there.judgement == here.judgement


def test_other_libraries_on_a_worker_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"mujoco": "0.9", "designer": "0"}
    monkeypatch.setattr("designer.training.ray_pool.library_versions", lambda: versions)
    with pytest.raises(TrainingError, match="here and 0 where the run was started"):
        done_in_ray([job(tmp_path / "one")], tmp_path)


def test_a_folder_that_a_worker_does_not_share_is_refused(tmp_path: Path) -> None:
    with open_pool(PoolConfig(pool="ray"), 1, 60.0, ["ppo"], tmp_path) as pool:
        (tmp_path / "ray.json").unlink()
        pool.submit(job(tmp_path / "one"))
        with pytest.raises(BrokenJobError, match="must share it under the same path"):
            pool.wait(30.0)


def replace_folder(one: Job, folder: Path) -> Job:
    return replace(one, trainings=(replace(one.trainings[0], folder=folder),))


def wait_until(is_true, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ray_worker(folder: Path) -> int:
    """The Ray worker that a job in this folder belongs to: its parent's parent."""
    (line, *_) = still_running(folder)
    return parent(parent(int(line.split()[0])))


def parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])
