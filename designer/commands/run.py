"""designer run: opens a run folder, searches, and ends with a verdict and a report."""

import importlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from designer.clips.tools import require_pyav
from designer.commands.check import audit
from designer.commands.limits import author_budget, judge_budget
from designer.commands.opening import (
    FinishedRun,
    close_search,
    open_search,
)
from designer.commands.views import planned_steps, spending, write_views
from designer.config import RunConfig, checked_config
from designer.errors import ConfigError
from designer.llm import open_client, price_of
from designer.llm.keys import scrub
from designer.llm.shared import Models
from designer.options import LOCAL, PoolConfig
from designer.raters.factors import read_factors
from designer.report.markdown import table
from designer.report.summary import Summary, selection_luck
from designer.report.votes_verdict import HOW_TO_CHOOSE
from designer.rewards.probe import Refused
from designer.run.consent import sealed
from designer.run.files import write_atomic
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, write_manifest
from designer.run.provenance import copy_task_files, with_provenance
from designer.run.settings import with_replay_from
from designer.search.films import needs_clips
from designer.search.plan import leader
from designer.search.schedule import run_all
from designer.search.session import Run, jobs_at_once, trainer_of
from designer.search.snapshot import Snapshot
from designer.search.votes import opened_page
from designer.terminal.screen import Screen
from designer.training.job import require_trainer
from designer.training.learner import rungs, whole_rollouts
from designer.training.pools import open_pool
from designer.training.settings import SETTINGS
from designer.training.trial import try_task
from designer.web.serve import require_server
from envs.hidden import load_hidden
from envs.make import load_task, make_env
from envs.task import TASKS, Task


def start_run(
    task_name: str,
    config: RunConfig,
    out: Path | None,
    command: Sequence[str],
    pool_config: PoolConfig = LOCAL,
) -> FinishedRun:
    """Start a new run in a new folder; command: the command line, which is recorded."""
    config = checked_config(config)
    task = load_task(task_name, measured=config.judge != "people")
    config = settled(config, task)
    stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    path = out or Path("runs") / f"{task.name}_{stamp}_s{config.seed}"
    require_usable(config, task, path)
    sources = initial_sources(task, config)
    warnings = (*try_task(task, config.seed), *_few_steps(config, task))
    if (path / "config.yaml").exists():
        raise ConfigError(
            f"{path} already holds a run; go on with it: designer resume {path}"
        )
    if any(path.glob("g[0-9]*")):
        raise ConfigError(
            f"{path} holds candidates, but no config.yaml; give the run another --out"
        )
    store = RunStore(path)
    with store.locked():
        manifest = begin_folder(store, task, config, sources, command)
        return run_search(task, manifest, store, warnings, pool_config)


def _few_steps(config: RunConfig, task: Task) -> Iterator[str]:
    """A warning where environments make no whole episode between the last rungs."""
    steps = config.steps or task.train.steps
    envs, episode = _environments(config, task), make_env(task, 1).max_steps
    enough = whole_rollouts(envs * episode)
    if trainer_of(config, task).algo == "ppo":
        before, last = (0, *rungs(steps, steps))[-2:]
        part, steps, enough = "the second half of a training", last - before, 2 * enough
    else:
        part = "a training"
    if steps < envs * episode:
        yield (
            f"in {part} each of its {envs} environments makes {steps // envs} steps, "
            f"and an episode has {episode}: whole episodes are missing from curves and "
            f"own returns; take --steps {enough} or more to have them"
        )


def _environments(config: RunConfig, task: Task) -> int:
    """How many environments each training has."""
    trainer = trainer_of(config, task)
    if not trainer.takes_many:
        return task.train.environments or SETTINGS.envs
    opening = importlib.import_module("designer.training.mjx.opening")
    return int(opening.environments_here(trainer, task))


def begin_folder(
    store: RunStore,
    task: Task,
    config: RunConfig,
    sources: Sequence[str],
    command: Sequence[str],
) -> Manifest:
    """Make a new folder a run, with all that its figures depend on.

    sources: of the rewards it begins with.
    """
    path = store.path
    write_atomic(path / "command.txt", scrub(shlex.join(command)) + "\n")
    for k, source in enumerate(sources):
        write_atomic(path / "init" / f"{k:02d}.py", source)
    copy_task_files(path, task)
    is_built_in = task.folder.parent == TASKS
    name = task.name if is_built_in else str(task.folder)
    manifest = with_provenance(Manifest(name, config, {}), task)
    # With config.yaml the folder is a run, so it is written last.
    write_manifest(path, sealed(manifest))
    return manifest


