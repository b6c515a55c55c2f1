"""Jobs as supervised processes: some at a time, each with a wall limit.

They are forked from a server that has imported the trainer already, so a job starts in
a fraction of a second. A job that crashes, hangs or is killed is one Failed result;
when this process dies, however it dies, its jobs die too.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from designer.errors import StoreError, TrainingError
from designer.run.candidates import Failed, SeedResult
from designer.run.files import open_plain
from designer.training.job import Job, load_result, run_job, save_result
from designer.training.parent import die_with_parent

Tell = Callable[[Job, int, float], None]


@dataclass
class _Running:
    job: Job
    process: ForkServerProcess
    messages: connection.Connection
    deadline: float


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    wall_s: float,
    tell: Tell = lambda job, steps, own_return: None,
    finished: Callable[[Job, SeedResult | Failed], None] = lambda job, result: None,
) -> list[SeedResult | Failed]:
    """Run what has no result yet; gives all results in the order of jobs.

    tell: after every rollout of a job. finished: as soon as a job has its result.
    TrainingError or StoreError when our own machinery breaks in a job.
    """
    context = _server(jobs)
    waiting = [job for job in jobs if load_result(job.folder) is None][::-1]
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_start(context, waiting.pop(), wall_s))
            _listen(running, tell)
            for entry in [entry for entry in running if _is_over(entry)]:
                running.remove(entry)
                finished(entry.job, _collect(entry, wall_s))
    finally:
        for entry in running:
            entry.process.kill()
            entry.process.join()
    return [result for job in jobs if (result := load_result(job.folder)) is not None]


def _server(jobs: Sequence[Job]) -> ForkServerContext:
    # More than one thread a training is slower, and collapses when cores are shared.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    context = get_context("forkserver")
    trainers = {f"designer.training.{job.trainer}" for job in jobs}
    context.set_forkserver_preload([*sorted(trainers), __name__])
    return context


def _start(context: ForkServerContext, job: Job, wall_s: float) -> _Running:
    job.folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(job, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Running(job, process, ours, time.monotonic() + wall_s)


def _listen(running: Sequence[_Running], tell: Tell) -> None:
    """Pass messages on until something ends or a deadline comes."""
    patience = max(0.0, min(e.deadline for e in running) - time.monotonic())
    sources: list[Any] = [entry.messages for entry in running]
    sources += [entry.process.sentinel for entry in running]
    ready = connection.wait(sources, timeout=min(patience, 1.0))
    for entry in running:
        if entry.messages in ready:
            try:
                tell(entry.job, *entry.messages.recv())
            except EOFError:
                entry.process.join(1.0)


def _is_over(entry: _Running) -> bool:
    return not entry.process.is_alive() or time.monotonic() > entry.deadline


def _collect(entry: _Running, wall_s: float) -> SeedResult | Failed:
    """The result of a job that ended or ran out of time, written if it is not yet."""
    late = entry.process.is_alive()
    entry.process.kill()
    entry.process.join()
    entry.messages.close()
    code = entry.process.exitcode
    entry.process.close()
    result = load_result(entry.job.folder)
    if result is not None:
        return result
    log = entry.job.folder / "log.txt"
    if code == EXIT_BROKEN:
        text = log.read_text(errors="replace").strip()
        reason = text.splitlines()[-1] if text else "no reason was written"
        raise TrainingError(f"training could not run: {reason} (see {log})")
    if code == EXIT_STORAGE:
        raise StoreError(f"training can't write to {entry.job.folder}: disk full?")
    if late:
        result = Failed("wall", f"training took longer than {wall_s:g} s")
    else:
        result = Failed("crash", f"training process died ({_death(code)})")
    save_result(entry.job.folder, result)
    return result


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


EXIT_BROKEN, EXIT_STORAGE = 70, 74


def _child(job: Job, messages: connection.Connection) -> None:
    """A job's process."""
    die_with_parent()  # the fork server, which ends with the run's own process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C does
    try:
        _log_to(job.folder / "log.txt")
        save_result(job.folder, run_job(job, lambda *now: messages.send(now)))
    except OSError:
        traceback.print_exc()
        os._exit(EXIT_STORAGE)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(EXIT_BROKEN)


def _log_to(path: Path) -> None:
    file = open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
