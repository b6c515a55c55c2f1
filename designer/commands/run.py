"""designer run: settings and folder in, a finished search out."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from designer.authors.author import Author
from designer.authors.model import ModelAuthor
from designer.authors.symbolic import SymbolicAuthor
from designer.clips.workers import require_pyav
from designer.commands.check import audit
from designer.config import RunConfig, checked
from designer.errors import ConfigError
from designer.llm import Budget, Client, Ledger, Say, open_client, price_of
from designer.llm.keys import scrub
from designer.raters.factors import read_factors
from designer.report.markdown import table, write_report
from designer.report.summary import Summary, selection_luck, with_changes
from designer.report.votes_verdict import HOW_TO_CHOOSE, conclude
from designer.rewards.bank import random_bank
from designer.rewards.probe import Refused
from designer.run.basis import begun, decisive_changes, keep
from designer.run.candidates import Candidate
from designer.run.consent import sealed
from designer.run.files import write_atomic
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, write_manifest
from designer.search.films import needs_clips
from designer.search.generation import judged_review
from designer.search.loop import Search, run_all
from designer.search.plan import leader
from designer.search.session import Run
from designer.search.votes import opened_page
from designer.terminal.screen import Screen
from designer.training.job import open_learner
from designer.training.pool import LocalPool
from designer.training.trial import try_task
from designer.web.serve import require_server
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import TASKS, Task
from sandbox import NO_WALLS, Walls, choose

CALLS_AT_ONCE = 4
UNWALLED = (
    "warning: --sandbox none: nothing keeps rewards of this run from your files and "
    "network"
)


@dataclass(frozen=True)
class Finished:
    """A run at its end."""

    path: Path
    report: Path
    summary: Summary
    calls: int


def start(
    task_name: str, config: RunConfig, out: Path | None, command: Sequence[str]
) -> Finished:
    """A new run in a new folder."""
    config = checked(config)
    task = load_task(task_name, measured=config.judge != "people")
    # What can't work is told now and not by the first training.
    _ = load_hidden(task)
    open_learner(config.trainer, config.algo or task.train.algo)
    config = _priced(config)
    given = _given(task, config)
    path = out or _new_folder(task, config)
    _ = _client(config, path, lambda _: None), _budget(config)
    _check_people(config, task, path)
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
        for k, text in enumerate(given):
            write_atomic(path / "init" / f"{k:02d}.py", text)
        keep(path, task)
        manifest = begun(Manifest(_portable(task), config, {}), task)
        # With this the folder is a run, so it comes last.
        write_manifest(path, sealed(manifest))
        return _go(task, manifest, store, warnings)


def _check_people(config: RunConfig, task: Task, path: Path) -> None:
    """ConfigError where those who are to judge can't."""
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


def _given(task: Task, config: RunConfig) -> list[str]:
    """The rewards to start from; ConfigError if one can't be used."""
    if len(config.init) > config.candidates:
        raise ConfigError(
            f"--init names {len(config.init)} rewards, but a generation has only "
            f"{config.candidates} candidates"
        )
    texts = []
    for path in config.init:
        found = audit(path, str(task.folder), True, config.sandbox, 0).found
        if isinstance(found, Refused):
            raise ConfigError(f"{path}: {'; '.join(found.problems)}")
        texts.append(found.source)
    return texts