def require_usable(config: RunConfig, task: Task, path: Path) -> None:
    """ConfigError for a learner, model or rater that would fail later in the run."""
    load_hidden(task)
    trainer = trainer_of(config, task)
    require_trainer(trainer, task)
    if trainer.takes_many:
        hardware = importlib.import_module("designer.training.mjx.hardware")
        hardware.engine_here(trainer.engine, task)
    if trainer.algo != "ppo" and config.extend:
        raise ConfigError(
            f"--extend pauses trainings, which {trainer.algo}, the algorithm of "
            f"{task.name}, can't"
        )
    if config.model != "symbolic":
        open_client(config.model, path, lambda _: None)
    elif config.form == "sign":
        raise ConfigError(
            "--form sign needs a model that writes rewards (--model); the built-in "
            "author writes none of that form"
        )
    author_budget(config)
    judge_budget(config)
    if config.factors:
        text = task.factors if config.factors == "task" else config.factors
        if not text:
            raise ConfigError(f"--factors task: {task.name} names no factors")
        read_factors(text, task)
    if config.judge_model:
        open_client(config.judge_model, path, lambda _: None)
    if needs_clips(config):
        require_pyav()
    if config.human == "page":
        require_server()


def initial_sources(task: Task, config: RunConfig) -> list[str]:
    """Sources of the rewards of --init; ConfigError if one can't be used."""
    if len(config.init) > config.candidates:
        raise ConfigError(
            f"--init names {len(config.init)} rewards, but a generation has only "
            f"{config.candidates} candidates"
        )
    sources = []
    for path in config.init:
        verdict = audit(path, str(task.folder), True, config.sandbox, 0).verdict
        if isinstance(verdict, Refused):
            raise ConfigError(f"{path}: {'; '.join(verdict.problems)}")
        sources.append(verdict.source)
    return sources


def settled(config: RunConfig, task: Task) -> RunConfig:
    """The settings of a new run, with what its task and the list of prices decide.

    A race pauses trainings, and only ppo can. Paths of replays become absolute, for the
    run may go on from another folder.
    """
    pauses = trainer_of(config, task).algo == "ppo"
    config = replace(
        config,
        race=config.race if pauses else "none",
        model=with_replay_from(Path.cwd(), config.model),
        judge_model=with_replay_from(Path.cwd(), config.judge_model),
    )
    return with_list_price(config)


def with_list_price(config: RunConfig) -> RunConfig:
    """The settings with the model's list price, if it is known and none is set."""
    return replace(config, price=config.price or price_of(config.model))


def run_search(
    task: Task,
    manifest: Manifest,
    store: RunStore,
    warnings: Sequence[str],
    pool_config: PoolConfig,
) -> FinishedRun:
    """Search to the end, train the final policies, conclude, and write the report.

    The run's lock is held; warnings: of the task's trial, shown to the user first.
    """
    config = manifest.config
    with Screen(load_hidden(task).unit) as screen:
        opened = open_search(task, manifest, store, screen, warnings, Models())
        screen.standing.planned_steps = planned_steps(opened.run)
        screen.standing.spending = partial(spending, opened.run.config, opened.ledger)
        screen.say(f"run folder: {store.path}")
        if config.race == "halving" and not opened.search.snapshot.races:
            screen.say("no race: for one the trainings are too short (see --race)")
        with (
            opened_page(opened.run),
            open_pool(
                pool_config,
                jobs_at_once(config),
                config.wall_s,
                [config.trainer],
                store.path,
            ) as pool,
        ):
            run_all([opened.search], pool)
        finished = close_search(opened)
        _show_ending(screen, opened.run, opened.search.snapshot, finished.summary)
        page = write_views(
            opened.run, finished.summary, finished.winner, finished.notes
        )
        screen.say(f"report:      {page}")
        screen.say(f"to look at all runs: designer serve {store.path.parent}")
    return finished


def _show_ending(
    screen: Screen, run: Run, snapshot: Snapshot, summary: Summary
) -> None:
    """Show the final table, the verdict, and what the user can do next."""
    config, path, say = run.config, run.store.path, screen.say
    say("")
    screen.table(table(summary))
    say(f"\n{summary.verdict}")
    if luck := selection_luck(summary):
        say(luck)
    if unanswered := snapshot.missing(config.generations, config.candidates):
        names = ", ".join(unanswered)
        say(f"no answer: {names}; ask again: designer resume {path}")
    if leader(snapshot, config):
        say(f"best reward: {path / 'best' / 'reward.py'}")
    elif config.judge != "metric":
        say(HOW_TO_CHOOSE.format(run=path))
