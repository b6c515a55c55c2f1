"""What happened during a training, episode by episode, and its curves."""

import csv
import io
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from designer.rewards.sources import Array
from designer.run.files import damaged, read_text, write_atomic
from envs.env import Env, Step
from envs.episodes import Recorder
from envs.task import Task

COLUMNS = ("steps", "return", "length", "fitness", "success")  # before the terms
ROWS = 40  # points of a curve; the feedback to a model is averaged down to about ten
WATCHED = 8  # environments whose training episodes are scored by the hidden metric
WINDOW = 32  # finished episodes over which the reward's own return is averaged


@dataclass(frozen=True)
class Curves:
    """Averages over the episodes that ended in each stretch of a training.

    columns: name to (rows,). steps (environment steps so far), return (of the reward
    itself), length (control steps), fitness and success (hidden metric, training
    policy), and term/<name>, each term's sum over an episode. NaN where no episode
    ended.
    """

    columns: dict[str, Array]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the reward's terms."""
        return tuple(c[5:] for c in self.columns if c.startswith("term/"))

    def save(self, path: Path) -> None:
        """Write as CSV."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        for row in zip(*self.columns.values(), strict=True):
            writer.writerow([f"{value:.6g}" for value in row])
        write_atomic(path, text.getvalue())

    @classmethod
    def load(cls, path: Path) -> "Curves":
        """Read what save wrote; StoreError if these are no curves."""
        try:
            names, *rows = list(csv.reader(io.StringIO(read_text(path)), strict=True))
            table = np.array(rows, dtype=float).reshape(len(rows), len(names))
        except (ValueError, csv.Error) as error:
            raise damaged(path, error) from None
        if missing := [name for name in COLUMNS if name not in names]:
            raise damaged(path, f"it has no column {missing[0]}")
        return cls({name: table[:, i] for i, name in enumerate(names)})


class Log:
    """Gathers the episodes of a training while it runs."""

    def __init__(self, task: Task, env: Env) -> None:
        self._hidden = task.hidden
        self._recorder = Recorder(env, min(WATCHED, env.n))
        self._sums: Array | None = None
        self._lengths = np.zeros(env.n)
        self._rows: list[tuple[float, ...]] = []
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._terms: tuple[str, ...] = ()
        self.steps = 0

    def add(self, step: Step, terms: Sequence[str], values: Array) -> None:
        """Take one step of all environments; values: (n, terms)."""
        if self._sums is None:
            self._sums, self._terms = np.zeros_like(values), tuple(terms)
        self._sums += values
        self._lengths += 1
        self.steps += len(values)
        scores = {i: self._score(episode) for i, episode in self._recorder.add(step)}
        for i in step.reasons:
            total = float(self._sums[i].sum())
            self._recent.append(total)
            fitness, success = scores.get(i, (np.nan, np.nan))
            row = (self.steps, total, self._lengths[i], fitness, success)
            self._rows.append((*row, *self._sums[i]))
            self._sums[i], self._lengths[i] = 0.0, 0.0

    def _score(self, episode: Any) -> tuple[float, float]:
        success, fitness = self._hidden.success, self._hidden.fitness(episode)
        return (
            fitness if np.isfinite(fitness) else np.nan,
            float(success(episode)) if success else np.nan,
        )

    @property
    def recent_return(self) -> float:
        """The reward's own return over the last episodes; NaN before half a window."""
        enough = len(self._recent) >= WINDOW // 2
        return float(np.mean(self._recent)) if enough else float("nan")

    def curves(self) -> Curves:
        """All that was gathered, averaged in ROWS stretches of equal steps."""
        names = [*COLUMNS]
        names += [f"term/{term}" for term in self._terms]
        table = np.array(self._rows).reshape(len(self._rows), len(names))
        edges = np.linspace(0, self.steps, ROWS + 1)[1:]
        which = np.minimum(np.searchsorted(edges, table[:, 0]), ROWS - 1)
        columns = {name: np.full(ROWS, np.nan) for name in names}
        columns["steps"] = edges
        for row in range(ROWS):
            stretch = table[which == row]
            for k, name in enumerate(names[1:], start=1):
                known = stretch[~np.isnan(stretch[:, k]), k]
                if known.size:
                    columns[name][row] = known.mean()
        return Curves(columns)
