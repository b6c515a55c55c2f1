"""A run as data: its settings, task, folder, author and watcher."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from designer.authors.author import Author
from designer.config import RunConfig
from designer.llm import Ledger
from designer.rewards.bank import Bank
from designer.run.candidates import Candidate, Failed, SeedResult
from designer.run.folder import RunStore
from designer.run.seeds import derive
from designer.training.learner import Trainer
from designer.votes.preferences import login
from envs.hidden import Hidden
from envs.task import TASKS, Task
from sandbox import Walls

Stage = Literal["search", "confirmation", "final"]


def judge_seeds(config: RunConfig, stage: Stage = "search") -> tuple[int, ...]:
    """Seeds of the held-out episodes, the same for every policy of a stage.

    Rewards are chosen by how they do from the starts of the search; so confirmation and
    final comparison have starts of their own.
    """
    purpose = () if stage == "search" else (stage,)
    return tuple(
        derive(config.seed, "judge", *purpose, k) for k in range(config.episodes)
    )


def trainer_of(config: RunConfig, task: Task) -> Trainer:
    """The trainer of a run."""
    algo = config.algo or task.train.algo
    return Trainer(config.trainer, algo, config.engine, config.envs)


def devices_of(config: RunConfig) -> int:
    """The devices that trainings of one job are divided among; 0 with --trainer ppo."""
    return config.devices if config.trainer == "mjx" else 0


def jobs_at_once(config: RunConfig) -> int:
    """Jobs that run at once on this machine: one a device, or one a worker."""
    return devices_of(config) or config.workers


class Watcher(Protocol):
    """Receives the progress of a run and asks the user questions; the terminal.

    A training is named by its folder inside the run, as g00/c01/s0 or final/human/s0.
    """

    def say(self, text: str) -> None:
        """Print one line."""

    def ask(
        self, question: str, seconds: float, is_over: Callable[[], bool]
    ) -> str | None:
        """Ask a person for a line of text; None after `seconds`, or once is_over."""

    def stage(self, title: str, trainings: int, steps: int) -> None:
        """A stage begins: at most so many trainings of `steps` steps each."""

    def progress(self, training: str, steps: int, own_return: float) -> None:
        """A training has done this many steps; own_return: its recent return."""

    def trained(self, training: str, result: SeedResult | Failed) -> None:
        """A training has ended."""

    def outcome(self, candidate: Candidate) -> None:
        """A candidate's outcome is final."""


@dataclass(frozen=True)
class Run:
    """One search: its settings, task and folder, its author, watcher and judge model.

    hidden: the task's metric and own rewards. bank: transitions of random play; every
    generation adds those of judged policies.
    """

    config: RunConfig
    task: Task
    hidden: Hidden
    store: RunStore
    bank: Bank
    author: Author
    watcher: Watcher
    walls: Walls
    judge_model: Ledger | None = None

    @property
    def rater(self) -> str:
        """The name under which a person's votes are stored."""
        return self.config.rater or login()

    @property
    def task_name(self) -> str:
        """Name of a built-in task, which other machines have too; or its folder."""
        is_built_in = self.task.folder.parent == TASKS
        return self.task.folder.name if is_built_in else str(self.task.folder)

    @property
    def steps(self) -> int:
        """Environment steps of one training."""
        return self.config.steps or self.task.train.steps

    @property
    def factors(self) -> str:
        """The ranked factors as text; the task's own if the setting is 'task'."""
        own = self.config.factors == "task"
        return self.task.factors if own else self.config.factors

    def folder(self, candidate: Candidate) -> Path:
        """The absolute folder of a candidate."""
        return self.store.folder(candidate.generation, candidate.index).resolve()
