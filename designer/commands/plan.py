"""designer plan: what a run will cost, before it starts."""

import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from designer.authors.brief import Brief
from designer.authors.messages import messages_for
from designer.commands.limits import asks_a_model, author_price, judge_price
from designer.commands.run import settled
from designer.config import RunConfig, checked_config
from designer.errors import ConfigError
from designer.llm import Budget
from designer.llm.ledger import FIRST_GUESS_TOKENS_OUT
from designer.options import BatchOptions
from designer.rewards.bank import random_bank
from designer.rewards.sources import BASELINES, Baseline, Designed, RewardSource
from designer.run.candidates import SeedResult
from designer.run.grid import Cell, read_grid
from designer.search.machines import pairs_to_compare
from designer.search.session import devices_of, jobs_at_once, trainer_of
from designer.selection.allocation import most_work
from designer.selection.merit import BY_FITNESS
from designer.training.job import Job, Training
from designer.training.pool import LocalPool, Progress
from designer.training.results import load_result
from designer.training.settings import SETTINGS, SHORTEST_ROLLOUT
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import Task
from sandbox import choose

TRIAL_STEPS = 16_384
WHOLE_ROLLOUTS = 8  # so many fit into a trial of many environments, four into its half
TRIAL_WALL_S = 600.0
CONSTANT_REWARD = "def reward(s, a, s_next):\n    return {'constant': 1.0}\n"
CHARACTERS_PER_TOKEN = 4  # rule of thumb for English and code
# Of a question to a judge model: 13,000 characters (walker-run) and two pictures.
JUDGE_TOKENS_IN = 5000


