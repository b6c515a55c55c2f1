"""Runs jobs: a pool takes jobs and reports their progress and their ends.

On this machine each job is a supervised process with a wall limit, several at a time.
Jobs are forked from a server that has imported the trainer already, so they start in a
fraction of a second. A job that crashes, hangs or is killed fails its trainings and
nothing else; when this process dies, however it dies, its jobs die too.
"""

import errno
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from designer.errors import DesignerError, StoreError, TrainingError
from designer.run.candidates import Failed, SeedResult
from designer.run.files import open_plain
from designer.training.job import BrokenJobError, Job, run_job
from designer.training.parent import die_with_parent
from designer.training.results import is_done, load_result, save_result

EXIT_BROKEN, EXIT_STORAGE = 70, 74
EXIT_LOST = 255  # multiprocessing's: the fork server was killed, and its jobs with it
SERVER_ENDS_S = (0.05, 0.5, 5.0)  # pauses in which a killed fork server is gone
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# A process that was killed from outside goes on from its last rung; one that is killed
# again and again brings it about by itself.
MAX_KILLS = 2


@dataclass(frozen=True)
class Progress:
    """Progress of the k-th training of a job; own_return: its recent return."""

    job: Job
    k: int
    steps: int
    own_return: float


@dataclass(frozen=True)
class Finished:
    """A job has ended; its results are in the folders of its trainings."""

    job: Job


class Pool(Protocol):
    """Takes jobs as long as it has free places."""

    @property
    def free(self) -> int:
        """How many more jobs it takes now."""

    def submit(self, job: Job) -> None:
        """Start a job; only where there is a free place."""

    def wait(self, seconds: float) -> list[Progress | Finished]:
        """Events since the last call, waiting at most so long for the first.

        BrokenJobError when our own machinery breaks in a job; the next call goes on.
        """

    def cancel(self, job: Job) -> None:
        """End a job that runs; its checkpoints stay."""


@dataclass(frozen=True)
class _Running:
    job: Job
    process: ForkServerProcess
    messages: connection.Connection
    deadline: float
    kills: int  # how often the job's process was killed before this one
    place: int  # from 0 on, shared by no other that runs; with GPUs, the device


class LocalPool:
    """Jobs as processes on this machine; leaving the context ends those that run.

    workers: jobs at a time. wall_s: after which a job of one training is stopped and
    failed; one of many has as many times that. trainers: that will be used, imported
    once for all.
    """

    def __init__(self, workers: int, wall_s: float, trainers: Sequence[str]) -> None:
        # More threads a training are slower, and collapse when cores are shared.
        os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
        self._context = get_context("forkserver")
        modules = [f"designer.training.{name}" for name in sorted({*trainers})]
        self._context.set_forkserver_preload([*modules, __name__])
        self._workers, self._wall_s = workers, wall_s
        self._running: list[_Running] = []
        self._events: list[Progress | Finished] = []  # that no call has given yet

    def __enter__(self) -> "LocalPool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for entry in self._running:
            _end(entry)
        self._running.clear()

    @property
    def free(self) -> int:
        """How many more jobs it takes now."""
        return self._workers - len(self._running)

    @property
    def pids(self) -> list[int]:
        """Process ids of the jobs that run."""
        return [entry.process.pid for entry in self._running if entry.process.pid]

    def submit(self, job: Job) -> None:
        """Start a job in a process of its own."""
        self._start(job, 0)

    def _start(self, job: Job, kills: int) -> None:
        for folder in job.folders:
            folder.mkdir(parents=True, exist_ok=True)
        receiver, sender = self._context.Pipe(duplex=False)
        place = min({*range(self._workers)} - {entry.place for entry in self._running})
        device = place if job.trainer.takes_many and self._workers > 1 else None
        process = self._context.Process(
            target=_child, args=(job, sender, device), daemon=True
        )
        _launch(process)
        sender.close()
        deadline = time.monotonic() + self._wall_s * len(job.trainings)
        self._running.append(_Running(job, process, receiver, deadline, kills, place))

    def wait(self, seconds: float) -> list[Progress | Finished]:
        """Progress and ends since the last call."""
        self._look(seconds)
        events, self._events = self._events, []
        return events

    def _look(self, seconds: float) -> None:
        """Gather events; BrokenJobError leaves those gathered to the next call."""
        sources: list[Any] = [entry.messages for entry in self._running]
        sources += [entry.process.sentinel for entry in self._running]
        ready = connection.wait(sources, timeout=seconds) if sources else []
        for entry in tuple(self._running):
            # Read this first, so that no message before the end is missed.
            has_ended = not entry.process.is_alive()
            is_late = time.monotonic() > entry.deadline
            if entry.messages in ready or has_ended or is_late:
                self._events += _progress(entry)
            if has_ended or is_late:
                self._running.remove(entry)
                code = _end(entry)
                was_killed = code is not None and (code < 0 or code == EXIT_LOST)
                try:
                    if has_ended and was_killed and entry.kills < MAX_KILLS:
                        self._start(entry.job, entry.kills + 1)
                        continue
                    self._save_failure(entry.job, code if has_ended else None)
                except (DesignerError, OSError) as error:
                    raise BrokenJobError(str(error), entry.job) from error
                self._events.append(Finished(entry.job))

    def cancel(self, job: Job) -> None:
        """End a job that runs; its checkpoints stay."""
        for entry in [entry for entry in self._running if entry.job == job]:
            self._running.remove(entry)
            _end(entry)

    def _save_failure(self, job: Job, code: int | None) -> None:
        """Fail the job's trainings without a result.

        code: exit code of the process, None at the wall limit. TrainingError or
        StoreError where our own machinery broke.
        """
        log = job.folders[0] / "log.txt"
        if code == EXIT_BROKEN:
            text = log.read_text(errors="replace").strip() if log.exists() else ""
            reason = text.splitlines()[-1] if text else "no reason was written"
            raise TrainingError(f"training could not run: {reason} (see {log})")
        if code == EXIT_STORAGE:
            raise StoreError(f"training can't write to {log.parent}: disk full")
        if code is None:
            limit_s = self._wall_s * len(job.trainings)
            failed = Failed("wall", f"training took longer than {limit_s:g} s")
        else:
            cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            failed = Failed("crash", f"training process died ({cause})")
        fail_unfinished(job, failed)


