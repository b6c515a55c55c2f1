"""Learning curves: averages over the episodes in each stretch of a training."""

import csv
import io
import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from designer.rewards.sources import Array
from designer.run.files import damaged, read_text, write_atomic
from envs.env import Env, Step
from envs.episodes import Episode, Recorder
from envs.hidden import Hidden

ROWS = 40  # points of a curve; the feedback to a model is averaged down to about ten
WATCHED_ENVS = 8  # environments whose training episodes the hidden metric scores
WINDOW_EPISODES = 32  # finished episodes that the recent return averages
MEAN_ROUNDING = 1e-6  # relative, of a mean of returns
COLUMNS = ("steps", "return", "length", "fitness", "success")


@dataclass(frozen=True)
class Curves:
    """Averages over the episodes that ended in each stretch of a training.

    columns: name to (rows,). steps (environment steps so far), return (of the reward
    itself), length (control steps), fitness and success (hidden metric, training
    policy), and term/<name>, each term's sum over an episode. NaN where no episode
    ended. episodes: (n, 3), return, length and environment steps so far of every
    episode; not in the file of save.
    """

    columns: dict[str, Array]
    episodes: Array = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the reward's terms."""
        return tuple(c[5:] for c in self.columns if c.startswith("term/"))

    @property
    def improved(self) -> bool:
        """Whether the reward's own return rose.

        Its mean over a later quarter of the rows must exceed that over the first one,
        by more than rounding. So a return that is constant or falls has not, nor has
        one of a single row. A flat one with noise may pass, as giving up a reward that
        teaches something costs more than training one that does not.
        """
        returns = self.columns["return"]
        returns = returns[~np.isnan(returns)]
        if len(returns) < 2:
            return False
        first, *later = (
            float(quarter.mean())
            for quarter in np.array_split(returns, min(4, len(returns)))
        )
        return max(later) - first > MEAN_ROUNDING * float(np.abs(returns).max())

    def save(self, path: Path, durable: bool = True) -> None:
        """Write as CSV; durable: as in write_atomic."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        for row in zip(*self.columns.values(), strict=True):
            writer.writerow([f"{value:.6g}" for value in row])
        write_atomic(path, text.getvalue(), durable)

    def save_monitor(self, path: Path, env: str, dt: float) -> None:
        """Write the episodes as stable-baselines3's Monitor does: r, l, t.

        t is simulated, not wall seconds, so that a training gives the same file again.
        """
        head = f'#{{"t_start": 0.0, "env_id": {json.dumps(env)}}}\nr,l,t\n'
        rows = [f"{r:.6g},{int(n)},{steps * dt:.6g}" for r, n, steps in self.episodes]
        write_atomic(path, head + "".join(f"{row}\n" for row in rows))

    @classmethod
    def load(cls, path: Path) -> "Curves":
        """Read a file of save; StoreError if it holds no curves."""
        try:
            names, *rows = list(csv.reader(io.StringIO(read_text(path)), strict=True))
            table = np.array(rows, dtype=float).reshape(len(rows), len(names))
        except (ValueError, csv.Error) as error:
            raise damaged(path, error) from None
        if missing := [name for name in COLUMNS if name not in names]:
            raise damaged(path, f"it has no column {missing[0]}")
        return cls({name: table[:, i] for i, name in enumerate(names)})


def load_curves(folders: Iterable[Path]) -> dict[str, Curves]:
    """The curves in some of these folders of trainings, by name, such as s0.

    Only the rows that all of them have, as one may have been trained longer.
    """
    paths = [folder / "curves.csv" for folder in folders]
    curves = {p.parent.name: Curves.load(p) for p in paths if p.is_file()}
    rows = min((len(c.columns["steps"]) for c in curves.values()), default=0)
    return {
        name: Curves({column: values[:rows] for column, values in c.columns.items()})
        for name, c in curves.items()
    }


class CurveLog:
    """Gathers the episodes of a training, over all its rungs, into its curves.

    stretch: environment steps of one row. steps: environment steps so far.
    """

    def __init__(self, hidden: Hidden, stretch: float) -> None:
        self._hidden, self._stretch = hidden, stretch
        self.steps = 0
        self._terms: tuple[str, ...] = ()
        self._recent: deque[float] = deque(maxlen=WINDOW_EPISODES)
        self._episodes: list[tuple[float, float, float]] = []
        # Per row and column: the sum over episodes, and how many had such a value.
        self._sums, self._counts = np.zeros((2, ROWS, 0))

    def watch(self, env: Env, n: int | None = None, share: int = 1) -> None:
        """Begin a rung, whose episodes come from these environments.

        n: how many are logged, all of env if not given. share: how many environments of
        the training each of them stands for.
        """
        n = env.n if n is None else n
        self._share, self._draws = share, env.draws
        self._draws.trained_steps = self.steps
        self._recorder = Recorder(env, min(WATCHED_ENVS, n))
        self._lengths = np.zeros(n)
        self._returns = np.zeros((n, len(self._terms)))

    def add(self, step: Step, terms: Sequence[str], values: Array) -> None:
        """Take one step of all environments; values: (n, terms)."""
        if not self._terms:
            self._terms = tuple(terms)
            self._returns = np.zeros_like(values)
            self._sums, self._counts = np.zeros((2, ROWS, len(COLUMNS) + len(terms)))
        self._returns += values
        self._lengths += 1
        self.steps += len(values) * self._share
        self._draws.trained_steps = self.steps
        scores = {i: self._score(episode) for i, episode in self._recorder.add(step)}
        for i in step.reasons:
            own_return = float(self._returns[i].sum())
            self._recent.append(own_return)
            self._episodes.append((own_return, float(self._lengths[i]), self.steps))
            fitness, success = scores.get(i, (np.nan, np.nan))
            figures = (self.steps, own_return, self._lengths[i], fitness, success)
            self._put(np.array([*figures, *self._returns[i]]))
            self._returns[i], self._lengths[i] = 0.0, 0.0

    def _put(self, figures: Array) -> None:
        """Count one episode into the row of the present step."""
        row = int(np.ceil(self.steps / self._stretch)) - 1
        if row >= len(self._sums):
            missing = ((0, row + 1 - len(self._sums)), (0, 0))
            self._sums = np.pad(self._sums, missing)
            self._counts = np.pad(self._counts, missing)
        is_number = ~np.isnan(figures)
        self._sums[row, is_number] += figures[is_number]
        self._counts[row] += is_number

    def _score(self, episode: Episode) -> tuple[float, float]:
        success, fitness = self._hidden.success, self._hidden.fitness(episode)
        return (
            fitness if np.isfinite(fitness) else np.nan,
            float(success(episode)) if success else np.nan,
        )

    @property
    def recent_return(self) -> float:
        """The reward's mean return over the last episodes; NaN before half a window."""
        is_full = len(self._recent) >= WINDOW_EPISODES // 2
        return float(np.mean(self._recent)) if is_full else float("nan")

    def curves(self) -> Curves:
        """The rows that the training has reached so far."""
        rows = int(np.ceil(self.steps / self._stretch))
        names = [*COLUMNS, *(f"term/{term}" for term in self._terms)]
        table = np.full((rows, len(names)), np.nan)
        sums, counts = self._sums[:rows], self._counts[:rows]
        if sums.shape[1]:
            np.divide(sums, counts, out=table[: len(sums)], where=counts > 0)
        ends = self._stretch * np.arange(1, rows + 1)
        table[:, 0] = np.minimum(ends, self.steps)
        columns = {name: table[:, k] for k, name in enumerate(names)}
        return Curves(columns, self._episode_rows())

    def _episode_rows(self) -> Array:
        return np.array(self._episodes, dtype=float).reshape(-1, 3)

    def arrays(self) -> dict[str, Array]:
        """The state of the log, as plain arrays."""
        return {
            "steps": np.array(self.steps),
            "terms": np.array(self._terms, dtype=str),
            "recent": np.array(self._recent, dtype=float),
            "episodes": self._episode_rows(),
            "sums": self._sums,
            "counts": self._counts,
        }

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take over the state that `arrays` gave."""
        self.steps = int(arrays["steps"])
        self._terms = tuple(arrays["terms"].tolist())
        self._recent = deque(arrays["recent"].tolist(), maxlen=WINDOW_EPISODES)
        self._episodes = [
            (r, length, n) for r, length, n in arrays["episodes"].tolist()
        ]
        self._sums, self._counts = arrays["sums"].copy(), arrays["counts"].copy()
