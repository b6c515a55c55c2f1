"""Jobs as tasks of a Ray cluster, whose machines share the run folder.

A task runs its job as a process of its own machine, as the local pool does, so limits
and failures are the same. Nothing is kept in Ray: a worker or machine that dies costs
its jobs one rung, since Ray runs their tasks again and a job goes on from its folder.
Progress is read from the curves that the trainings write into the folder.
"""

import math
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

import numpy as np
import ray

from designer.errors import ConfigError, DesignerError, StoreError, TrainingError
from designer.options import PoolConfig
from designer.run.candidates import Failed
from designer.run.files import read_json, write_json
from designer.run.provenance import decisive_libraries, library_versions
from designer.training.curves import Curves
from designer.training.job import BrokenJobError, Job
from designer.training.pool import Finished, Progress, fail_unfinished, run_jobs
from designer.training.results import is_done, load_result

MAX_RETRIES = 3  # of a task whose worker or machine died
PLACES_EVERY_S = 10.0  # between two looks at how large the cluster is
# A shared folder may show a file some seconds after another machine wrote it.
SHARED_FOLDER_S = 10.0
LOOK_S = 0.1
CLUSTER_ANSWER_S = 30.0
# Of these a training itself may be the cause, if they come again and again.
WORKER_DEATHS = (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError)
SESSION_FILE = "ray.json"


@dataclass(frozen=True)
class Session:
    """What a worker must see as the main process does.

    folder: of the run or batch; session: what SESSION_FILE in it holds. versions: of
    the libraries.
    """

    folder: Path
    session: str
    versions: dict[str, str]


class RayPool:
    """Jobs as Ray tasks; leaving the context cancels those that run.

    wall_s: seconds after which a job is stopped and failed, from when it begins.
    """

    def __init__(self, config: PoolConfig, wall_s: float, folder: Path) -> None:
        if config.ray_cpus + config.ray_gpus <= 0:
            raise ConfigError(
                "a training in Ray needs --ray-cpus or --ray-gpus above 0"
            )
        self._config, self._wall_s = config, wall_s
        self._folder = folder.resolve()
        self._running: dict[Any, Job] = {}
        self._events: list[Progress | Finished] = []  # that no call has given yet
        self._written: dict[Path, int] = {}  # when curves that were read were, in ns
        self._places, self._places_at = 0, -PLACES_EVERY_S
        self._is_ours = False

    def __enter__(self) -> "RayPool":
        # Nothing of a run is told to anybody; Ray would report its use.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = self._config.ray_address or os.environ.get("RAY_ADDRESS")
        try:
            if not ray.is_initialized():
                self._is_ours = True
                # A Ray of our own is for this machine alone.
                own: dict[str, Any] = {
                    "include_dashboard": False,
                    "_node_ip_address": "127.0.0.1",
                }
                ray.init(
                    address=address or "local",
                    log_to_driver=False,
                    logging_level="ERROR",
                    **({} if address else own),
                )
        except (OSError, RuntimeError, ValueError) as error:
            line = " ".join(str(error).split())
            raise ConfigError(f"Ray can't be reached at {address}: {line}") from None
        session = Session(self._folder, token_hex(8), library_versions())
        write_json(self._folder / SESSION_FILE, {"session": session.session})
        self._session = session
        self._task = ray.remote(
            num_cpus=self._config.ray_cpus,
            num_gpus=self._config.ray_gpus,
            max_retries=MAX_RETRIES,
        )(_run)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ray.exceptions.RayError):  # A cluster that broke runs nothing.
            for reference in self._running:
                ray.cancel(reference, force=True)
        self._running.clear()
        if self._is_ours:
            ray.shutdown()

    @property
    def free(self) -> int:
        """How many more jobs it takes now: places of the cluster, as it is now."""
        if time.monotonic() - self._places_at > PLACES_EVERY_S:
            resources, config = ray.cluster_resources(), self._config
            amounts = {"CPU": config.ray_cpus, "GPU": config.ray_gpus}
            self._places = min(
                int(resources.get(name, 0.0) / amount)
                for name, amount in amounts.items()
                if amount
            )
            self._places_at = time.monotonic()
        return max(0, self._places - len(self._running))

    def submit(self, job: Job) -> None:
        """Start a job as a task."""
        reference = self._task.remote(job, self._wall_s, self._session)
        self._running[reference] = job

    def wait(self, seconds: float) -> list[Progress | Finished]:
        """Ends since the last call, or where there is none, progress of one job."""
        if self._running:
            ray.wait(list(self._running), num_returns=1, timeout=seconds)
            # The call above gives one end; there may be many.
            ended, _ = ray.wait(
                list(self._running), num_returns=len(self._running), timeout=0
            )
            for reference in ended:
                job = self._running.pop(reference)
                try:
                    _end(reference, job)
                except (StoreError, OSError) as error:
                    raise BrokenJobError(str(error), job) from error
                self._events.append(Finished(job))
        events, self._events = self._events, []
        return events or list(self._progress())

    def _progress(self) -> Iterator[Progress]:
        """Progress of one job under way, as its curves in the shared folder have it.

        The jobs take turns, so that it costs the same however many there are.
        """
        if not self._running:
            return
        reference, job = next(iter(self._running.items()))
        self._running[reference] = self._running.pop(reference)
        for k, folder in enumerate(job.folders):
            path = folder / "curves.csv"
            # Only a screen needs it: what can't be read now is read in its next turn.
            with suppress(OSError, StoreError):
                written = path.stat().st_mtime_ns
                if written != self._written.get(path):
                    columns = Curves.load(path).columns
                    self._written[path] = written
                    own = columns["return"][np.isfinite(columns["return"])]
                    own_return = float(own[-1]) if len(own) else math.nan
                    if len(columns["steps"]):
                        yield Progress(job, k, int(columns["steps"][-1]), own_return)

    def cancel(self, job: Job) -> None:
        """End a job that runs; its checkpoints stay."""
        for reference in [r for r, running in self._running.items() if running == job]:
            del self._running[reference]
            ray.cancel(reference, force=True)


