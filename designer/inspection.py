"""The commands that only look: tasks, plan, report."""

import tempfile
from pathlib import Path

from designer.config import RunConfig
from designer.errors import ConfigError, StoreError
from designer.executors.local import run_jobs
from designer.files import read_json, read_text, require_plain
from designer.llm import Budget, price_of
from designer.llm.ledger import FIRST_GUESS_TOKENS_OUT
from designer.propose.brief import Brief
from designer.propose.messages import messages_for, task_variables
from designer.records import SeedResult
from designer.search.bank import random_bank
from designer.search.merit import BY_FITNESS
from designer.settings import RECIPES
from designer.training.job import Job
from envs.task import load_task, task_names
from envs.yamlfile import read
from prompts import render
from sandbox import clean

TRIAL_STEPS = 16_384
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English and code
MAX_REPORT_CHARACTERS = 10_000_000


def list_tasks() -> list[list[str]]:
    """Header and one row per task."""
    tasks = [load_task(name) for name in task_names()]
    rows = [[t.name, t.env, f"{t.train.steps:,}", t.goal] for t in tasks]
    return [["task", "env", "steps", "goal"], *rows]


def show_task(name: str) -> str:
    """The task as the model will see it."""
    task = load_task(name)
    return render("task", **task_variables(task, random_bank(task, 0)))


def list_recipes() -> list[list[str]]:
    """Header and one row per recipe: the settings in which it differs, and its idea."""
    usual = RunConfig()
    rows = [["recipe", "idea", "settings that differ"]]
    for path in sorted(RECIPES.glob("*.yaml"), key=lambda path: path.stem):
        idea = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        differs = (
            f"{key}={str(value).lower()}"
            for key, value in read(path).data.items()
            if getattr(usual, key) != value
        )
        rows.append([path.stem, idea, " ".join(differs)])
    return rows


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
    if config.model == "symbolic" or config.model.startswith("replay:"):
        return costs
    brief = Brief(task, random_bank(task, 0), config, steps, merit=BY_FITNESS)
    size = sum(len(m.content) for m in messages_for(brief)) // CHARACTERS_PER_TOKEN
    return costs | _model_costs(config, size)


def _model_costs(config: RunConfig, first_prompt: int) -> dict[str, str | int | float]:
    """What the model costs if every first reply is usable. first_prompt: in tokens."""
    calls = config.candidates * config.generations - len(config.init)
    calls += calls if config.critic else 0
    parents = {"islands": config.islands, "none": 0}.get(config.parents, 1)
    calls += parents * (config.generations - 1) if config.analyst else 0
    calls += int(config.subgoals)
    # Prompts grow with the history that they tell.
    tokens_in, tokens_out = calls * first_prompt * 2, calls * FIRST_GUESS_TOKENS_OUT
    price = config.price or price_of(config.model)
    usd = Budget(usd_per_mtok=price).usd(tokens_in, tokens_out)
    return {
        "model calls, without corrections": calls,
        "tokens in, roughly": tokens_in,
        "tokens out, roughly, without thinking": tokens_out,
        "USD, roughly": "unknown" if usd is None else float(f"{usd:.2g}"),
    }


def read_report(path: Path) -> tuple[str, dict[str, object]]:
    """Text and figures of a finished run."""
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    require_plain(path)
    result = read_json(path / "result.json")
    if result is None:
        raise StoreError(f"{path} is not finished; go on: designer resume {path}")
    return clean(read_text(path / "report.md"), MAX_REPORT_CHARACTERS), result