def _go(
    task: Task, manifest: Manifest, store: RunStore, warnings: Sequence[str]
) -> Finished:
    config = manifest.config
    hidden = load_hidden(task)
    with Screen(hidden.unit) as screen:
        for warning in warnings:
            screen.say(f"warning: {warning}")
        ledger = _ledger(config, store, screen)
        walls = choose(config.sandbox)
        if walls == NO_WALLS:
            screen.say(UNWALLED)
        author = _author(config, ledger, store, screen, walls)
        judge_model = _judge_model(config, store, screen)
        bank = random_bank(task, config.seed)
        run = Run(config, task, hidden, store, bank, author, screen, walls, judge_model)
        store.event("started", command=scrub(shlex.join(sys.argv)), sandbox=str(walls))
        screen.say(f"run folder: {store.path}")
        search = Search(run)
        with (
            opened_page(run),
            LocalPool(config.workers, config.wall_s, [config.trainer]) as pool,
        ):
            run_all([search], pool)
        seen = search.seen
        winner = leader(seen, config)
        changes = decisive_changes(manifest)
        summary = with_changes(conclude(run, seen, winner), changes)
        usage = " ".join([_usage(config, ledger), *map(_changed, manifest.changes)])
        noticed = _noticed(run, winner)
        report = write_report(run, seen, summary, usage, noticed)
        store.event("finished", winner=summary.winner)
        screen.say("")
        screen.table(table(summary))
        screen.say(f"\n{summary.verdict}")
        if luck := selection_luck(summary):
            screen.say(luck)
        if unanswered := seen.missing(config.generations, config.candidates):
            names = ", ".join(unanswered)
            screen.say(f"no answer: {names}; ask again: designer resume {store.path}")
        if winner:
            screen.say(f"best reward: {store.path / 'best' / 'reward.py'}")
        elif config.judge != "metric":
            screen.say(HOW_TO_CHOOSE.format(run=store.path))
        screen.say(f"report:      {report}")
    return Finished(store.path, report, summary, ledger.calls if ledger else 0)


def _noticed(run: Run, winner: Candidate | None) -> tuple[str, ...]:
    """What arithmetic says about the winner, whether or not a model was there."""
    if winner is None:
        return ()
    review = judged_review(run, run.bank, winner)
    return (*winner.findings, *review.pay.findings, *review.behaviour)


def _author(
    config: RunConfig,
    ledger: Ledger | None,
    store: RunStore,
    screen: Screen,
    walls: Walls,
) -> Author:
    if ledger is not None:
        return ModelAuthor(config, ledger, store.path, walls, screen.say)
    if config.model == "symbolic":
        screen.say(
            "rewards are written by the built-in symbolic proposer; name a model with "
            "--model to have one write them"
        )
    return SymbolicAuthor(config.seed, walls)


def _ledger(config: RunConfig, store: RunStore, screen: Screen) -> Ledger | None:
    client = _client(config, store.path, screen.say)
    if client is None:
        return None
    # A person gets all prompts of a generation at once, a server a few at a time.
    parallel = config.candidates if config.model == "manual" else CALLS_AT_ONCE
    path = store.path / "llm.jsonl"
    return Ledger(path, client, _budget(config), parallel, screen.say)


def _judge_model(config: RunConfig, store: RunStore, screen: Screen) -> Ledger | None:
    """The vision model that compares clips; it has the limits to itself."""
    if not config.judge_model:
        return None
    client = open_client(config.judge_model, store.path, screen.say)
    path = store.path / "judge.jsonl"
    priced = replace(config, price=price_of(config.judge_model))
    return Ledger(path, client, _budget(priced), CALLS_AT_ONCE, screen.say)


def _client(config: RunConfig, path: Path, say: Say) -> Client | None:
    if config.model == "symbolic":
        return None
    return open_client(config.model, path, say, reply_tokens=config.reply_tokens)


def _priced(config: RunConfig) -> RunConfig:
    """Settings with the list price where the user gave none and it is known."""
    return replace(config, price=config.price or price_of(config.model))


def _budget(config: RunConfig) -> Budget:
    return Budget(config.max_calls, config.max_usd, config.price, config.max_tokens)


def _usage(config: RunConfig, ledger: Ledger | None) -> str:
    if ledger is None:
        return "Rewards were written by the built-in symbolic proposer."
    price = "unknown price" if ledger.usd is None else f"{ledger.usd:.4f} USD"
    if config.price and ledger.usd:
        price += " at {:g} in and {:g} out per million tokens".format(*config.price)
    return (
        f"Rewards were written by {config.model}: {ledger.calls} calls, "
        f"{ledger.tokens_in} tokens in, {ledger.tokens_out} out, {price}."
    )


def _new_folder(task: Task, config: RunConfig) -> Path:
    stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return Path("runs") / f"{task.name}_{stamp}_s{config.seed}"


def _changed(change: str) -> str:
    return f"While this run went on, {change}; it was told to go on."


def _portable(task: Task) -> str:
    """A task of ours by its name, another by its path."""
    return task.name if task.folder.parent == TASKS else str(task.folder)