def _end(reference: Any, job: Job) -> None:
    """Have the results of a task that has ended; fail what has none.

    BrokenJobError or StoreError where our own machinery broke in it, another
    TrainingError where Ray did.
    """
    try:
        error = ray.get(reference)
    except ray.exceptions.RayTaskError as fault:
        line = str(fault.cause).strip().splitlines()[-1:]
        reason = f"training could not run in Ray: {''.join(line)}"
        raise BrokenJobError(reason, job) from None
    except ray.exceptions.RayError as fault:
        _require_cluster(type(fault).__name__)
        if not isinstance(fault, WORKER_DEATHS):
            raise _broken(type(fault).__name__) from None
        times = f"{MAX_RETRIES + 1} times: {type(fault).__name__}"
        fail_unfinished(job, Failed("crash", f"its Ray worker died {times}"))
        return
    if error is not None:
        raise BrokenJobError(str(error), job)
    deadline = time.monotonic() + SHARED_FOLDER_S
    while not all(is_done(load_result(f), job.until) for f in job.folders):
        if time.monotonic() > deadline:
            raise StoreError(
                f"a Ray worker has written results to {job.folders[0]}, which are not "
                "there; all machines must share the run folder"
            )
        time.sleep(LOOK_S)


def _require_cluster(fault: str) -> None:
    """TrainingError unless the cluster does a task that can't fail.

    When a part of Ray itself dies, so do all workers, for which no training is to
    blame.
    """
    try:
        ray.get(ray.remote(num_cpus=0)(_nothing).remote(), timeout=CLUSTER_ANSWER_S)
    except ray.exceptions.RayError:
        raise _broken(fault) from None


def _broken(fault: str) -> TrainingError:
    return TrainingError(
        f"Ray broke ({fault}); start it again if it is your own, then go on: nothing "
        "is lost"
    )


def _nothing() -> None:
    """A task that can't fail."""


def _run(job: Job, wall_s: float, session: Session) -> DesignerError | None:
    """A task: the job in a process of its own; gives what broke of our machinery."""
    try:
        _require_same(session, job.trainer.name)
        run_jobs([job], 1, wall_s)
    except DesignerError as error:
        return error
    return None


@cache
def _require_same_versions(versions: tuple[tuple[str, str], ...], trainer: str) -> None:
    """TrainingError if this machine has other libraries than the main process."""
    names = decisive_libraries(trainer)
    ours = library_versions()
    for name, version in versions:
        if name in names and ours.get(name) != version:
            raise TrainingError(
                f"{os.uname().nodename}: {name} is {ours.get(name)} here and {version} "
                "where the run was started; install the same on all machines"
            )


def _require_same(session: Session, trainer: str) -> None:
    """StoreError or TrainingError where a worker sees another folder or libraries."""
    _require_same_versions(tuple(sorted(session.versions.items())), trainer)
    deadline = time.monotonic() + SHARED_FOLDER_S
    while True:
        content = read_json(session.folder / SESSION_FILE) or {}
        if content.get("session") == session.session:
            return
        if time.monotonic() > deadline:
            raise StoreError(
                f"{os.uname().nodename}: {session.folder} is not the folder that the "
                "run was started in; all machines must share it under the same path"
            )
        time.sleep(LOOK_S)
