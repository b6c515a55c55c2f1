"""Starting, resuming and reporting runs: settings and folder in, summary out."""

import importlib.metadata
import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from designer.config import RunConfig
from designer.errors import ConfigError
from designer.llm import Budget, Ledger, open_client
from designer.loop import Run, compare, search
from designer.propose.proposers import Proposer, model_proposer, symbolic_proposer
from designer.report.markdown import table, write_report
from designer.report.summary import Summary, selection_luck, summarise
from designer.screen import Screen
from designer.search.bank import random_bank, save
from designer.store import RunStore, write_atomic
from designer.training.job import trainer
from envs.task import Task, load_task
from envs.yamlfile import nearest, read

CALLS_AT_ONCE = 4
LIBRARIES = ("mujoco", "gymnasium", "stable-baselines3", "torch", "numpy")


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
    task = load_task(task_name)
    # What can't work is told now and not by the first training.
    _ = task.hidden
    trainer(config.trainer, config.algo or task.train.algo)
    path = out or _new_folder(task, config)
    if (path / "config.yaml").exists():
        raise ConfigError(
            f"{path} already holds a run; go on with it: designer resume {path}"
        )
    store = RunStore(path)
    with store.locked():
        settings = {"task": str(_portable(task)), **config.to_json()}
        versions = {"python": platform.python_version(), **_versions()}
        text = yaml.safe_dump(settings | {"versions": versions}, sort_keys=False)
        write_atomic(path / "command.txt", shlex.join(command) + "\n")
        write_atomic(path / "config.yaml", text)
        return _go(task, config, store)


def resume(path: Path, max_calls: int | None, max_usd: float | None) -> Finished:
    """Go on with a run where it stopped; a finished one is only reported again.

    max_calls, max_usd: new limits, None for those the run was started with.
    """
    task, config = load_run(path)
    config = replace(
        config,
        max_calls=max_calls or config.max_calls,
        max_usd=max_usd or config.max_usd,
    )
    store = RunStore(path)
    with store.locked():
        return _go(task, config, store)


def load_run(path: Path) -> tuple[Task, RunConfig]:
    """Task and settings of a run folder."""
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    document = read(path / "config.yaml")
    known = {field.name for field in fields(RunConfig)}
    settings = dict(document.data)
    settings.pop("versions", None)
    task = load_task(str(settings.pop("task", "")))
    for name in settings:
        if name not in known:
            raise document.error(
                (name,), f"unknown key '{name}'; {nearest(name, known)}"
            )
    if settings.get("price"):
        settings["price"] = tuple(settings["price"])
    return task, RunConfig(**settings)


def _go(task: Task, config: RunConfig, store: RunStore) -> Finished:
    with Screen(task.hidden.unit) as screen:
        ledger = _ledger(config, store, screen)
        propose = _proposer(config, ledger, store, screen)
        run = Run(config, task, store, propose, screen)
        store.event("started", command=shlex.join(sys.argv))
        screen.say(f"run folder: {store.path}")
        bank_path = store.path / "bank" / "random.npz"
        if not bank_path.exists():
            save(bank_path, random_bank(task, config.seed))
        winner = search(run)
        summary = summarise(compare(run, winner), winner, task.hidden.unit)
        report = write_report(store, config, task, summary, _usage(config, ledger))
        store.event("finished", winner=summary.winner)
        screen.say("")
        screen.table(table(summary))
        screen.say(f"\n{summary.verdict}")
        screen.say(selection_luck(summary))
        if winner:
            screen.say(f"best reward: {store.path / 'best' / 'reward.py'}")
        screen.say(f"report:      {report}")
    return Finished(store.path, report, summary, ledger.calls if ledger else 0)


def _versions() -> dict[str, str]:
    installed = {d.name: d.version for d in importlib.metadata.distributions()}
    return {name: installed[name] for name in LIBRARIES if name in installed}


def _proposer(
    config: RunConfig, ledger: Ledger | None, store: RunStore, screen: Screen
) -> Proposer:
    if ledger is not None:
        return model_proposer(config, ledger, store.path)
    if config.model == "symbolic":
        screen.say(
            "rewards are written by the built-in symbolic proposer; name a model with "
            "--model to have one write them"
        )
    return symbolic_proposer(config)


def _ledger(config: RunConfig, store: RunStore, screen: Screen) -> Ledger | None:
    if config.model == "symbolic":
        return None
    budget = Budget(config.max_calls, config.max_usd, config.price)
    client = open_client(config.model, store.path, screen.say)
    # A person gets all prompts of a generation at once, a server a few at a time.
    parallel = config.candidates if config.model == "manual" else CALLS_AT_ONCE
    return Ledger(store.path / "llm.jsonl", client, budget, parallel, screen.say)


def _usage(config: RunConfig, ledger: Ledger | None) -> str:
    confined = "Rewards ran in processes of their own (rlimits, emptied environment)."
    if ledger is None:
        return f"Rewards were written by the built-in symbolic proposer. {confined}"
    price = "unknown price" if ledger.usd is None else f"{ledger.usd:.4f} USD"
    return (
        f"Rewards were written by {config.model}: {ledger.calls} calls, "
        f"{ledger.tokens_in} tokens in, {ledger.tokens_out} out, {price}. {confined}"
    )


def _new_folder(task: Task, config: RunConfig) -> Path:
    stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return Path("runs") / f"{task.name}_{stamp}_s{config.seed}"


def _portable(task: Task) -> Any:
    """A task of ours by its name, another by its path."""
    from envs.task import TASKS

    return task.name if task.folder.parent == TASKS else task.folder
