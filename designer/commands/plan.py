"""designer plan: what a run will cost, before it starts."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from designer.authors.brief import Brief
from designer.authors.messages import messages_for
from designer.config import RunConfig
from designer.errors import ConfigError
from designer.llm import Budget, price_of
from designer.llm.ledger import FIRST_GUESS_TOKENS_OUT
from designer.rewards.bank import random_bank
from designer.rewards.sources import Baseline
from designer.run.candidates import SeedResult
from designer.selection.allocation import allocation_of
from designer.selection.merit import BY_FITNESS
from designer.training.job import Job, Training
from designer.training.pool import run_jobs
from envs.make import load_task

TRIAL_STEPS = 16_384
TRIAL_WALL_S = 600.0
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English and code


# The keys of --json, by what the table says.
PLAN_KEYS = {
    "steps/s of one training here": "steps_per_s",
    "hours here": "hours",
    "model calls, without corrections": "calls",
    "tokens in, roughly": "tokens_in",
    "tokens out, roughly, without thinking": "tokens_out",
    "USD, roughly": "usd",
}


def plan_json(costs: Mapping[str, str | int | float]) -> dict[str, object]:
    """Costs for --json: short keys, and None for what is unknown."""
    return {
        PLAN_KEYS.get(name, name): None if value == "unknown" else value
        for name, value in costs.items()
    }


def cost_of_run(task_name: str, config: RunConfig) -> dict[str, str | int | float]:
    """Trainings, steps, hours and calls of a run; a short training gives the speed."""
    task = load_task(task_name)
    steps = config.steps or task.train.steps
    rewards = config.candidates * config.generations
    trainings = rewards * config.seeds + 3 * config.final_seeds
    generation_steps = allocation_of(config, steps).generation_steps
    total = config.generations * config.seeds * generation_steps
    total += 3 * config.final_seeds * steps
    with tempfile.TemporaryDirectory() as folder:
        training = Training(Path(folder), Baseline("human"), 0)
        job = Job(
            (training,),
            str(task.folder),
            config.trainer,
            config.algo or task.train.algo,
            TRIAL_STEPS,
            TRIAL_STEPS,
            tuple(range(config.episodes)),
        )
        (result,) = run_jobs([job], 1, TRIAL_WALL_S)
    if not isinstance(result, SeedResult):
        reason = result.reason if result else "it ended without a result"
        raise ConfigError(f"a trial training failed: {reason}")
    rate = result.steps / result.seconds
    costs: dict[str, str | int | float] = {
        "trainings": trainings,
        "steps": total,
        "steps/s of one training here": round(rate),
        "hours here": round(total / rate / config.workers / 3600, 2),
    }
    if config.model == "symbolic" or config.model.startswith("replay:"):
        return costs
    brief = Brief(task, random_bank(task, 0), config, steps, merit=BY_FITNESS)
    size = sum(len(m.content) for m in messages_for(brief)) // CHARACTERS_PER_TOKEN
    return costs | _model_costs(config, size)


def _model_costs(config: RunConfig, first_prompt: int) -> dict[str, str | int | float]:
    """Costs of the model if every first reply is usable; first_prompt: in tokens."""
    calls = config.candidates * config.generations - len(config.init)
    calls += calls if config.critic else 0
    parents = {"islands": config.islands, "none": 0}.get(config.parents, 1)
    calls += parents * (config.generations - 1) if config.analyst else 0
    calls += int(config.subgoals)
    # Later prompts also tell the history of the run.
    tokens_in, tokens_out = calls * first_prompt * 2, calls * FIRST_GUESS_TOKENS_OUT
    price = config.price or price_of(config.model)
    usd = Budget(usd_per_mtok=price).usd(tokens_in, tokens_out)
    return {
        "model calls, without corrections": calls,
        "tokens in, roughly": tokens_in,
        "tokens out, roughly, without thinking": tokens_out,
        "USD, roughly": "unknown" if usd is None else float(f"{usd:.2g}"),
    }