def fail_unfinished(job: Job, failed: Failed) -> None:
    """Write a failure for the trainings of a job that have no result yet."""
    for folder in job.folders:
        if not is_done(load_result(folder), job.until):
            save_result(folder, failed)


def run_jobs(
    jobs: Sequence[Job], workers: int, wall_s: float
) -> list[SeedResult | Failed | None]:
    """Run jobs to their end; gives the result of every training, in order."""
    waiting = list(reversed(jobs))
    with LocalPool(workers, wall_s, [job.trainer.name for job in jobs]) as pool:
        while waiting or pool.free < workers:
            while waiting and pool.free:
                pool.submit(waiting.pop())
            pool.wait(1.0)
    return [load_result(folder) for job in jobs for folder in job.folders]


def _launch(process: ForkServerProcess) -> None:
    """Start a process; a fork server that was just killed is replaced."""
    for pause_s in SERVER_ENDS_S:
        try:
            return process.start()
        except ConnectionRefusedError:
            time.sleep(pause_s)
    process.start()


def _progress(entry: _Running) -> list[Progress | Finished]:
    """All messages of a job that have come."""
    events: list[Progress | Finished] = []
    try:
        while entry.messages.poll():
            events.append(Progress(entry.job, *entry.messages.recv()))
    except (EOFError, OSError):
        entry.process.join(1.0)
    return events


def _end(entry: _Running) -> int | None:
    """Kill a process if it still runs; gives its exit code."""
    entry.process.kill()
    entry.process.join()
    entry.messages.close()
    code = entry.process.exitcode
    entry.process.close()
    return code


def _child(job: Job, messages: connection.Connection, device: int | None) -> None:
    """The main function of a job's process; device: number of the only GPU it sees."""
    die_with_parent()  # the fork server, which ends with the run's own process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C does
    try:
        _log_to(job.folders[0] / "log.txt")
        if device is not None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
            os.environ["CUDA_VISIBLE_DEVICES"] = visible_device(device, visible)
        run_job(job, lambda *progress: messages.send(progress))
    except BaseException as error:  # the outermost frame of the process
        with suppress(OSError):  # a full disk takes no more lines
            traceback.print_exc()
            sys.stderr.flush()
        is_full = isinstance(error, OSError) and error.errno in DISK_FULL
        os._exit(EXIT_STORAGE if is_full else EXIT_BROKEN)


def visible_device(number: int, visible: str) -> str:
    """The GPU of this number among those in CUDA_VISIBLE_DEVICES, '' for all.

    TrainingError where there are fewer.
    """
    devices = visible.split(",") if visible else []
    if devices and number >= len(devices):
        raise TrainingError(
            f"CUDA_VISIBLE_DEVICES={visible} has {len(devices)} devices; choose a "
            "smaller --devices"
        )
    return devices[number] if devices else str(number)


def _log_to(path: Path) -> None:
    file = open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
