"""The commands that only look: tasks, check, plan, report, doctor."""

import os
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from designer.config import RunConfig
from designer.errors import ConfigError, StoreError
from designer.executors.local import run_jobs
from designer.propose.accept import Accepted, Refused, accept_source
from designer.propose.messages import Brief, messages_for, task_variables
from designer.records import SeedResult
from designer.search.bank import random_bank
from designer.store import read_json
from designer.training.job import Job
from envs.task import load_task, task_names
from prompts import render

TRIAL_STEPS = 16_384
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English and code


def list_tasks() -> list[list[str]]:
    """Header and one row per task."""
    tasks = [load_task(name) for name in task_names()]
    rows = [[t.name, t.env, f"{t.train.steps:,}", t.goal] for t in tasks]
    return [["task", "env", "steps", "goal"], *rows]


def show_task(name: str) -> str:
    """The task as the model will see it."""
    task = load_task(name)
    return render("task", **task_variables(task, random_bank(task, 0)))


def check_file(file: Path, task_name: str) -> Accepted | Refused:
    """What checking a reward file against a task says."""
    bank = random_bank(load_task(task_name), 0)
    try:
        source = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not a text file: {error.reason}") from None
    return accept_source(source, bank)


def plan(task_name: str, config: RunConfig) -> dict[str, str | int | float]:
    """Trainings, steps, hours and calls of a run; a short training is timed for it."""
    task = load_task(task_name)
    steps = config.steps or task.train.steps
    rewards = config.candidates * config.generations
    trainings = rewards * config.seeds + 3 * config.final_seeds
    with tempfile.TemporaryDirectory() as folder:
        seeds = tuple(range(config.episodes))
        how = (config.trainer, config.algo or task.train.algo)
        job = Job(Path(folder), str(task.folder), *how, "human", 0, TRIAL_STEPS, seeds)
        (result,) = run_jobs([job], 1, 600.0)
    if not isinstance(result, SeedResult):
        raise ConfigError(f"a trial training failed: {result.reason}")
    rate = result.steps / result.seconds
    costs: dict[str, str | int | float] = {
        "trainings": trainings,
        "steps": trainings * steps,
        "steps/s of one training here": round(rate),
        "hours here": round(trainings * steps / rate / config.workers / 3600, 2),
    }
    if config.model != "symbolic":
        brief = Brief(task, random_bank(task, 0), steps, (), None, (), "explore", 0)
        size = sum(len(m.content) for m in messages_for(brief)) // CHARACTERS_PER_TOKEN
        costs["model calls, without repairs"] = rewards
        costs["tokens in, roughly"] = rewards * size * 2
    return costs


def read_report(path: Path) -> tuple[str, dict[str, object]]:
    """Text and figures of a finished run."""
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    result = read_json(path / "result.json")
    if result is None:
        raise StoreError(f"{path} is not finished; go on: designer resume {path}")
    return (path / "report.md").read_text(encoding="utf-8"), result


def _installed(name: str) -> tuple[str, str]:
    try:
        found = version(name)
    except PackageNotFoundError:
        if name == "stable-baselines3":
            return "not installed (only for --trainer sb3)", ""
        return "missing", "make install"
    wrong = (name, found) == ("mujoco", "4.0.0")
    return found, "make install (4.0.0 has a wrong solver)" if wrong else ""


def doctor() -> list[tuple[str, str, str]]:
    """(what, state, fix) per need; fix is '' where all is well."""
    rows = [("Python", ".".join(map(str, sys.version_info[:3])), "")]
    for name in ("mujoco", "gymnasium", "openai", "stable-baselines3"):
        rows.append((name, *_installed(name)))
    rows.append(("cores", str(len(os.sched_getaffinity(0))), ""))
    bank = random_bank(load_task("hopper-run"), 0)
    probe = accept_source("def reward(s, a, s_next):\n    return {'one': 1.0}\n", bank)
    works = not isinstance(probe, Refused)
    rows.append(
        (
            "reward process",
            "starts" if works else "fails",
            "" if works else "; ".join(probe.problems),  # type: ignore[union-attr]
        )
    )
    key = (
        "set"
        if os.environ.get("OPENAI_API_KEY")
        else "not set (not needed for symbolic)"
    )
    rows.append(("OPENAI_API_KEY", key, ""))
    return rows
