"""A failed episode as a table of moments and a list of events, for a reader."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.feedback.events import events
from designer.feedback.judged import Judged
from designer.feedback.quantities import (
    Known,
    Quantity,
    decimals,
    quantities,
    with_unit,
)
from designer.rewards.sources import Array
from designer.run.candidates import number

MOMENTS = 12
SHOWN = 24  # quantities; a reader loses the thread in more
MOST = 2  # episodes


@dataclass(frozen=True)
class Timeline:
    """One episode in words and numbers.

    header: time, quantities with their units, terms; rows: their values at some
    moments, terms for the step that led there. constant: quantities that never changed.
    ending: how it ended. failed: whether that is known of it.
    """

    training: str
    failed: bool
    ending: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    constant: tuple[str, ...]
    events: tuple[str, ...]


def failures(episodes: Sequence[Judged]) -> tuple[int, ...]:
    """Which to read: at most two failed ones, of different trainings where possible.

    Failed: not successful, and then a typical one of its training (median fitness);
    where the task has no success, the worst. () where all succeeded. Where nothing is
    measured, the first of each training.
    """
    if all(math.isnan(episode.fitness) for episode in episodes):
        starts = {
            episode.training: k for k, episode in reversed(list(enumerate(episodes)))
        }
        return tuple(sorted(starts.values())[:MOST])
    known = any(episode.success is not None for episode in episodes)
    failed = [k for k, episode in enumerate(episodes) if not episode.success]
    failed.sort(key=lambda k: episodes[k].fitness)
    groups: dict[str, list[int]] = {}
    for k in failed:  # trainings in the order of their worst episode
        groups.setdefault(episodes[k].training, []).append(k)
    firsts = [group[(len(group) - 1) // 2 if known else 0] for group in groups.values()]
    others = [k for k in failed if k not in firsts]
    return tuple([*firsts, *others][:MOST])


def timeline(
    episode: Judged,
    known: Known,
    terms: Mapping[str, Array],
    show_fitness: bool = False,
) -> Timeline:
    """An episode as a reader wants it.

    terms: what each term of the reward paid, (steps,); they stand after the fields.
    """
    every = quantities(episode.frames, episode.widths, known.units)
    moving = [q for q in every if np.ptp(q.values) > 0]
    at = moments(episode.steps, episode.terminated)
    shown = moving[:SHOWN]
    paid = [Quantity(f"pays '{name}'", "1", v) for name, v in terms.items()]
    return Timeline(
        training=episode.training,
        failed=episode.success is False or not math.isnan(episode.fitness),
        ending=ending(episode, known.facts.max_steps, show_fitness),
        header=("time (s)", *(_head(q) for q in (*shown, *paid))),
        rows=tuple(zip(*_cells(shown, paid, at, episode.dt), strict=True)),
        constant=tuple(
            f"{q.name} = {with_unit(q.values[0], q.unit)}"
            for q in every
            if np.ptp(q.values) == 0
        ),
        events=events(episode, moving, known),
    )


def moments(steps: int, closer: bool) -> Array:
    """About twelve rows from the start to the end; closer together before the end.

    They are evenly spread where only the time limit ended the episode.
    """
    part = np.linspace(0, 1, min(MOMENTS, steps + 1))
    part = 1 - (1 - part) ** 1.5 if closer else part
    return np.unique(np.round(steps * part).astype(int))


def ending(episode: Judged, max_steps: int, show_fitness: bool) -> str:
    """How an episode ended, and after which time."""
    said = (
        f"ended by '{episode.reason}' after {episode.seconds:.3g} s "
        f"({episode.steps} of at most {max_steps} steps)"
    )
    if episode.success is False:
        said += ", goal not reached"
    return f"{said}, fitness {number(episode.fitness)}" if show_fitness else said


def _head(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else f" ({quantity.unit})"
    return quantity.name + unit


def _cells(
    shown: Sequence[Quantity], paid: Sequence[Quantity], at: Array, dt: float
) -> list[list[str]]:
    """Columns of the table, time first; nothing is paid for the start."""
    digits = 3 if dt * at[-1] < 10 else 2
    columns = [[f"{dt * row:.{digits}f}" for row in at]]
    for q in shown:
        columns.append([_fixed(v, decimals(q.values)) for v in q.values[at]])
    for q in paid:
        steps = q.values[at[1:] - 1]
        columns.append(["-", *(_fixed(v, decimals(q.values)) for v in steps)])
    return columns


def _fixed(value: float, digits: int) -> str:
    return f"{round(float(value), digits) + 0.0:.{digits}f}"  # never -0.00
