"""A run opened for its search, with its models, walls and author; and its end."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.authors.author import Author
from designer.authors.model import ModelAuthor
from designer.authors.symbolic import SymbolicAuthor
from designer.commands.limits import (
    author_budget,
    author_price,
    judge_budget,
    judge_price,
)
from designer.config import RunConfig
from designer.llm import Budget, Ledger, Reply, Request, calls_at_once
from designer.llm.budget import Spending
from designer.llm.keys import scrub
from designer.llm.recording import JUDGE_FILE, RECORDING_FILE
from designer.llm.shared import Models
from designer.report.markdown import write_report
from designer.report.summary import Summary, with_changes
from designer.report.votes_verdict import conclude
from designer.rewards.bank import random_bank
from designer.run.candidates import Candidate
from designer.run.folder import RunStore
from designer.run.manifest import Manifest
from designer.run.provenance import decisive_changes
from designer.search.confirmation import in_words
from designer.search.generation import judged_review
from designer.search.loop import Search
from designer.search.plan import leader
from designer.search.session import Run
from designer.terminal.screen import Screen
from envs.hidden import load_hidden
from envs.task import Task
from sandbox import NO_WALLS, choose

NO_WALLS_WARNING = (
    "warning: --sandbox none: nothing keeps rewards of this run from your files and "
    "network"
)


@dataclass(frozen=True)
class OpenRun:
    """A run whose lock is held and whose search can go on; ledger: of its author."""

    manifest: Manifest
    run: Run
    ledger: Ledger | None
    search: Search


@dataclass(frozen=True)
class FinishedRun:
    """A run at its end.

    calls: of the model, in all its processes. notes: findings on the winner, sentences.
    """

    path: Path
    report: Path
    summary: Summary
    calls: int
    winner: Candidate | None = None
    notes: tuple[str, ...] = ()


def open_search(
    task: Task,
    manifest: Manifest,
    store: RunStore,
    screen: Screen,
    warnings: Sequence[str],
    models: Models,
) -> OpenRun:
    """The search of a run folder, whose lock is held, as far as it has come."""
    for warning in warnings:
        screen.say(f"warning: {warning}")
    ledger = _author_ledger(manifest.config, store, screen, models)
    run = _open_run(manifest.config, task, store, ledger, screen, models)
    store.event("started", command=scrub(shlex.join(sys.argv)), sandbox=str(run.walls))
    return OpenRun(manifest, run, ledger, Search(run))


def close_search(opened: OpenRun) -> FinishedRun:
    """Conclude a search that is over, and write its report."""
    run, ledger, snapshot = opened.run, opened.ledger, opened.search.snapshot
    winner = leader(snapshot, run.config)
    summary = with_changes(
        conclude(run, snapshot, winner), decisive_changes(opened.manifest)
    )
    notes: tuple[str, ...] = ()
    if winner is not None:
        review = judged_review(run, run.bank, winner)
        notes = (*winner.findings, *review.pay.findings, *review.behaviour)
        fresh = in_words(winner, snapshot, run.config, run.hidden.unit)
        notes = (fresh, *notes) if fresh else notes
    changes = [
        f"While this run went on, {change}; it was told to go on."
        for change in opened.manifest.changes
    ]
    usage = " ".join([_usage(run.config, ledger), *changes])
    report = write_report(run, snapshot, summary, usage, notes)
    run.store.event("finished", winner=summary.winner)
    calls = ledger.calls if ledger else 0
    return FinishedRun(run.store.path, report, summary, calls, winner, notes)


def _open_run(
    config: RunConfig,
    task: Task,
    store: RunStore,
    ledger: Ledger | None,
    screen: Screen,
    models: Models,
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
    judge_model = (
        _judge_ledger(config, store, screen, models) if config.judge_model else None
    )
    bank, hidden = random_bank(task, config.seed), load_hidden(task)
    return Run(config, task, hidden, store, bank, author, screen, walls, judge_model)


def _author_ledger(
    config: RunConfig, store: RunStore, screen: Screen, models: Models
) -> Ledger | None:
    """The ledger of the model that writes rewards; None for the symbolic proposer."""
    if config.model == "symbolic":
        return None
    client = models.open(config.model, store.path, screen.say, config.reply_tokens)
    # A person gets all prompts of a generation at once, a server a few at a time.
    parallel = models.calls or calls_at_once(config.model)
    if config.model == "manual":
        parallel = config.candidates
    path, budget = store.path / RECORDING_FILE, author_budget(config)
    return Ledger(path, client, budget, parallel, screen.say, models.account)


def _judge_ledger(
    config: RunConfig, store: RunStore, screen: Screen, models: Models
) -> Ledger:
    """The ledger of the vision model that compares clips; its limits are its own."""
    client = models.open(config.judge_model, store.path, screen.say, None)
    path, budget = store.path / JUDGE_FILE, judge_budget(config)
    parallel = models.calls or calls_at_once(config.judge_model)
    return Ledger(path, client, budget, parallel, screen.say, models.account)


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


def spent_on(path: Path, config: RunConfig) -> tuple[Spending, Spending]:
    """What a run folder's author and judge model have cost so far."""
    author, judge = ledgers_of(path, config)
    return author.spent, judge.spent


def ledgers_of(path: Path, config: RunConfig) -> tuple[Ledger, Ledger]:
    """The ledgers of a run folder's author and judge model, to be read only."""
    prices = author_price(config), judge_price(config)
    author, judge = (Budget(usd_per_mtok=price) for price in prices)
    return (
        Ledger(path / RECORDING_FILE, _no_client, author),
        Ledger(path / JUDGE_FILE, _no_client, judge),
    )


def _no_client(request: Request) -> Reply:
    raise AssertionError(f"nobody is asked: {request.label}")
