"""A failed episode as a table of moments and a list of events, for a reader."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.feedback.events import events
from designer.feedback.judged import Judged
from designer.feedback.quantities import (
    Quantity,
    Ranges,
    decimals,
    quantities,
    with_unit,
)
from designer.rewards.sources import Array
from designer.run.candidates import number

MAX_ROWS = 12  # of a timeline
MAX_COLUMNS = 24  # quantities; a reader loses the thread in more
MAX_EPISODES = 2  # with a timeline


@dataclass(frozen=True)
class Timeline:
    """One episode in words and numbers.

    header: time, quantities with their units, terms; rows: their values at about twelve
    times, terms for the step that led there. constant: quantities that never changed.
    ending: how it ended. failed: whether it is known to be without success.
    """

    training: str
    failed: bool
    ending: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    constant: tuple[str, ...]
    events: tuple[str, ...]


def failures(episodes: Sequence[Judged], turn: int = 0) -> tuple[int, ...]:
    """Places of at most two failed episodes, of different trainings where possible.

    A failed one is one without success: the typical one of its training, by median
    fitness. Where the task has no success predicate it is the worst one; where fitness
    is NaN, the first of each training. () where all succeeded. turn: how often the same
    reward was reviewed before; each time the next fitter episodes are taken.
    """
    if all(math.isnan(episode.fitness) for episode in episodes):
        starts = {
            episode.training: k for k, episode in reversed(list(enumerate(episodes)))
        }
        return tuple(sorted(starts.values())[:MAX_EPISODES])
    has_success = any(episode.success is not None for episode in episodes)
    failed = [k for k, episode in enumerate(episodes) if not episode.success]
    failed.sort(key=lambda k: episodes[k].fitness)
    groups: dict[str, list[int]] = {}
    for k in failed:  # trainings in the order of their worst episode
        groups.setdefault(episodes[k].training, []).append(k)
    typical = [
        group[(turn + ((len(group) - 1) // 2 if has_success else 0)) % len(group)]
        for group in groups.values()
    ]
    remaining = [k for k in failed if k not in typical]
    return tuple([*typical, *remaining][:MAX_EPISODES])


def timeline(
    episode: Judged,
    ranges: Ranges,
    terms: Mapping[str, Array],
    show_fitness: bool = False,
) -> Timeline:
    """The timeline of an episode.

    terms: what each term of the reward paid, (steps,); their columns come last.
    """
    all_quantities = quantities(episode.frames, episode.widths, ranges.units)
    moving = [q for q in all_quantities if np.ptp(q.values) > 0]
    changes = sum(
        (np.abs(np.diff(q.values)) / np.ptp(q.values) for q in moving),
        start=np.zeros(episode.steps),
    )
    rows = moments(changes, episode.terminated)
    columns = moving[:MAX_COLUMNS]
    paid = [Quantity(f"pays '{name}'", "1", v) for name, v in terms.items()]
    return Timeline(
        training=episode.training,
        failed=episode.success is False,
        ending=ending(episode, ranges.facts.max_steps, show_fitness),
        header=(
            "time (s)",
            *(
                q.name if q.unit == "1" else f"{q.name} ({q.unit})"
                for q in (*columns, *paid)
            ),
        ),
        rows=tuple(zip(*_cells(columns, paid, rows, episode.dt), strict=True)),
        constant=tuple(
            f"{q.name} = {with_unit(q.values[0], q.unit)}"
            for q in all_quantities
            if np.ptp(q.values) == 0
        ),
        events=events(episode, moving, ranges),
    )


def moments(changes: Array, closer: bool) -> Array:
    """About twelve rows of an episode from its start to its end, (rows,) ascending.

    changes: (steps,), how much happens in each step. Half of the rows are spread evenly
    over the time and half over what happens, so that a jump does not pass between two
    rows. closer: they also come closer together towards the end, where it fell.
    """
    steps = len(changes)
    even = np.full(steps, 1 / max(steps, 1))
    total = float(changes.sum())
    weights = 0.5 * even + 0.5 * changes / total if total > 0 else even
    passed = np.append(0.0, np.cumsum(weights))
    share = np.linspace(0, 1, min(MAX_ROWS, steps + 1))
    share = 1 - (1 - share) ** 1.5 if closer else share
    rows = np.interp(share * passed[-1], passed, np.arange(steps + 1))
    return np.unique(np.round(rows).astype(int))


def ending(episode: Judged, max_steps: int, show_fitness: bool) -> str:
    """How an episode ended, and when."""
    sentence = (
        f"ended by '{episode.reason}' after {episode.seconds:.3g} s "
        f"({episode.steps} of at most {max_steps} steps)"
    )
    if episode.success is False:
        sentence += ", goal not reached"
    if show_fitness:
        sentence += f", fitness {number(episode.fitness)}"
    return sentence


def _cells(
    fields: Sequence[Quantity], paid: Sequence[Quantity], rows: Array, dt: float
) -> list[list[str]]:
    """Columns of the table, time first; no term is paid for the start."""
    digits = 3 if dt * rows[-1] < 10 else 2
    columns = [[f"{dt * row:.{digits}f}" for row in rows]]
    for q in fields:
        columns.append([_fixed(v, decimals(q.values)) for v in q.values[rows]])
    for q in paid:
        steps = q.values[rows[1:] - 1]
        columns.append(["-", *(_fixed(v, decimals(q.values)) for v in steps)])
    return columns


def _fixed(value: float, digits: int) -> str:
    return f"{round(float(value), digits) + 0.0:.{digits}f}"  # never -0.00
