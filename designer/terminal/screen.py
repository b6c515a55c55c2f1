"""The screen of a run: one line per event, and on a terminal live lines below."""

import math
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import assert_never

from rich.console import Console
from rich.table import Table

from designer.run.candidates import (
    ENVIRONMENT,
    NO_THOUGHT,
    Assessed,
    Candidate,
    Dropped,
    Failed,
    Rejected,
    SeedResult,
    number,
)
from designer.terminal.board import Board, RunStanding
from designer.terminal.stdin import read_line
from sandbox import clean, one_line

LINE_CHARACTERS = 160


class Screen:
    """A Watcher that writes to the terminal; elsewhere it writes lines without a bar.

    unit: of the fitness. prefix: of every line, where several runs share a terminal;
    then there is no bar.
    """

    def __init__(self, unit: str, prefix: str = "") -> None:
        # Texts of models and servers are printed: nothing in them may act as markup.
        self.console = Console(
            highlight=False, soft_wrap=True, markup=False, emoji=False
        )
        self._unit, self._prefix = unit, prefix
        self._steps: dict[str, int] = {}  # so far, by training
        self._total = 0
        self._training_steps = 0  # of each training of the last stage
        self.standing = RunStanding(unit)
        self._progress = Board(self.console, self.standing)
        self._bar = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> "Screen":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print one line."""
        text = f"{self._prefix}{text.strip()}" if self._prefix else text
        self.console.print(clean(text))

    def ask(
        self, question: str, seconds: float, is_over: Callable[[], bool]
    ) -> str | None:
        """A line that a person types; None if none comes in time or before is_over."""
        self._progress.stop()
        self.say(question)
        try:
            return read_line(seconds, is_over)
        finally:
            self._progress.start()

    def stage(self, title: str, trainings: int, steps: int) -> None:
        """Announce a stage: at most so many trainings of so many environment steps."""
        plural = "s" if trainings != 1 else ""
        self.say(f"{title}: {trainings} training{plural} of {steps:,} steps")
        self._total += trainings * steps
        self._training_steps = steps
        self._progress.update(
            self._bar, description=title, total=self._total, visible=True
        )

    def progress(self, training: str, steps: int, own_return: float = math.nan) -> None:
        """Move the bar: a training has done so many steps, with this recent return."""
        self.standing.progress(training, steps, own_return)
        self._steps[training] = steps
        self._progress.update(self._bar, completed=sum(self._steps.values()))

    def trained(self, training: str, result: SeedResult | Failed) -> None:
        """Print the result of a final training, or that an environment failed.

        The bar counts the steps that a failed training left undone.
        """
        steps = self._training_steps if isinstance(result, Failed) else result.steps
        self._steps[training] = steps
        self._progress.update(self._bar, completed=sum(self._steps.values()))
        self.standing.ended(training, result)
        is_environments = isinstance(result, Failed) and result.kind == ENVIRONMENT
        if not training.startswith("final/") and not is_environments:
            return
        name = " ".join(training.split("/")[-2:])
        if isinstance(result, Failed):
            self.say(f"  {name}: {result.kind}: {_last_line(result.reason)}")
        else:
            fitness = result.judgement.fitness
            self.say(f"  {name}: {self._fitness(fitness, [])}")

    def outcome(self, candidate: Candidate) -> None:
        """Print what became of a candidate, on a terminal with its trainings."""
        self.standing.outcome(candidate)
        match candidate.outcome:
            case Assessed() as assessed:
                fitness = self._fitness(assessed.fitness, assessed.scores)
                sparks = self.standing.sparks(candidate.name)
                curves = f"  {sparks}" if sparks and self.console.is_terminal else ""
                text = f"{fitness}{curves}  {candidate.thought or NO_THOUGHT}"
            case Dropped(steps, _):
                text = f"dropped at {steps:,} steps"
            case Failed(kind, reason):
                text = f"failed ({kind}): {_last_line(reason)}"
            case Rejected(problems):
                text = f"rejected: {_last_line('; '.join(problems))}"
            case _:
                assert_never(candidate.outcome)
        self.say(f"  {candidate.name}: {text}")

    def _fitness(self, fitness: float, scores: Sequence[float]) -> str:
        if math.isnan(fitness):
            return "trained"
        by_seed = f" ({', '.join(map(number, scores))})" if scores else ""
        return f"{number(fitness)} {self._unit}{by_seed}"

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print the final comparison; the first row is the header."""
        table = Table(box=None, pad_edge=False)
        for k, title in enumerate(rows[0]):
            table.add_column(title, justify="left" if k == 0 else "right")
        for row in rows[1:]:
            table.add_row(*map(clean, row))
        self.console.print(table)


def _last_line(text: str) -> str:
    return one_line(text.strip().rpartition("\n")[2], LINE_CHARACTERS)
