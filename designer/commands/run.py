"""designer run: opens a run folder, searches, and ends with a verdict and a report."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from designer.authors.author import Author
from designer.authors.model import ModelAuthor
from designer.authors.symbolic import SymbolicAuthor
from designer.clips.tools import require_pyav
from designer.commands.check import audit
from designer.commands.views import planned_steps, spending, write_views
from designer.config import RunConfig, checked_config
from designer.errors import ConfigError
from designer.llm import Budget, Client, Ledger, Say, open_client, price_of
from designer.llm.keys import scrub
from designer.raters.factors import read_factors
from designer.report.markdown import table, write_report
from designer.report.summary import Summary, selection_luck, with_changes
from designer.report.votes_verdict import HOW_TO_CHOOSE, conclude
from designer.rewards.bank import random_bank
from designer.rewards.probe import Refused
from designer.run.consent import sealed
from designer.run.files import write_atomic
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, write_manifest
from designer.run.provenance import copy_task_files, decisive_changes, with_provenance
from designer.search.films import needs_clips
from designer.search.generation import judged_review
from designer.search.loop import Search, run_all
from designer.search.plan import leader
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.search.votes import opened_page
from designer.terminal.screen import Screen
from designer.training.job import open_learner
from designer.training.pool import LocalPool
from designer.training.trial import try_task
from designer.web.serve import require_server
from envs.hidden import Hidden, load_hidden
from envs.make import load_task
from envs.task import TASKS, Task
from sandbox import NO_WALLS, choose

CALLS_AT_ONCE = 4
NO_WALLS_WARNING = (
    "warning: --sandbox none: nothing keeps rewards of this run from your files and "
    "network"
)


@dataclass(frozen=True)
class FinishedRun:
    """A run at its end; calls: of the model, in all its processes."""

    path: Path
    report: Path
    summary: Summary
    calls: int


def start_run(
    task_name: str, config: RunConfig, out: Path | None, command: Sequence[str]
) -> FinishedRun:
    """Start a new run in a new folder; command: the command line, which is recorded."""
    config = checked_config(config)
    task = load_task(task_name, measured=config.judge != "people")
    config = with_list_price(config)
    stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    path = out or Path("runs") / f"{task.name}_{stamp}_s{config.seed}"
    _require_usable(config, task, path)
    sources = _initial_sources(task, config)
    warnings = try_task(task, config.seed)
    if (path / "config.yaml").exists():
        raise ConfigError(
            f"{path} already holds a run; go on with it: designer resume {path}"
        )
    if any(path.glob("g[0-9]*")):
        raise ConfigError(
            f"{path} holds candidates, but no config.yaml; give the run another --out"
        )
    store = RunStore(path)
    path = store.path
    with store.locked():
        write_atomic(path / "command.txt", scrub(shlex.join(command)) + "\n")
        for k, source in enumerate(sources):
            write_atomic(path / "init" / f"{k:02d}.py", source)
        copy_task_files(path, task)
        is_built_in = task.folder.parent == TASKS
        name = task.name if is_built_in else str(task.folder)
        manifest = with_provenance(Manifest(name, config, {}), task)
        # With config.yaml the folder is a run, so it is written last.
        write_manifest(path, sealed(manifest))
        return run_search(task, manifest, store, warnings)


def _require_usable(config: RunConfig, task: Task, path: Path) -> None:
    """ConfigError for a learner, model or rater that would fail later in the run."""
    load_hidden(task)
    open_learner(config.trainer, config.algo or task.train.algo)
    _open_author_model(config, path, lambda _: None)
    _budget(config)
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


def _initial_sources(task: Task, config: RunConfig) -> list[str]:
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


def with_list_price(config: RunConfig) -> RunConfig:
    """The settings with the model's list price, if it is known and none is set."""
    return replace(config, price=config.price or price_of(config.model))


