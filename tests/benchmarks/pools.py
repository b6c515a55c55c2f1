"""Pools for search.py: rewards of one task, each fully trained from several seeds."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from designer.authors.brief import Brief
from designer.authors.symbolic import symbolic_reply
from designer.config import RunConfig
from designer.rewards.accept import Accepted, accept, accept_source
from designer.rewards.bank import Bank, random_bank
from designer.rewards.sources import Baseline, Designed, RewardSource
from designer.run.candidates import SeedResult
from designer.run.seeds import derive
from designer.selection.merit import BY_FITNESS
from designer.training.job import Job, Training
from designer.training.learner import Trainer, rungs
from designer.training.pool import run_jobs
from envs.make import load_task

HERE = Path(__file__).parent
RUNS = HERE.parents[1] / "runs" / "replays"
EPISODES, WALL_S = 16, 3600.0
SAME_SEEDS = 64
HACKS = (
    "def reward(s, a, s_next):\n    return {'still': -(a**2).sum(1)}\n",
    "def reward(s, a, s_next):\n    return {'alive': 1.0}\n",
    "def reward(s, a, s_next):\n"
    "    return {'wild': (a**2).sum(1), 'forward': 0.1 * s_next.x_velocity}\n",
    "def reward(s, a, s_next):\n    return {'back': -s_next.x_velocity}\n",
)


def pool_path(task: str, kind: str = "pool") -> Path:
    """The file with the trainings of a task."""
    return HERE / "pools" / f"{kind}-{task}.jsonl"


def rewards_of(task_name: str, count: int) -> Iterator[tuple[str, Accepted]]:
    """Kind and source: replies of a model, hacks, then symbolic ones."""
    task = load_task(task_name)
    bank = random_bank(task, 0)
    seen: set[str] = set()
    for kind, answer in _candidates(task_name, bank):
        if isinstance(answer, Accepted) and answer.shape not in seen:
            seen.add(answer.shape)
            yield kind, answer
        if len(seen) == count:
            return


def _candidates(task_name: str, bank: Bank) -> Iterator[tuple[str, Any]]:
    replies = RUNS / f"{task_name}.jsonl"
    for line in replies.read_text().splitlines() if replies.exists() else []:
        record = json.loads(line)
        if "def reward" in record["reply"]:
            yield "model", accept(record["reply"], bank)
    for source in HACKS:
        yield "hack", accept_source(source, bank)
    task, config = load_task(task_name), RunConfig()
    for seed in range(1000):
        brief = Brief(task, bank, config, task.train.steps, 0, merit=BY_FITNESS)
        reply = symbolic_reply(brief, np.random.default_rng(seed))
        yield "symbolic", accept(reply, bank)


def train(
    task_name: str, source: RewardSource, seed: int, steps: int, folder: Path
) -> SeedResult:
    """One training, judged at every rung."""
    training = Training(folder, source, derive(0, "pool", seed))
    judge_seeds = tuple(derive(0, "judge", k) for k in range(EPISODES))
    for until in rungs(steps, steps):
        job = Job((training,), task_name, Trainer(), steps, until, judge_seeds)
        (result,) = run_jobs([job], 1, WALL_S)
        assert isinstance(result, SeedResult), result
    return result


def line_of(result: SeedResult, **of: Any) -> str:
    """A training as a line of the pool."""
    judged = [
        [rung.steps, rung.judgement.fitness, rung.judgement.success, rung.improved]
        for rung in result.rungs
    ]
    seconds = round(result.seconds, 1)
    return json.dumps({**of, "seconds": seconds, "rungs": judged}) + "\n"


def fill(task_name: str, count: int, seeds: Sequence[int]) -> None:
    """Train what the pool lacks; several processes may do so, with other seeds."""
    path, steps = pool_path(task_name), load_task(task_name).train.steps
    path.parent.mkdir(exist_ok=True)
    for seed in seeds:
        for number, (kind, reward) in enumerate(rewards_of(task_name, count)):
            rows = [r for r in read(path) if r["reward"] == number]
            # The proposer writes other rewards once a task has other fields.
            assert all(row["signature"] == reward.signature for row in rows), (
                f"reward {number} is another one than in {path.name}: the task has "
                "changed since"
            )
            if seed in {row["seed"] for row in rows}:
                continue
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "reward.py"
                source.write_text(reward.source)
                result = train(
                    task_name, Designed(source), seed, steps, Path(folder) / "s"
                )
            of = {"reward": number, "kind": kind, "seed": seed}
            with path.open("a") as file:
                file.write(line_of(result, **of, signature=reward.signature))


def fill_same(task_name: str, seeds: Sequence[int]) -> None:
    """Train the human reward from many seeds."""
    path, steps = pool_path(task_name, "same"), load_task(task_name).train.steps
    path.parent.mkdir(exist_ok=True)
    for seed in seeds:
        if seed in {r["seed"] for r in read(path)}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = train(
                task_name, Baseline("human"), 1000 + seed, steps, Path(folder) / "s"
            )
        with path.open("a") as file:
            file.write(line_of(result, seed=seed))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a pool."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]
