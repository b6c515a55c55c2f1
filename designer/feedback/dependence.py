"""Which columns a reward's terms read, and how each term runs over them.

Found by calling the reward on changed transitions; its source is never parsed here.
The curves are partial dependence (Friedman, Annals of Statistics 29, 2001, section
8.2) over real transitions: one column is set to a value after the step and shifted by
the same amount before it, so that changes within a step stay as they were.

Not covered: what happens for combinations of values that no transition shows, and
terms that depend on two columns only together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from designer.feedback.quantities import units, units_of_parts
from designer.rewards.bank import Bank
from designer.rewards.rows import Transitions, evenly
from designer.rewards.sources import Array
from envs.fields import columns
from envs.task import Task
from sandbox import RewardFault, RewardProcess, Walls

SAMPLE_ROWS = 128  # transitions that columns are changed in
GRID_POINTS = 25
MAX_COLUMNS_OF_TERM = 3
MAX_FAULTS = 4  # of a reward on changed transitions; each needs a new process
ROUNDING_SHARE = 1e-9  # of a term's largest value: less is rounding
BAND_QUANTILES = 0.1, 0.9  # of a term over transitions: the band round its curve
GRID_QUANTILES = 0.01, 0.99  # of a column: where its curve begins and ends


@dataclass(frozen=True)
class Dependence:
    """How a term runs over one column.

    column: as torso_angle, leg_angles[1] or a[0]. moment: of the state that is read. x:
    values of the column. y: mean of the term; low, high: its 10 % and 90 % quantile
    over transitions, all of the same length. change: mean size of the term's change
    where the column is exchanged between transitions.
    """

    column: str
    unit: str
    moment: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    change: float


def dependences(
    task: Task, source: str, bank: Bank, steps: Transitions, walls: Walls | None
) -> dict[str, tuple[Dependence, ...]]:
    """The dependences of each term, the strongest first; at most three a term.

    steps: transitions to look at. RewardFault if the reward fails on these themselves.
    """
    caller = _Caller(
        lambda: RewardProcess(source, bank.widths, steps.a.shape[1], 4096, walls=walls)
    )
    sample = steps.take(evenly(len(steps.a), SAMPLE_ROWS))
    try:
        base = caller(sample)
        if base is None:
            raise caller.fault
        return _by_term(task, bank, caller, steps, sample, base)
    finally:
        caller.close()


class _Caller:
    """Calls a reward, also after it failed on transitions that can't be."""

    def __init__(self, opener: Callable[[], RewardProcess]) -> None:
        self._opener, self._process = opener, opener()
        self._faults = 0
        self.terms: tuple[str, ...] = ()
        self.fault = RewardFault("error", "the reward was never called")

    def __call__(self, steps: Transitions) -> Array | None:
        """The terms (rows, terms); None where the reward fails on these."""
        if self._faults > MAX_FAULTS:
            return None
        try:
            values = self._process(steps.s, steps.a, steps.s_next)
        except RewardFault as fault:
            self.fault = fault
            self._faults += 1
            self._process = self._opener()
            return None
        self.terms = self._process.terms
        return values

    def close(self) -> None:
        """End the process."""
        self._process.close()


def _by_term(
    task: Task,
    bank: Bank,
    caller: _Caller,
    steps: Transitions,
    sample: Transitions,
    base: Array,
) -> dict[str, tuple[Dependence, ...]]:
    """The dependences of each term; base: the terms of the sample."""
    order = np.random.default_rng(0).permutation(len(sample.a))
    rounding = ROUNDING_SHARE * np.maximum(np.abs(base).max(axis=0), 1e-12)
    by_term: dict[str, list[Dependence]] = {term: [] for term in caller.terms}
    for column in _columns(task, bank, sample.a.shape[1]):
        changes = {}
        for moment, array in column.arrays.items():
            terms = caller(_exchanged(sample, array, column.place, order))
            size = None if terms is None else np.abs(terms - base).mean(axis=0)
            changes[moment] = np.zeros(len(rounding)) if size is None else size
        is_read = np.any([size > rounding for size in changes.values()], axis=0)
        curves = _curves(caller, steps, sample, column) if is_read.any() else None
        for k in np.flatnonzero(is_read) if curves is not None else ():
            assert curves is not None
            grid, values = curves[0], curves[1][:, :, k]
            low, high = np.quantile(values, BAND_QUANTILES, axis=1)
            moments = [m for m, size in changes.items() if size[k] > rounding[k]]
            by_term[caller.terms[k]].append(
                Dependence(
                    column.name,
                    column.unit,
                    " and ".join(moments),
                    _floats(grid),
                    _floats(values.mean(axis=1)),
                    _floats(low),
                    _floats(high),
                    float(sum(size[k] for size in changes.values())),
                )
            )
    return {
        term: tuple(sorted(curves, key=lambda d: -d.change)[:MAX_COLUMNS_OF_TERM])
        for term, curves in by_term.items()
    }


@dataclass(frozen=True)
class _Column:
    """A column that a reward can read; arrays: those it is in, by moment in words."""

    name: str
    unit: str
    place: int
    arrays: Mapping[str, str]


def _columns(task: Task, bank: Bank, action_dim: int) -> list[_Column]:
    unit_of = units(task)
    states = {"before the step": "s", "after the step": "s_next"}
    named = []
    for field, places in columns(bank.widths).items():
        each = units_of_parts(unit_of[field], places.stop - places.start)
        for k, place in enumerate(range(places.start, places.stop)):
            name = f"{field}[{k}]" if bank.widths[field] else field
            named.append(_Column(name, each[k], place, states))
    actions = {"in the step": "a"}
    return [*named, *(_Column(f"a[{k}]", "1", k, actions) for k in range(action_dim))]


def _exchanged(steps: Transitions, array: str, place: int, order: Array) -> Transitions:
    """The transitions with one column exchanged between them, in a given order."""
    values = getattr(steps, array).copy()
    values[:, place] = values[order, place]
    return steps._replace(**{array: values})


def _curves(
    caller: _Caller, steps: Transitions, sample: Transitions, column: _Column
) -> tuple[Array, Array] | None:
    """A grid (points,), and the terms on it (points, rows, terms).

    None where the reward fails there.
    """
    is_action = "a" in column.arrays.values()
    values = (steps.a if is_action else steps.s_next)[:, column.place]
    low, high = np.quantile(values, GRID_QUANTILES)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    grid, rows = np.linspace(low, high, GRID_POINTS), len(sample.a)
    s, a, s_next = (np.tile(array, (GRID_POINTS, 1)) for array in sample)
    points = np.repeat(grid, rows)
    if is_action:
        a[:, column.place] = points
    else:
        s[:, column.place] += points - s_next[:, column.place]
        s_next[:, column.place] = points
    terms = caller(Transitions(s, a, s_next))
    return None if terms is None else (grid, terms.reshape(GRID_POINTS, rows, -1))


def _floats(values: Array) -> tuple[float, ...]:
    """Numbers of four digits, which is all that a picture shows."""
    return tuple(float(f"{value:.4g}") for value in values)