def run_search(
    task: Task, manifest: Manifest, store: RunStore, warnings: Sequence[str]
) -> FinishedRun:
    """Search to the end, train the final policies, conclude, and write the report.

    The run's lock is held; warnings: of the task's trial, shown to the user first.
    """
    config = manifest.config
    hidden = load_hidden(task)
    with Screen(hidden.unit) as screen:
        for warning in warnings:
            screen.say(f"warning: {warning}")
        ledger = _author_ledger(config, store, screen)
        run = _open_run(config, task, hidden, store, ledger, screen)
        screen.standing.planned_steps = planned_steps(run)
        screen.standing.spending = partial(spending, config, ledger)
        store.event(
            "started", command=scrub(shlex.join(sys.argv)), sandbox=str(run.walls)
        )
        screen.say(f"run folder: {store.path}")
        search = Search(run)
        with (
            opened_page(run),
            LocalPool(config.workers, config.wall_s, [config.trainer]) as pool,
        ):
            run_all([search], pool)
        snapshot = search.snapshot
        winner = leader(snapshot, config)
        summary = with_changes(
            conclude(run, snapshot, winner), decisive_changes(manifest)
        )
        notes: tuple[str, ...] = ()
        if winner is not None:
            review = judged_review(run, run.bank, winner)
            notes = (*winner.findings, *review.pay.findings, *review.behaviour)
        changes = [
            f"While this run went on, {change}; it was told to go on."
            for change in manifest.changes
        ]
        usage = " ".join([_usage(config, ledger), *changes])
        report = write_report(run, snapshot, summary, usage, notes)
        store.event("finished", winner=summary.winner)
        _show_ending(screen, run, snapshot, summary)
        page = write_views(run, summary, winner, notes)
        screen.say(f"report:      {page}")
        screen.say(f"to look at all runs: designer serve {store.path.parent}")
    return FinishedRun(store.path, report, summary, ledger.calls if ledger else 0)


def _open_run(
    config: RunConfig,
    task: Task,
    hidden: Hidden,
    store: RunStore,
    ledger: Ledger | None,
    screen: Screen,
) -> Run:
    """The run with its walls, author, judge model and bank of random play."""
    walls = choose(config.sandbox)
    if walls == NO_WALLS:
        screen.say(NO_WALLS_WARNING)
    author: Author
    if ledger is not None:
        author = ModelAuthor(config, ledger, store.path, walls, screen.say)
    else:
        author = SymbolicAuthor(config.seed, walls)
        screen.say(
            "rewards are written by the built-in symbolic proposer; name a model with "
            "--model to have one write them"
        )
    judge_model = _judge_ledger(config, store, screen) if config.judge_model else None
    bank = random_bank(task, config.seed)
    return Run(config, task, hidden, store, bank, author, screen, walls, judge_model)


def _author_ledger(config: RunConfig, store: RunStore, screen: Screen) -> Ledger | None:
    """The ledger of the model that writes rewards; None for the symbolic proposer."""
    client = _open_author_model(config, store.path, screen.say)
    if client is None:
        return None
    # A person gets all prompts of a generation at once, a server a few at a time.
    parallel = config.candidates if config.model == "manual" else CALLS_AT_ONCE
    path = store.path / "llm.jsonl"
    return Ledger(path, client, _budget(config), parallel, screen.say)


def _judge_ledger(config: RunConfig, store: RunStore, screen: Screen) -> Ledger:
    """The ledger of the vision model that compares clips; its limits are its own."""
    client = open_client(config.judge_model, store.path, screen.say)
    path = store.path / "judge.jsonl"
    priced = replace(config, price=price_of(config.judge_model))
    return Ledger(path, client, _budget(priced), CALLS_AT_ONCE, screen.say)


def _open_author_model(config: RunConfig, path: Path, say: Say) -> Client | None:
    if config.model == "symbolic":
        return None
    return open_client(config.model, path, say, reply_tokens=config.reply_tokens)


def _budget(config: RunConfig) -> Budget:
    """The limits of one model; ConfigError if they can't be kept."""
    return Budget(config.max_calls, config.max_usd, config.price, config.max_tokens)


def _usage(config: RunConfig, ledger: Ledger | None) -> str:
    """A sentence on who wrote the rewards, with calls, tokens and money."""
    if ledger is None:
        return "Rewards were written by the built-in symbolic proposer."
    price = "unknown price" if ledger.usd is None else f"{ledger.usd:.4f} USD"
    if config.price and ledger.usd:
        price += " at {:g} in and {:g} out per million tokens".format(*config.price)
    return (
        f"Rewards were written by {config.model}: {ledger.calls} calls, "
        f"{ledger.tokens_in} tokens in, {ledger.tokens_out} out, {price}."
    )


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
