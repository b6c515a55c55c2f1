"""One search as data: its settings, its task, its folder, and who takes part."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from designer.authors.author import Author
from designer.config import RunConfig
from designer.llm import Ledger
from designer.rewards.bank import Bank
from designer.run.candidates import Candidate, Failed, SeedResult
from designer.run.folder import RunStore
from designer.run.seeds import derive
from envs.hidden import Hidden
from envs.task import Task
from sandbox import Walls


def judge_seeds(config: RunConfig) -> tuple[int, ...]:
    """Held-out starts, the same for every policy."""
    return tuple(derive(config.seed, "judge", k) for k in range(config.episodes))


def login() -> str:
    """The name of who started this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "somebody"


class Watcher(Protocol):
    """Receives the progress of a run and asks the user questions; the terminal.

    A training is named by its folder inside the run, as g00/c01/s0 or final/human/s0.
    """

    def say(self, text: str) -> None:
        """One line of what goes on."""

    def ask(
        self, question: str, seconds: float, is_over: Callable[[], bool]
    ) -> str | None:
        """A person's line of text; None where none came in time, or before is_over."""

    def stage(self, title: str, trainings: int, steps: int) -> None:
        """So many trainings of so many environment steps each are to come, at most."""

    def progress(self, training: str, steps: int) -> None:
        """A training got this far."""

    def trained(self, training: str, result: SeedResult | Failed) -> None:
        """A training ended."""

    def outcome(self, candidate: Candidate) -> None:
        """A candidate is done."""


@dataclass(frozen=True)
class Run:
    """One search: its settings, task and folder, and who writes, watches and judges.

    bank: of random play; those of judged policies come on top for every generation.
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
        """Under which name a person's votes are kept."""
        return self.config.rater or login()

    @property
    def steps(self) -> int:
        """Environment steps of one training."""
        return self.config.steps or self.task.train.steps

    @property
    def factors(self) -> str:
        """The ranked factors, the task's own where the settings say so."""
        own = self.config.factors == "task"
        return self.task.factors if own else self.config.factors

    def folder(self, candidate: Candidate) -> Path:
        """Where a candidate lies, absolute."""
        return self.store.folder(candidate.generation, candidate.index).resolve()
