"""One training as a job: a folder and plain data in, files in that folder out."""

import hashlib
import importlib
import io
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from designer.errors import ConfigError
from designer.rewards.sources import FunctionReward, Reward
from designer.run.candidates import ENVIRONMENT, Failed, SeedResult, outcome_to_json
from designer.run.files import (
    damaged,
    read_bytes,
    read_json,
    read_text,
    write_atomic,
    write_json,
)
from designer.training.judge import judge
from designer.typed import Mismatch, read_as
from envs.env import Env
from envs.episodes import save_episodes
from envs.make import load_task
from envs.task import Task
from envs.yamlfile import TaskError
from sandbox import RewardFault, RewardProcess, Walls

BASELINES = ("human", "sparse")
FILES = ("curves.csv", "policy.npz", "last.npz", "episodes.npz")
ROWS = 2048  # transitions that fit into one call: a whole rollout


@dataclass(frozen=True)
class Job:
    """Train one reward from one seed and judge the policy.

    task: name or folder. trainer: ppo or sb3. algo: ppo, sac or td3. reward: path of a
    reward.py, or one of BASELINES.
    judge_seeds: held-out starts. steps: environment steps. walls: round the reward;
    None for the strongest here. measured: whether the metric is read.
    """

    folder: Path
    task: str
    trainer: str
    algo: str
    reward: str
    seed: int
    steps: int
    judge_seeds: tuple[int, ...]
    walls: Walls | None = None
    measured: bool = True


def run_job(job: Job, tell: Callable[[int, float], None]) -> SeedResult | Failed:
    """Train, judge, and write curves.csv, policy.npz, last.npz and episodes.npz.

    tell: environment steps and the reward's own recent return, after every rollout.
    policy.npz is the policy at the peak of the reward's own return: the one judged.
    What the user's environment or hidden.py does wrong is Failed("environment").
    """
    train = trainer(job.trainer, job.algo)
    began = time.monotonic()
    try:
        task = load_task(job.task, job.measured)
        reward = _opener(job, task)
        # Rewards so large that squares overflow end the training at once.
        with np.errstate(over="raise", invalid="raise"):
            peak, last, log = train(task, reward, job.seed, job.steps, tell)
        judgement, episodes = judge(task, peak, job.judge_seeds)
    except TaskError as error:
        return Failed(ENVIRONMENT, str(error))
    except RewardFault as fault:
        return Failed(fault.kind, fault.message)
    except (ValueError, ArithmeticError) as error:  # SB3 says ValueError
        said = str(error).strip().splitlines()[0]
        return Failed("diverged", f"training broke down: {said}")
    log.curves().save(job.folder / "curves.csv")
    peak.save(job.folder / "policy.npz")
    last.save(job.folder / "last.npz")
    packed = io.BytesIO()
    save_episodes(packed, episodes)
    write_atomic(job.folder / "episodes.npz", packed.getvalue())
    return SeedResult(job.seed, judgement, log.steps, time.monotonic() - began)


def trainer(name: str, algo: str) -> Callable[..., Any]:
    """The train function of ppo or sb3; ConfigError if it can't do that here."""
    try:
        train = importlib.import_module(f"designer.training.{name}").train
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--trainer {name} needs {error.name}; install it with "
            f"pip install -c constraints.txt -e '.[{name}]'"
        ) from None
    if name == "sb3":
        return partial(train, algo=algo)
    if algo != "ppo":
        raise ConfigError(f"--trainer {name} trains ppo; {algo} needs --trainer sb3")
    return train  # type: ignore[no-any-return]


def _opener(job: Job, task: Task) -> Callable[[Env], Reward]:
    def opener(env: Env) -> Reward:
        if job.reward in BASELINES:
            function = getattr(task.hidden, f"{job.reward}_reward")
            name = baseline_name(task, job.reward)
            return FunctionReward(function, env.public_widths, name)
        source = read_text(Path(job.reward))
        widths, dim = env.public_widths, env.action_dim
        return RewardProcess(source, widths, dim, ROWS, walls=job.walls)

    return opener


def baseline_name(task: Task, baseline: str) -> str:
    """What errors call one of BASELINES."""
    return f"{task.folder / 'hidden.py'}: {baseline}_reward"


def save_result(folder: Path, result: SeedResult | Failed) -> None:
    """Write result.json, with which a job is done."""
    if isinstance(result, Failed):
        write_json(folder / "result.json", outcome_to_json(result))
    else:
        files = {name: _hash(folder / name) for name in FILES}
        data = {"status": "trained", **asdict(result), "files": files}
        write_json(folder / "result.json", data)


def forget_result(folder: Path) -> None:
    """Have a job that is done be done again."""
    (folder / "result.json").unlink(missing_ok=True)


def load_result(folder: Path) -> SeedResult | Failed | None:
    """What save_result wrote; None while the job is not done.

    A job whose files are not as they were written has to be done again.
    """
    path = folder / "result.json"
    data = read_json(path)
    if data is None:
        return None
    kinds = {"trained": SeedResult, "failed": Failed}
    try:
        status = read_as(Literal["trained", "failed"], data.get("status"), "status")
        result: SeedResult | Failed = read_as(kinds[status], data)
        files = read_as(dict[str, str], data.get("files", {}), "files")
    except Mismatch as error:
        raise damaged(path, error) from None
    if isinstance(result, Failed):
        return result
    whole = all(files.get(name) == _hash(folder / name) for name in FILES)
    return result if whole else None


def _hash(path: Path) -> str:
    """SHA-256 of a file, '' where there is none."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except FileNotFoundError:
        return ""
