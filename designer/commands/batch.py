"""designer batch: all runs of a batch file, sharing one pool, servers and money."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from designer.commands.batch_checks import (
    LIMITS_AND_PRICES,
    concerns_all,
    consent_to,
    limits_of,
    require_consent,
    require_nobody,
    require_same_settings,
)
from designer.commands.batch_views import Views, is_complete
from designer.commands.compare import compare_runs
from designer.commands.opening import OpenRun, close_search, open_search, spent_on
from designer.commands.resume import keep_consent, load_run
from designer.commands.run import (
    begin_folder,
    initial_sources,
    require_usable,
    settled,
    with_list_price,
)
from designer.errors import (
    BudgetSpent,
    DesignerError,
    StoreError,
)
from designer.llm.budget import Account, Budget, Spending
from designer.llm.shared import shared_models
from designer.options import LOCAL, NO_OPTIONS, BatchOptions, PoolConfig
from designer.run.files import read_user_text, write_atomic, write_json
from designer.run.folder import RunStore
from designer.run.grid import Cell, Grid, read_grid
from designer.run.manifest import MANIFEST_FILE, Manifest
from designer.search.loop import Search
from designer.search.schedule import FAULTS, run_all
from designer.search.session import jobs_at_once
from designer.search.shared_baselines import copy_baselines
from designer.terminal.screen import Screen
from designer.training.pools import open_pool
from designer.training.trial import try_task
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import Task

BATCH_FILE = "batch.yaml"
# So many searches are open per place in the pool: enough that authors can be waited
# for, few enough that a batch that is stopped has whole runs to show.
SEARCHES_PER_PLACE = 2
LOCK_TRIES, LOCK_PAUSE_S = 3, 0.1


@dataclass(frozen=True)
class FinishedBatch:
    """A batch at its end, or where it stopped.

    stopped: why, by the names of the runs that stopped. in_use: runs that another
    process goes on with.
    """

    path: Path
    stopped: dict[str, Exception]
    in_use: tuple[str, ...]


def batch_folder(file: Path, out: Path | None) -> Path:
    """The folder of a batch: the same for the same file, so that it can go on."""
    return out or Path("runs") / file.stem


def run_batch(
    file: Path,
    out: Path | None,
    command: Sequence[str],
    options: BatchOptions = NO_OPTIONS,
    pool_config: PoolConfig = LOCAL,
) -> FinishedBatch:
    """Do or go on with all runs of a batch file; command: as it was typed."""
    grid = read_grid(file)
    require_consent(grid, options)
    path = batch_folder(file, out).resolve()
    limits = limits_of(grid, options)
    with ExitStack() as stack:
        amounts = (limits.max_calls, limits.max_tokens, limits.max_usd)
        if any(amounts):  # Two processes could not keep one limit.
            stack.enter_context(RunStore(path).locked())
        batch = _Batch(path, grid, options, limits, command, stack)
        write_atomic(path / BATCH_FILE, read_user_text(file))
        configs = [cell.config for cell in grid.cells]
        workers = options.workers or max(map(jobs_at_once, configs))
        wall_s = max(config.wall_s for config in configs)
        trainers = [config.trainer for config in configs]
        pool = stack.enter_context(
            open_pool(pool_config, workers, wall_s, trainers, path)
        )
        run_all(batch.searches(), pool, batch.ended, SEARCHES_PER_PLACE * pool.free)
        batch.views.wait()
    return FinishedBatch(path, batch.stopped, tuple(batch.in_use))


class _Batch:
    """The runs of a batch in progress: opens each in its turn, and concludes it."""

    def __init__(
        self,
        path: Path,
        grid: Grid,
        options: BatchOptions,
        limits: Budget,
        command: Sequence[str],
        stack: ExitStack,
    ) -> None:
        self._path, self._grid, self._options = path, grid, options
        self._command, self._stack = command, stack
        self._screen = Screen("")
        self.views = Views(self._stop)
        self._open: dict[Search, tuple[OpenRun, ExitStack]] = {}
        self.stopped: dict[str, Exception] = {}
        self.in_use: list[str] = []
        self._closed_models: dict[str, Exception] = {}
        self._tried: dict[str, tuple[str, ...]] = {}
        spent = Spending()
        for cell in grid.cells:
            config = settled(cell.config, self._task(cell))
            require_same_settings(path / cell.name, config)
            spent += sum(spent_on(path / cell.name, config), Spending())
        self._models = shared_models(
            options.calls_at_once, Account(limits, spent), self._screen.say
        )
        # Runs that differ in their seed alone are checked once.
        kinds = {(c.task, replace(c.config, seed=0)): c for c in grid.cells}
        for cell in kinds.values():
            require_nobody(cell)
            require_usable(cell.config, self._task(cell), path / cell.name)

    def searches(self) -> Iterator[Search]:
        """The searches of all runs that are not finished, opened as they are taken."""
        for cell in self._grid.cells:
            if is_complete(self._path / cell.name):
                continue
            error = self._closed_models.get(cell.config.model)
            if error is not None:
                self.stopped[cell.name] = error
                continue
            stack = ExitStack()
            try:
                opened = self._opened(cell, stack)
            except FAULTS as fault:
                self._stop(cell.name, fault)
                stack.close()
                continue
            if opened is not None:
                self._open[opened.search] = opened, stack
                yield opened.search

    def ended(self, search: Search, error: Exception | None) -> None:
        """Write what a search that is over came to, or note why it stopped."""
        opened, stack = self._open.pop(search)
        name = opened.run.store.path.name
        try:
            if error is not None:
                raise error
            finished = close_search(opened)
            self._screen.say(f"{name} is finished: {finished.summary.verdict}")
            self.views.make(opened, finished, stack)
        except FAULTS as fault:
            # Its author may still be answered, so the lock is held until the end.
            self._stack.push(stack)
            self._stop(name, fault)
            if concerns_all(fault, opened.run.config):
                self._closed_models[opened.run.config.model] = fault

    def _opened(self, cell: Cell, stack: ExitStack) -> OpenRun | None:
        """The run of a cell, begun or gone on with; None if another process has it."""
        store = RunStore(self._path / cell.name)
        if not _lock(store, stack):
            self.in_use.append(cell.name)
            return None
        task, manifest = self._manifest(cell, store)
        trial = str((task.folder, task.measured))
        warnings = self._tried.get(trial)
        if warnings is None:
            warnings = self._tried[trial] = try_task(task, manifest.config.seed)
        others = [self._path / c.name for c in self._grid.cells if c is not cell]
        copy_baselines(store, manifest, others, task.train.steps)
        screen = Screen(load_hidden(task).unit, f"{cell.name}: ")
        models = self._models
        return open_search(task, manifest, store, screen, warnings, models)

    def _manifest(self, cell: Cell, store: RunStore) -> tuple[Task, Manifest]:
        """The task and manifest of a run, which is begun if its folder is new."""
        options = self._options
        if not (store.path / MANIFEST_FILE).exists():
            task = self._task(cell)
            config = settled(cell.config, task)
            sources = initial_sources(task, config)
            return task, begin_folder(store, task, config, sources, self._command)
        task, manifest = load_run(store.path, consent_to(cell, options))
        keep_consent(store.path, task, manifest)
        # A run's limits may be raised in the batch's file.
        own = {key: getattr(cell.config, key) for key in LIMITS_AND_PRICES}
        config = with_list_price(replace(manifest.config, **own))
        return task, replace(manifest, config=config)

    def _task(self, cell: Cell) -> Task:
        return _loaded(cell.task, cell.config.judge != "people")

    def _stop(self, name: str, fault: Exception) -> None:
        self.stopped[name] = fault
        self._screen.say(f"{name} stopped: {fault}")


@cache
def _loaded(task: str, measured: bool) -> Task:
    """A task, loaded once for all its runs."""
    return load_task(task, measured)


def _lock(store: RunStore, stack: ExitStack) -> bool:
    """Hold a run's lock; False if another process goes on with the run."""
    for _ in range(LOCK_TRIES):
        try:
            stack.enter_context(store.locked())
        except StoreError as error:
            if store.is_held():
                return False
            # Somebody only looked (--status), or there is another fault.
            fault = error
            time.sleep(LOCK_PAUSE_S)
        else:
            return True
    raise fault


def finish_batch(
    file: Path, batch: FinishedBatch
) -> tuple[str, dict[str, Any], DesignerError | None]:
    """The table of a batch, its figures, and the error if runs stopped.

    The table is also written into the batch's folder, as Markdown, HTML and JSON.
    """
    text, facts = "", dict[str, Any]()
    if any(batch.path.glob(f"*/{MANIFEST_FILE}")):
        text, facts = compare_runs([batch.path], batch.path / "compare.html")
        write_atomic(batch.path / "compare.md", text)
        write_json(batch.path / "compare.json", facts)
    for name in batch.in_use:
        text += f"\n{name} is in use by another process, which goes on with it."
    if not batch.stopped:
        return text, facts, None
    name, fault = next(iter(batch.stopped.items()))
    line = (
        f"{len(batch.stopped)} runs stopped, {name} because {fault}; then go on with "
        "the same command"
    )
    is_spent = all(isinstance(f, BudgetSpent) for f in batch.stopped.values())
    return text, facts, BudgetSpent(line) if is_spent else StoreError(line)
