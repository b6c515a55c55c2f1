"""A job: trainings described as plain data; its results are files in their folders."""

import importlib
import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from designer.errors import ConfigError, TrainingError
from designer.rewards.sources import Array, KeptOpen, RewardSource, open_reward
from designer.run.candidates import (
    ENVIRONMENT,
    Failed,
    Judgement,
    SeedResult,
)
from designer.run.files import (
    write_atomic,
)
from designer.training.checkpoint import load_checkpoint, save_checkpoint, under
from designer.training.judge import judge_policy
from designer.training.learner import (
    Learner,
    Setup,
    Tell,
    Trainer,
    rungs,
    whole_rollouts,
)
from designer.training.results import judged_before, save_result
from envs.episodes import Episode, save_episodes
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import Task
from envs.yamlfile import TaskError
from sandbox import RewardFault, Walls

BATCH_ROWS = 2048  # transitions of one call of a reward: a rollout
CURVES_EVERY_S = 2.0  # between two writes of curves.csv during a training


@dataclass(frozen=True)
class Training:
    """One reward trained from one seed, in a folder of its own.

    start: folder of another training, whose policy this one begins with.
    """

    folder: Path
    reward: RewardSource
    seed: int
    start: Path | None = None


@dataclass(frozen=True)
class Job:
    """Trainings to take to a rung together, and to judge there.

    task: name or folder. trainer: ppo and sb3 take one training at a time. steps:
    environment steps that the rungs are fractions of. until: the rung where the
    trainings pause and are judged. judge_seeds: held-out starts. walls: round a
    designed reward; None for the strongest here. measured: whether the metric is read.
    """

    trainings: tuple[Training, ...]
    task: str
    trainer: Trainer
    steps: int
    until: int
    judge_seeds: tuple[int, ...]
    walls: Walls | None = None
    measured: bool = True

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the trainings."""
        return tuple(training.folder for training in self.trainings)


class BrokenJobError(TrainingError):
    """Our own machinery broke in a job; others of the pool go on."""

    def __init__(self, reason: str, job: Job) -> None:
        super().__init__(reason, job)
        self.reason, self.job = reason, job

    def __str__(self) -> str:
        return self.reason


def run_job(job: Job, tell: Tell) -> list[SeedResult | Failed]:
    """Train from the last checkpoints to `until`, judge the policies, write results.

    Files in each training's folder: checkpoint.npz at every rung, curves.csv during the
    training, and at the end policy.npz (from the peak of the reward's own return; this
    one is judged), episodes.npz and result.json.
    """
    began = time.monotonic()
    try:
        task = load_task(job.task, job.measured)
        hidden = load_hidden(task)
        setups = [
            Setup(
                task,
                hidden,
                partial(
                    open_reward,
                    training.reward,
                    hidden,
                    rows=BATCH_ROWS,
                    walls=job.walls,
                ),
                training.seed,
                job.steps,
                training.reward,
                job.walls,
            )
            for training in job.trainings
        ]
        learner = _trained(job, setups, tell)

        def judge(k: int) -> Failed | tuple[Judgement, list[Episode]]:
            try:
                return learner.failure(k) or judge_policy(
                    task, hidden, learner.policy(k), job.judge_seeds
                )
            except TaskError as error:  # of this policy's episodes, no other's
                return Failed(ENVIRONMENT, str(error))

        # Physics runs beside Python, so many policies are judged on all cores.
        cores = len(os.sched_getaffinity(0)) if len(job.trainings) > 1 else 1
        with ThreadPoolExecutor(cores) as threads:
            judged = list(threads.map(judge, range(len(job.trainings))))
    except TaskError as error:
        return _save_all(job, Failed(ENVIRONMENT, str(error)))
    except RewardFault as fault:
        return _save_all(job, Failed(fault.kind, fault.message))
    except (ValueError, ArithmeticError) as error:  # SB3 says ValueError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return _save_all(job, Failed("diverged", f"training broke down: {reason}"))
    results: list[SeedResult | Failed] = []
    for k, training in enumerate(job.trainings):
        outcome = judged[k]
        if isinstance(outcome, Failed):
            save_result(training.folder, outcome)
            results.append(outcome)
            continue
        judgement, episodes = outcome
        curves = learner.curves(k)
        curves.save(training.folder / "curves.csv")
        monitor = training.folder / "monitor.csv"
        curves.save_monitor(monitor, task.env, episodes[0].dt)
        learner.policy(k).save(training.folder / "policy.npz")
        packed = io.BytesIO()
        save_episodes(packed, episodes)
        write_atomic(training.folder / "episodes.npz", packed.getvalue())
        before, earlier = judged_before(training.folder, learner.steps)
        seconds = before + (time.monotonic() - began) / len(job.trainings)
        result = SeedResult(
            training.seed,
            judgement,
            learner.steps,
            seconds,
            curves.improved,
            earlier,
        )
        results.append(result)
        save_result(training.folder, result)
    return results


def _trained(job: Job, setups: Sequence[Setup], tell: Tell) -> Learner:
    """The job's learner at the rung `until`, from its last checkpoint on."""
    with ExitStack() as stack:
        openers = [
            stack.enter_context(closing(KeptOpen(setup.open_reward)))
            for setup in setups
        ]
        kept = [
            replace(setup, open_reward=opener)
            for setup, opener in zip(setups, openers, strict=True)
        ]
        return _advanced(job, kept, tell)


