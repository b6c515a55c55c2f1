"""What happened in an episode, one sentence for each quantity that tells something.

Arithmetic alone; a sentence states what the numbers did and judges nothing.
"""

from collections.abc import Sequence

import numpy as np

from designer.feedback.judged import Judged
from designer.feedback.quantities import Known, Quantity, Span, with_unit
from designer.rewards.bank import Facts
from designer.rewards.sources import Array

MOST = 8
EARLY, LATE = 0.1, 0.2  # of an episode: what was before, what lasts
WIDER = 0.1  # of what is usual: a start range alone is mere noise
FEW = 3  # rows: what is so short is no event
STILL = 0.02  # of its range in the episode
SLOW = 0.05  # of its usual range
PEAK = 0.3
ZEROS = 0.02, 0.98  # share of rows in which a force that comes and goes is zero
HALF = 0.5
AT_BOUND = 0.01  # of an action's range

Event = tuple[float, str]  # when (s), what


def events(
    episode: Judged, moving: Sequence[Quantity], known: Known
) -> tuple[str, ...]:
    """At most eight, in the order of time, then how the actions stood at their bounds.

    moving: what changed in the episode. Where more happened, that which moved most of
    its usual range is told.
    """
    found: list[tuple[float, Event]] = []
    for q in moving:
        if "last_action" in q.name:
            continue
        reach = known.reach(q.name)
        event = (
            touches(q, episode.dt)
            or leaves(q, episode.dt, known.begins[q.name], WIDER * reach)
            or stops(q, episode.dt, SLOW * reach)
            or peaks(q, episode.dt)
            or turns(q, episode.dt)
        )
        if event:
            found.append((float(np.ptp(q.values)) / reach, event))
    found.sort(key=lambda item: -item[0])
    told = sorted(event for _, event in found[:MOST])
    return (*(text for _, text in told), *at_bounds(episode.actions, known.facts))


def touches(q: Quantity, dt: float) -> Event | None:
    """Contacts made and lost, of a flag or of a force that comes and goes."""
    v = q.values
    flag = bool(np.isin(v, (0.0, 1.0)).all())
    zeros = float((v == 0).mean())
    force = q.unit == "N" and v.min() >= 0 and ZEROS[0] <= zeros <= ZEROS[1]
    changes = np.flatnonzero(np.diff(v != 0)) + 1
    if not (flag or force) or not len(changes):
        return None
    first, last = changes[0], changes[-1]
    said = f"{dt * first:.3g} s: {q.name} {_side(v[first])}"
    if len(changes) > 1:
        said += f"; {len(changes)} such changes, the last at {dt * last:.3g} s"
        said += f" ({_side(v[last])})"
    return dt * first, f"{said}; zero {zeros:.0%} of the time"


def leaves(q: Quantity, dt: float, begins: Span, room: float) -> Event | None:
    """When it was last as in the states that episodes begin in, give or take room.

    Velocities are not asked: they leave rest at once.
    """
    inside = (q.values >= begins[0] - room) & (q.values <= begins[1] + room)
    rows = len(inside)
    last = int(np.flatnonzero(inside)[-1]) if inside.any() else 0
    if q.is_rate or last < FEW - 1 or rows - last <= EARLY * rows:
        return None
    value = with_unit(q.values[-1], q.unit)
    return dt * last, (
        f"{dt * last:.3g} s: {q.name} leaves its start range for good; {value} at the "
        "end"
    )


def stops(q: Quantity, dt: float, slow: float) -> Event | None:
    """When it stopped changing, if for a good while; of velocities not to be zero.

    For that its position says.
    """
    v = q.values
    if q.is_rate and abs(v[-1]) <= slow:
        return None
    changing = np.flatnonzero(np.abs(v - v[-1]) > STILL * np.ptp(v))
    last = int(changing[-1]) + 1
    if len(v) - last < max(FEW, LATE * len(v)):
        return None
    return dt * last, (
        f"{dt * last:.3g} s: {q.name} stops changing, at {with_unit(v[-1], q.unit)}"
    )


def peaks(q: Quantity, dt: float) -> Event | None:
    """When it passed its one extreme; of many waves none is told."""
    for sign, word in ((1.0, "highest"), (-1.0, "lowest")):
        v = sign * q.values
        top, size = int(v.argmax()), float(np.ptp(v))
        near = np.flatnonzero(v >= v[top] - LATE * size)
        one = near[-1] - near[0] == len(near) - 1
        if one and v[top] - max(v[0], v[-1]) >= PEAK * size:
            value = with_unit(q.values[top], q.unit)
            return dt * top, f"{dt * top:.3g} s: {q.name} is {word}, {value}"
    return None


def turns(q: Quantity, dt: float) -> Event | None:
    """When it changed its sign for good."""
    side = np.sign(q.values)
    other = np.flatnonzero(side == -side[-1])
    size = float(np.abs(q.values[other]).max(initial=0.0))
    if side[-1] == 0 or size < EARLY * np.ptp(q.values):
        return None
    last = int(other[-1]) + 1
    rows = len(side)
    if rows - last < LATE * rows or len(other) < max(EARLY * rows, 0.5 * last):
        return None
    word = "positive" if side[-1] > 0 else "negative"
    return dt * last, f"{dt * last:.3g} s: {q.name} turns {word} for good"


def at_bounds(actions: Array, facts: Facts) -> tuple[str, ...]:
    """Actions that are at one of their bounds for half of the time or more."""
    share = bound_share(actions, facts)
    told = np.argsort(-share, kind="stable")[:MOST]
    parts = [f"a[{k}] {share[k]:.0%}" for k in sorted(told) if share[k] >= HALF]
    return (f"at a bound: {', '.join(parts)} of the time",) if parts else ()


def bound_share(actions: Array, facts: Facts) -> Array:
    """Share of rows in which each action (rows, action_dim) is at a bound."""
    near = AT_BOUND * (facts.high - facts.low)
    at = (actions <= facts.low + near) | (actions >= facts.high - near)
    share: Array = at.sum(axis=0) / max(len(actions), 1)
    return share


def _side(value: float) -> str:
    return "becomes 0" if value == 0 else "becomes more than 0"
