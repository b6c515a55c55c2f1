"""Many searches on one pool: when they are opened, and how they end."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from designer.errors import TrainingError
from designer.run.candidates import SeedResult
from designer.search.loop import Search
from designer.search.schedule import run_all
from designer.training.job import BrokenJobError, Job
from designer.training.pool import Finished
from tests.designer.search.test_broken_stages import (
    BROKEN,
    JUDGED,
    Written,
    leave,
    reward,
    search_of,
)


class Places:
    """A pool with so many places that ends its oldest job at each look.

    broken: words of the folders whose trainings fail in their environment. stopped: of
    those in which our own machinery breaks.
    """

    def __init__(
        self, places: int, broken: str = "nothing", stopped: str = "nothing"
    ) -> None:
        self.places, self.broken, self.stopped = places, broken, stopped
        self.jobs: list[Job] = []
        self.cancelled: list[Job] = []
        self.idle_looks = 0

    @property
    def free(self) -> int:
        return self.places - len(self.jobs)

    def submit(self, job: Job) -> None:
        assert self.free
        self.jobs.append(job)

    def cancel(self, job: Job) -> None:
        if job in self.jobs:
            self.jobs.remove(job)
            self.cancelled.append(job)

    def wait(self, seconds: float) -> list[Finished]:
        self.idle_looks += not self.jobs
        if not self.jobs:
            return []
        job = self.jobs.pop(0)
        (folder,) = job.folders
        if self.stopped in str(folder):
            raise BrokenJobError("no memory", job)
        leave(folder, BROKEN if self.broken in str(folder) else JUDGED)
        return [Finished(job)]


def search(folder: Path, seeds: int = 1) -> Search:
    return Search(search_of(folder, Written(reward("a")), 1, seeds))


Ends = Mapping[str, str]


def run_many(folder: Path, count: int, pool: Places, at_once: int) -> tuple[Ends, int]:
    """How each search ended, and how many were open at most."""
    is_open: set[str] = set()
    most, ends = 0, dict[str, str]()

    def searches() -> Iterator[Search]:
        nonlocal most
        for k in range(count):
            is_open.add(f"r{k}")
            most = max(most, len(is_open))
            yield search(folder / f"r{k}")

    def ended(over: Search, error: Exception | None) -> None:
        name = over.run.store.path.name
        is_open.remove(name)
        ends[name] = "finished" if error is None else type(error).__name__

    run_all(searches(), pool, ended, at_once)
    return ends, most


def test_all_searches_are_done_however_many_are_open(tmp_path: Path) -> None:
    ends, most = run_many(tmp_path, 5, Places(2), at_once=3)
    assert ends == {f"r{k}": "finished" for k in range(5)}
    assert most <= 3


def test_no_search_is_opened_that_the_pool_has_no_place_for(tmp_path: Path) -> None:
    _, most = run_many(tmp_path, 4, Places(1), at_once=100)
    # The first search's baselines fill the one place until its author has written.
    assert most <= 2


def test_what_breaks_one_search_ends_that_one_alone(tmp_path: Path) -> None:
    pool = Places(4, broken="r1/")
    ends, _ = run_many(tmp_path, 3, pool, at_once=3)
    assert ends == {"r0": "finished", "r1": "TrainingError", "r2": "finished"}


def test_a_job_that_breaks_ends_its_own_search_alone(tmp_path: Path) -> None:
    pool = Places(4, stopped="r1/g00")
    ends, _ = run_many(tmp_path, 3, pool, at_once=3)
    assert ends == {"r0": "finished", "r1": "BrokenJobError", "r2": "finished"}


def test_the_jobs_of_a_broken_search_are_cancelled(tmp_path: Path) -> None:
    pool = Places(9, stopped="g00/c00/s0")
    with pytest.raises(TrainingError, match="no memory"):
        run_all([search(tmp_path / "r0", seeds=2)], pool)
    (folder,) = [folder for job in pool.cancelled for folder in job.folders]
    assert folder == tmp_path / "r0" / "g00" / "c00" / "s1"
    assert not pool.jobs


def test_what_breaks_a_job_of_no_search_ends_all(tmp_path: Path) -> None:
    class Broken(Places):
        def wait(self, seconds: float) -> list[Finished]:
            raise BrokenJobError("whose?", replace(self.jobs[0], until=1))

    with pytest.raises(BrokenJobError, match="whose"):
        run_many(tmp_path, 2, Broken(4), at_once=2)


def test_results_of_other_searches_are_not_mixed_up(tmp_path: Path) -> None:
    run_many(tmp_path, 3, Places(3), at_once=3)
    for k in range(3):
        again = search(tmp_path / f"r{k}")
        results = again.snapshot.results
        assert len(results) == 4
        assert all(isinstance(result, SeedResult) for result in results.values())
