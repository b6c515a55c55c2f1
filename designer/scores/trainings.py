"""The trainings of a score: those that no stored result answers are made."""

from collections.abc import Sequence
from dataclasses import dataclass

from designer.rewards.accept import Accepted
from designer.rewards.bank import Bank
from designer.rewards.sources import Baseline, Designed, RewardSource
from designer.run.candidates import Failed, SeedResult, number
from designer.run.consent import can_sign
from designer.scores.question import Judge, held_out_seeds, training_seed
from designer.scores.settings import ScoreConfig
from designer.scores.store import QuestionFolder, Results
from designer.terminal.screen import Screen
from designer.training.job import Job, Training
from designer.training.learner import Trainer
from designer.training.pool import LocalPool, Progress
from designer.training.trial import try_task
from envs.task import Task
from sandbox import Walls

UNSIGNED = (
    "no secret can be stored in ~/.config/reward-designer (or $XDG_CONFIG_HOME), so a "
    "stored result that somebody edited can't be told from one that was trained"
)


@dataclass(frozen=True)
class Scoring:
    """One call of designer score: task, judge, settings, walls and stored results.

    unit: of the fitness. bank: transitions of random play.
    """

    task: Task
    unit: str
    judge: Judge
    config: ScoreConfig
    walls: Walls
    bank: Bank
    results: Results
    screen: Screen


@dataclass(frozen=True)
class Entrant:
    """A reward that is trained, and the folder of its question.

    name: as typed, or human or sparse. accepted: None for a baseline.
    """

    name: str
    accepted: Accepted | None
    entry: QuestionFolder

    @property
    def source(self) -> RewardSource:
        """The reward, as a training opens it."""
        if self.accepted is not None:
            return Designed((self.entry.path / "reward.py").resolve())
        return Baseline("human" if self.name == "human" else "sparse")


@dataclass(frozen=True)
class Trained:
    """The result of one training. is_stored: whether it was there before."""

    result: SeedResult | Failed
    is_stored: bool


TrainingKey = tuple[str, int]
"""The key of a question, and the number of a training seed."""


def train_missing(
    scoring: Scoring, entrants: Sequence[Entrant]
) -> tuple[dict[TrainingKey, Trained], tuple[str, ...]]:
    """All trainings of the entrants, and warnings; the results' lock is held.

    A stored training that is not as it was stored is made anew, with a warning.
    """
    trained: dict[TrainingKey, Trained] = {}
    missing: list[tuple[Entrant, int]] = []
    warnings: list[str] = [] if can_sign() else [UNSIGNED]
    # Two files may hold the same reward.
    for entrant in {entrant.entry.path: entrant for entrant in entrants}.values():
        entry = entrant.entry
        entry.prepare(entrant.accepted.source if entrant.accepted else None)
        for seed in scoring.config.seed_numbers:
            if (result := entry.load(seed)) is not None:
                trained[entry.question.key, seed] = Trained(result, is_stored=True)
                continue
            missing.append((entrant, seed))
            if entry.is_altered(seed):
                warnings.append(
                    f"{entrant.name}: the training from seed {seed} in "
                    f"{entry.training(seed)} is not as it was stored; it was made anew"
                )
    if missing:
        warnings += try_task(scoring.task, 0)
        trained |= _run(scoring, missing)
    return trained, tuple(warnings)


def _run(
    scoring: Scoring, missing: Sequence[tuple[Entrant, int]]
) -> dict[TrainingKey, Trained]:
    """Run trainings to their end, several at a time, and store their results."""
    config, screen = scoring.config, scoring.screen
    screen.stage("scoring", len(missing), missing[0][0].entry.question.steps)
    waiting = list(reversed(missing))
    running: dict[Job, tuple[Entrant, int]] = {}
    trained: dict[TrainingKey, Trained] = {}
    with LocalPool(config.workers, config.wall_s, [config.trainer]) as pool:
        while waiting or running:
            while waiting and pool.free:
                entrant, seed = waiting.pop()
                entrant.entry.clear(seed)
                job = _job(scoring, entrant, seed)
                running[job] = entrant, seed
                pool.submit(job)
            for event in pool.wait(1.0):
                entrant, seed = running[event.job]
                name = f"{entrant.name} seed {seed}"
                if isinstance(event, Progress):
                    screen.progress(name, event.steps)
                    continue
                del running[event.job]
                result = entrant.entry.store(seed)
                trained[entrant.entry.question.key, seed] = Trained(result, False)
                screen.say(f"  {name}: {_in_words(result, scoring.unit)}")
                screen.progress(name, entrant.entry.question.steps)
    return trained


def _job(scoring: Scoring, entrant: Entrant, seed: int) -> Job:
    """The job of one training."""
    question = entrant.entry.question
    folder = entrant.entry.training(seed).resolve()
    return Job(
        (Training(folder, entrant.source, training_seed(seed)),),
        str(scoring.task.folder),
        Trainer(question.trainer, question.algo),
        question.steps,
        question.steps,
        held_out_seeds(question.first_seed, question.episodes),
        scoring.walls,
    )


def _in_words(result: SeedResult | Failed, unit: str) -> str:
    if isinstance(result, Failed):
        return f"failed ({result.kind}): {result.reason}"
    return f"{number(result.judgement.fitness)} {unit}"
