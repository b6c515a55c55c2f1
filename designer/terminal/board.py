"""The live lines below a run's output: trainings under way, the best, what is left."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from designer.rewards.sources import BASELINES
from designer.run.candidates import (
    Assessed,
    Candidate,
    Failed,
    SeedResult,
    number,
)
from designer.terminal.sparkline import sparkline

MOST_TRAININGS_SHOWN = 8


@dataclass
class RunStanding:
    """What a run has come to, as its terminal shows it.

    unit: of the fitness. planned_steps: of all trainings, 0 where that is unknown.
    spending: money spent and left in words, '' where no model is paid. returns: the own
    return of each training so far. best: name and fitness of the best reward so far.
    baselines: fitness of the finished trainings of each.
    """

    unit: str
    planned_steps: int = 0
    spending: Callable[[], str] = str
    returns: dict[str, list[float]] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    under_way: dict[str, int] = field(default_factory=dict)
    best: tuple[str, float] | None = None
    baselines: dict[str, list[float]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def progress(self, training: str, steps: int, own_return: float) -> None:
        """A training has done so many steps, and had this recent return."""
        self.under_way[training] = self.steps[training] = steps
        self.returns.setdefault(training, []).append(own_return)

    def ended(self, training: str, result: SeedResult | Failed) -> None:
        """A training has ended; a baseline's fitness is kept."""
        self.under_way.pop(training, None)
        stage, name, *_ = training.split("/")
        is_baseline = stage == "final" and name in BASELINES
        if is_baseline and isinstance(result, SeedResult):
            fitness = result.judgement.fitness
            self.baselines.setdefault(name, []).append(fitness)

    def outcome(self, candidate: Candidate) -> None:
        """A candidate's outcome is final; one of an earlier process has no steps."""
        outcome = candidate.outcome
        if not isinstance(outcome, Assessed):
            return
        if not any(name.startswith(candidate.name) for name in self.steps):
            self.planned_steps -= sum(result.steps for result in outcome.results)
        least = -math.inf if self.best is None else self.best[1]
        if outcome.fitness > least:
            self.best = candidate.name, outcome.fitness

    def sparks(self, candidate: str) -> str:
        """The own return over each training of a candidate, as text."""
        names = [name for name in self.returns if name.startswith(f"{candidate}/")]
        return " ".join(sparkline(self.returns[name], 8) for name in names)

    def lines(self) -> list[str]:
        """A line for each training under way, and one on how the run stands."""
        lines = [
            f"  {name:14} {sparkline(self.returns[name]):12} {steps:>9,} steps, own "
            f"return {number(self.returns[name][-1])}"
            for name, steps in [*self.under_way.items()][-MOST_TRAININGS_SHOWN:]
        ]
        facts = []
        if self.best is not None:
            name, fitness = self.best
            facts.append(f"best {name} {number(fitness)} {self.unit}".strip())
        for name, scores in self.baselines.items():
            facts.append(f"{name} {number(sum(scores) / len(scores))}")
        if left := self._time_left():
            facts.append(left)
        if money := self.spending():
            facts.append(money)
        return [*lines, f"  {', '.join(facts)}"] if facts else lines

    def _time_left(self) -> str:
        """The time that all further trainings take at the rate so far; '' at first."""
        steps = sum(self.steps.values())
        further = self.planned_steps - steps
        if not steps or further <= 0:
            return ""
        minutes = (time.monotonic() - self.began) / steps * further / 60
        return f"at most {minutes:.0f} min left" if minutes >= 1 else "a minute left"


class Board(Progress):
    """A progress bar, and below it the lines of a RunStanding."""

    def __init__(self, console: Console, standing: RunStanding) -> None:
        self._standing = standing
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bar, then plain lines, as rich asks for them some times a second."""
        yield from super().get_renderables()
        for line in self._standing.lines():
            yield Text(line, no_wrap=True, overflow="ellipsis")
