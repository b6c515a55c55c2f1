"""One search as data: its settings, its task, its folder, and who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from designer.config import RunConfig
from designer.propose.proposers import Proposer
from designer.records import Candidate, Failed, SeedResult
from designer.store import RunStore
from designer.training.job import Job
from envs.task import Task
from sandbox import Walls


class Watcher(Protocol):
    """Who is told how a run goes on, and asked; the screen, or nobody."""

    def ask(self, question: str) -> str:
        """A person's line of text; '' where nobody is there."""

    def stage(self, title: str, jobs: Sequence[Job]) -> None:
        """These trainings come next."""

    def progress(self, job: Job, steps: int, own_return: float) -> None:
        """A training got this far."""

    def trained(self, job: Job, result: SeedResult | Failed) -> None:
        """A training ended."""

    def outcome(self, candidate: Candidate) -> None:
        """A candidate is done."""


@dataclass(frozen=True)
class Run:
    """One search: its settings, task, folder, and who proposes and watches."""

    config: RunConfig
    task: Task
    store: RunStore
    propose: Proposer
    watcher: Watcher
    walls: Walls

    @property
    def steps(self) -> int:
        """Environment steps of one training."""
        return self.config.steps or self.task.train.steps

    def folder(self, candidate: Candidate) -> Path:
        """Where a candidate lies, absolute."""
        return self.store.folder(candidate.generation, candidate.index).resolve()