def _advanced(job: Job, setups: Sequence[Setup], tell: Tell) -> Learner:
    """The learner after all rungs; a checkpoint is written at each."""
    learner = open_learner(job.trainer)(setups, job.trainer)
    for k, training in enumerate(job.trainings):
        _begin(learner, k, training)
    written = time.monotonic()

    def tell_and_write(k: int, steps: int, own_return: float) -> None:
        nonlocal written
        tell(k, steps, own_return)
        if time.monotonic() - written > CURVES_EVERY_S:
            for member, folder in enumerate(job.folders):
                # Only a screen reads them before the training has ended.
                learner.curves(member).save(folder / "curves.csv", durable=False)
            written = time.monotonic()

    last = whole_rollouts(job.until)
    ladder = rungs(job.steps, job.until) if learner.can_pause else (last,)
    for rung in ladder:
        if rung > learner.steps:
            # Rewards so large that squares overflow end the training at once.
            with np.errstate(over="raise", invalid="raise"):
                learner.advance(rung, tell_and_write)
            for k, folder in enumerate(job.folders if learner.can_pause else ()):
                failure = learner.failure(k)
                # Once the environment is put right, it goes on from the rung before.
                if failure is None or failure.kind != ENVIRONMENT:
                    save_checkpoint(folder, learner.arrays(k))
    return learner


def _begin(learner: Learner, k: int, training: Training) -> None:
    """Go on from a training's checkpoint, or else begin with its parent's policy.

    A checkpoint of another observation or network counts as missing.
    """
    sources = (training.folder, learner.restore), (training.start, learner.begin_from)
    for folder, take in sources:
        checkpoint = load_checkpoint(folder) if folder else None
        if checkpoint is not None and _fits(checkpoint, learner, k):
            take(k, checkpoint)
            return


def _fits(checkpoint: Mapping[str, Array], learner: Learner, k: int) -> bool:
    """Whether a checkpoint's agent has as many observations and weights as the own one.

    Not covered: that of sb3, whose model is built when it goes on.
    """
    stored = under("agent", checkpoint)
    own = under("agent", learner.arrays(k)) if stored else {}
    return all(
        name in own and values.shape == own[name].shape
        for name, values in stored.items()
    )


Opener = Callable[[Sequence[Setup], Trainer], Learner]


def open_learner(trainer: Trainer) -> Opener:
    """The function that opens a Learner for setups; ConfigError if it is not here."""
    name = trainer.name
    if name != "sb3" and trainer.algo != "ppo":
        raise ConfigError(
            f"--trainer {name} trains ppo; {trainer.algo} needs --trainer sb3"
        )
    try:
        module = importlib.import_module(f"designer.training.{name}")
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--trainer {name} needs {error.name}; install it with "
            f"pip install -c constraints.txt -e '.[{name}]'"
        ) from None
    opener: Opener = getattr(module, f"open_{name}")
    return opener


def require_trainer(trainer: Trainer, task: Task) -> None:
    """ConfigError where a trainer is not here, or can't train a task."""
    open_learner(trainer)
    if task.critic_sees_all and trainer.name != "ppo":
        raise ConfigError(
            f"{task.name} has critic: all, and with --trainer {trainer.name} the value "
            "network sees what the policy sees; take --trainer ppo"
        )


def _save_all(job: Job, failed: Failed) -> list[SeedResult | Failed]:
    for folder in job.folders:
        save_result(folder, failed)
    return [failed for _ in job.folders]