# The keys of --json, by what the table says.
PLAN_KEYS = {
    "steps/s of one training here": "steps_per_s",
    "steps/s of a generation here": "steps_per_s",
    "trainings, at most": "trainings",
    "steps, at most": "steps",
    "hours of one core like these": "core_hours",
    "hours here": "hours",
    "model calls, without corrections": "calls",
    "calls of the judge model at most": "judge_calls",
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


Costs = dict[str, str | int | float]


def cost_of_run(task_name: str, config: RunConfig) -> Costs:
    """Trainings, steps and hours of a run at most; a short training gives the speed."""
    config = checked_config(config)
    task = load_task(task_name, measured=config.judge != "people")
    config = settled(config, task)
    rate = steps_per_second(task, config)
    trainings, steps = _most_work(task, config)
    job = "a generation" if devices_of(config) else "one training"
    costs: Costs = {
        "trainings, at most": trainings,
        "steps, at most": steps,
        f"steps/s of {job} here": round(rate),
        "hours here": round(steps / rate / jobs_at_once(config) / 3600, 2),
    }
    if not _asks_models(config):
        return costs
    return costs | _model_costs(config, _prompt_tokens(task, config))


def cost_of_batch(file: Path, options: BatchOptions) -> Costs:
    """As of one run, over all runs of a batch file."""
    cells = read_grid(file).cells
    workers = options.workers or max(jobs_at_once(cell.config) for cell in cells)
    tasks = {
        cell.task: load_task(cell.task, measured=cell.config.judge != "people")
        for cell in cells
    }
    kinds = {_speed_key(tasks[cell.task], cell): cell for cell in cells}
    rates = {
        kind: steps_per_second(tasks[cell.task], cell.config)
        for kind, cell in kinds.items()
    }
    total: Counter[str] = Counter()
    costs: list[Costs] = []
    for cell in cells:
        config = settled(cell.config, tasks[cell.task])
        trainings, steps = _most_work(tasks[cell.task], config)
        seconds = steps / rates[_speed_key(tasks[cell.task], cell)]
        total.update(trainings=trainings, steps=steps)
        total["seconds"] += round(seconds)
        if _asks_models(config):
            tokens = _prompt_tokens(tasks[cell.task], config)
            costs.append(_model_costs(config, tokens))
    figures: Costs = {
        "runs": len(cells),
        "trainings, at most": total["trainings"],
        "steps, at most": total["steps"],
        "hours of one core like these": round(total["seconds"] / 3600, 2),
        "hours here": round(total["seconds"] / workers / 3600, 2),
    }
    for key in dict.fromkeys(key for cost in costs for key in cost):
        amounts = [cost.get(key, 0) for cost in costs]
        numbers = [amount for amount in amounts if not isinstance(amount, str)]
        figures[key] = sum(numbers) if len(numbers) == len(amounts) else "unknown"
    return figures


def _most_work(task: Task, config: RunConfig) -> tuple[int, int]:
    """Trainings and steps of a run at most; a task without metric has no baselines."""
    hidden = load_hidden(task)
    baselines = sum(hidden.baseline(name) is not None for name in BASELINES)
    return most_work(config, task.train.steps, baselines)


def _speed_key(task: Task, cell: Cell) -> tuple[object, ...]:
    """What the speed of a cell's jobs depends on."""
    size = cell.config.candidates * cell.config.seeds
    trainer = trainer_of(cell.config, task)
    return cell.task, trainer, size if trainer.takes_many else 1


def steps_per_second(task: Task, config: RunConfig) -> float:
    """Speed of one job here, from a short one with the human-written reward.

    Where people judge, there may be none: then with a constant one.
    A job is one training, or all of a generation with --trainer mjx. What comes before
    the first rollout's end and after the last one's is not counted, nor, where rollouts
    of a new length are compiled first, what comes before the second half's first.
    """
    trainer = trainer_of(config, task)
    count = config.candidates * config.seeds if trainer.takes_many else 1
    envs = config.envs or task.train.environments or SETTINGS.envs
    steps = max(TRIAL_STEPS, WHOLE_ROLLOUTS * envs * SHORTEST_ROLLOUT)
    with tempfile.TemporaryDirectory() as folder:
        reward: RewardSource = Baseline("human")
        if not task.measured:
            reward = Designed(Path(folder) / "reward.py")
            reward.path.write_text(CONSTANT_REWARD)
        trainings = tuple(
            Training(Path(folder) / str(k), reward, k) for k in range(count)
        )
        job = Job(
            trainings,
            str(task.folder),
            trainer,
            steps,
            steps,
            tuple(range(config.episodes)),
            walls=choose(config.sandbox),
            measured=task.measured,
        )
        rollouts = _rollouts(job)
        result = load_result(job.folders[0])
    if not isinstance(result, SeedResult):
        reason = result.reason if result else "it ended without a result"
        raise ConfigError(f"a trial training failed: {reason}")
    if trainer.takes_many:
        rollouts = [rollout for rollout in rollouts if rollout[1] > steps // 2]
    (began, first), (ended, last) = rollouts[0], rollouts[-1]
    return count * (last - first) / (ended - began)


def _rollouts(job: Job) -> list[tuple[float, int]]:
    """The time of each rollout's end, s, and the steps of one training by then."""
    rollouts: list[tuple[float, int]] = []
    with LocalPool(1, TRIAL_WALL_S, [job.trainer.name]) as pool:
        pool.submit(job)
        while not pool.free:
            for event in pool.wait(1.0):
                if isinstance(event, Progress) and event.k == 0:
                    rollouts.append((time.monotonic(), event.steps))
    return rollouts


def _asks_models(config: RunConfig) -> bool:
    return asks_a_model(config.model) or asks_a_model(config.judge_model)


def _prompt_tokens(task: Task, config: RunConfig) -> int:
    """Tokens of the first prompt, roughly."""
    steps = config.steps or task.train.steps
    brief = Brief(task, random_bank(task, 0), config, steps, merit=BY_FITNESS)
    return sum(len(m.content) for m in messages_for(brief)) // CHARACTERS_PER_TOKEN


def _model_costs(config: RunConfig, first_prompt: int) -> Costs:
    """Costs of both models if every first reply is usable; first_prompt: in tokens."""
    calls = _author_calls(config)
    judge_calls = _judge_calls(config)
    # Later prompts also tell the history of the run.
    tokens = calls * first_prompt * 2, calls * FIRST_GUESS_TOKENS_OUT
    judged = judge_calls * JUDGE_TOKENS_IN, judge_calls * FIRST_GUESS_TOKENS_OUT
    bills = (
        Budget(usd_per_mtok=author_price(config)).usd(*tokens),
        Budget(usd_per_mtok=judge_price(config)).usd(*judged),
    )
    amounts = [bill for bill in bills if bill is not None]
    usd = f"{sum(amounts):.2g}" if len(amounts) == len(bills) else None
    costs: Costs = {"model calls, without corrections": calls}
    if config.judge_model:
        costs["calls of the judge model at most"] = judge_calls
    return costs | {
        "tokens in, roughly": tokens[0] + judged[0],
        "tokens out, roughly, without thinking": tokens[1] + judged[1],
        "USD, roughly": "unknown" if usd is None else float(usd),
    }


def _author_calls(config: RunConfig) -> int:
    """How often rewards are asked for, and what goes with them."""
    if not asks_a_model(config.model):
        return 0
    calls = config.candidates * config.generations - len(config.init)
    calls += calls if config.critic else 0
    parents = {"islands": config.islands, "none": 0}.get(config.parents, 1)
    calls += parents * (config.generations - 1) if config.analyst else 0
    return calls + int(config.subgoals)


def _judge_calls(config: RunConfig) -> int:
    """How often the judge model is asked: about each pair twice.

    A generation is compared with the reward that leads, the winner with the baselines.
    """
    if not asks_a_model(config.judge_model):
        return 0
    later = [config.candidates + 1] * (config.generations - 1)
    pools = [config.candidates, *later, 1 + len(BASELINES)]
    pairs = [pairs_to_compare([str(k) for k in range(size)]) for size in pools]
    return 2 * sum(len(of_pool) for of_pool in pairs)
