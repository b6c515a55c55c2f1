"""Searches whose trainings only sleep: the main loop's cost, and what it keeps busy.

python sleeping.py loop WORKERS SEARCHES SECONDS   many searches; a job's mean seconds
python sleeping.py load CANDIDATES                 one search, jobs of no time
Prints one JSON object.
"""

import heapq
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from designer.authors.author import KeepProposal, Proposal
from designer.authors.brief import Brief
from designer.config import RunConfig
from designer.rewards.bank import random_bank
from designer.run.candidates import Judgement, SeedResult
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, write_manifest
from designer.search.loop import Search
from designer.search.schedule import run_all
from designer.search.session import Run
from designer.terminal.screen import Screen
from designer.training.job import Job, save_result
from designer.training.learner import whole_rollouts
from designer.training.pool import Finished
from envs.episodes import play, save_episodes
from envs.hidden import load_hidden
from envs.make import load_task
from sandbox import NO_WALLS

TASK = load_task("inverted-pendulum-balance")
STEPS = 2048
POLICY_BYTES = 60_000


class SleepingPool:
    """A pool of workers that sleep; writing_s: what their results took to write."""

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers, self._seconds = workers, seconds
        self._jobs: list[tuple[float, int, Job]] = []
        self.submitted, self.writing_s = 0, 0.0
        self._full_at = self._tail_at = 0.0
        self._looked_at, self._busy_s = 0.0, 0.0

    @property
    def free(self) -> int:
        return self._workers - len(self._jobs)

    def submit(self, job: Job) -> None:
        self._count()
        # Jobs are not equally long, as trainings are not.
        seconds = self._seconds * (0.5 + (self.submitted * 0.618) % 1.0)
        self.submitted += 1
        heapq.heappush(self._jobs, (time.monotonic() + seconds, self.submitted, job))
        if not self.free and not self._full_at:
            self._full_at = self._looked_at = time.monotonic()

    def cancel(self, job: Job) -> None:
        raise NotImplementedError

    def wait(self, seconds: float) -> list[Finished]:
        deadline = time.monotonic() + seconds
        while self._jobs and self._jobs[0][0] > time.monotonic() < deadline:
            time.sleep(0.001)
        self._count()
        events = []
        while self._jobs and self._jobs[0][0] <= time.monotonic():
            ended, _, job = heapq.heappop(self._jobs)
            # A worker that has slept enough is idle, whether or not anybody looks.
            self._busy_s -= (time.monotonic() - ended) * self._is_counted
            self._write_result(job)
            events.append(Finished(job))
        return events

    def begin_tail(self) -> None:
        """There is no more work than what was begun."""
        self._count()
        self._tail_at = time.monotonic()

    def busy_share(self) -> float:
        """Share of the workers' time between the first full pool and the tail."""
        return self._busy_s / (self._workers * (self._tail_at - self._full_at))

    @property
    def _is_counted(self) -> bool:
        return bool(self._full_at and not self._tail_at)

    def _count(self) -> None:
        if self._is_counted:
            now = time.monotonic()
            self._busy_s += len(self._jobs) * (now - self._looked_at)
            self._looked_at = now

    def _write_result(self, job: Job) -> None:
        """What a worker would leave; nobody waits for the disk as it would."""
        began = time.monotonic()
        (folder,) = job.folders
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in RESULT.items():
            (folder / name).write_bytes(content)
        self.writing_s += time.monotonic() - began


def _episodes() -> bytes:
    """Two episodes in which nothing is done."""
    file = io.BytesIO()
    save_episodes(file, play(TASK, lambda obs: np.zeros((len(obs), 1)), [1, 2]))
    return file.getvalue()


def _curves() -> bytes:
    """Curves of 40 points."""
    names = ("steps", "return", "length", "fitness", "success", "term/x")
    rows = [",".join(str(k + 1.0) for _ in names) for k in range(40)]
    return "\n".join([",".join(names), *rows, ""]).encode()


def _result() -> dict[str, bytes]:
    """The files of a finished training, with policies as large as a small robot's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "curves.csv").write_bytes(_curves())
        (folder / "policy.npz").write_bytes(bytes(POLICY_BYTES))
        (folder / "episodes.npz").write_bytes(_episodes())
        judged = Judgement(1.0, 0.0, None, 1.0, {})
        save_result(folder, SeedResult(0, judged, whole_rollouts(STEPS), 1.0))
        return {path.name: path.read_bytes() for path in folder.iterdir()}


RESULT = _result()


class QuickAuthor:
    """An author whose rewards are all different, and cost nothing."""

    def __init__(self) -> None:
        self._count = 0

    def write(
        self, generation: int, briefs: Sequence[Brief], keep: KeepProposal
    ) -> None:
        for brief in briefs:
            self._count += 1
            source = f"def reward(s, a, s_next):\n    return {{'x': {self._count}.0}}\n"
            keep(brief, Proposal("", source, (), shape=str(self._count)))


def search(folder: Path, config: RunConfig) -> Search:
    store = RunStore(folder)
    folder.mkdir(parents=True)
    write_manifest(folder, Manifest(TASK.name, config, {"designer": "0"}))
    bank, hidden, screen = random_bank(TASK, 0), load_hidden(TASK), Screen("s", "-")
    screen.say = lambda text: None  # type: ignore[method-assign]
    run = Run(config, TASK, hidden, store, bank, QuickAuthor(), screen, NO_WALLS)
    return Search(run)


def loop(workers: int, searches: int, seconds: float) -> dict[str, float]:
    """Share of the workers' time that was used, while there was enough work for all."""
    config = RunConfig(candidates=8, generations=3, seeds=2, final_seeds=2, steps=STEPS)
    with tempfile.TemporaryDirectory() as folder:
        pool = SleepingPool(workers, seconds)

        def cells() -> Iterator[Search]:
            for k in range(searches):
                yield search(Path(folder) / f"r{k}", config)
            pool.begin_tail()

        cpu = time.process_time()
        run_all(cells(), pool, open_at_once=2 * workers)
        return {
            "busy": pool.busy_share(),
            "jobs": pool.submitted,
            "cpu_ms_a_job": 1000 * (time.process_time() - cpu) / pool.submitted,
            "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "compare_s": seconds_of("compare", folder),
        }


def load(candidates: int) -> dict[str, float]:
    """Overhead of a search of many candidates, and how long its readers take."""
    config = RunConfig(
        candidates=20, generations=candidates // 20, seeds=1, final_seeds=1, steps=STEPS
    )
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        pool = SleepingPool(2, 0.0)
        began, cpu = time.monotonic(), time.process_time()
        run_all([search(run, config)], pool)
        spent = time.monotonic() - began - pool.writing_s
        cpu = time.process_time() - cpu
        mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report_s = seconds_of("report", str(run))
    return {
        "ms": 1000 * spent / candidates,
        "cpu_ms": 1000 * cpu / candidates,
        "mb": mb,
        "report_s": report_s,
    }


def seconds_of(*arguments: str) -> float:
    """Seconds of a command."""
    began = time.monotonic()
    command = [sys.executable, "-m", "designer", *arguments]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    if kind == "loop":
        print(json.dumps(loop(int(numbers[0]), int(numbers[1]), float(numbers[2]))))
    else:
        print(json.dumps(load(int(numbers[0]))))
