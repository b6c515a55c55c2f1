"""Pools for search.py: rewards of one task, each fully trained from several seeds."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from rewritten import REWRITTEN

from designer.authors.brief import Brief
from designer.authors.symbolic import symbolic_reply
from designer.config import RunConfig
from designer.rewards.accept import Accepted, accept, accept_source
from designer.rewards.bank import Bank, random_bank
from designer.rewards.sources import (
    Baseline,
    Designed,
    RewardSource,
    open_baseline,
    open_reward,
)
from designer.run.candidates import SeedResult
from designer.run.seeds import derive
from designer.selection.merit import BY_FITNESS
from designer.training.job import Job, Training
from designer.training.learner import Trainer, rungs
from designer.training.pool import run_jobs
from envs.hidden import load_hidden
from envs.make import load_task, make_env

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


def rewards_of(task_name: str, count: int) -> list[tuple[str, Accepted]]:
    """Kind and reward, as they were when the pool was begun.

    Replies of a model, hacks, then symbolic ones.
    """
    path, bank = pool_path(task_name, "rewards"), random_bank(load_task(task_name), 0)
    if not path.exists():
        lines = [
            json.dumps({"kind": kind, "source": reward.source})
            for kind, reward in _distinct(task_name, bank, count)
        ]
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    rewards = []
    for line in read(path):
        reward = accept_source(line["source"], bank)
        assert isinstance(reward, Accepted), reward
        rewards.append((line["kind"], reward))
    return rewards


def _distinct(task_name: str, bank: Bank, count: int) -> Iterator[tuple[str, Accepted]]:
    """The first rewards of which no two are the same code."""
    shapes: set[str] = set()
    for kind, answer in _candidates(task_name, bank):
        if isinstance(answer, Accepted) and answer.shape not in shapes:
            shapes.add(answer.shape)
            yield kind, answer
        if len(shapes) == count:
            return


def _candidates(task_name: str, bank: Bank) -> Iterator[tuple[str, Any]]:
    for replies in sorted(RUNS.glob(f"{task_name}*.jsonl")):
        for record in read(replies):
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
            done = {(r["reward"], r["seed"]) for r in read(path)}
            if (number, seed) in done:
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
    """Train the human reward: with the first seeds as it is, with others rewritten.

    No training shares its seed with another one.
    """
    path, steps = pool_path(task_name, "same"), load_task(task_name).train.steps
    path.parent.mkdir(exist_ok=True)
    for seed in seeds:
        if seed in {r["seed"] for r in read(path)}:
            continue
        writing = 1 + seed % len(REWRITTEN) if seed >= SAME_SEEDS else 0
        with tempfile.TemporaryDirectory() as folder:
            source: RewardSource = Baseline("human")
            if writing:
                source = Designed(Path(folder) / "reward.py")
                source.path.write_text(REWRITTEN[writing - 1])
                _require_human(task_name, source)
            result = train(task_name, source, 1000 + seed, steps, Path(folder) / "s")
        with path.open("a") as file:
            file.write(line_of(result, seed=seed, writing=writing))


def _require_human(task_name: str, source: Designed) -> None:
    """AssertionError where a reward does not pay what the human one does."""
    task = load_task(task_name)
    bank, hidden, env = random_bank(task, 0), load_hidden(task), make_env(task, 1)
    rows = bank.s, bank.a, bank.s_next
    human = open_baseline("human", hidden, env.public_widths)(*rows).sum(axis=1)
    with closing(open_reward(source, hidden, env, len(bank.s), None)) as reward:
        assert np.allclose(reward(*rows).sum(axis=1), human, rtol=1e-9, atol=1e-9)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a pool."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]
