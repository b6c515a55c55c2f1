"""Events of an episode: at most one sentence for each quantity.

They come from arithmetic alone; a sentence states what the numbers did and judges
nothing.
"""

from collections.abc import Sequence

import numpy as np

from designer.feedback.judged import Judged
from designer.feedback.quantities import Quantity, Ranges, Span, with_unit
from designer.rewards.bank import Facts
from designer.rewards.sources import Array

MAX_EVENTS = 8
MAX_ACTIONS_SHOWN = 8
# Shares of an episode, or of a quantity's range in it: less than the first is no sign
# of a change, and a change must hold for the second to be called lasting.
MIN_SHARE, LASTING_SHARE = 0.1, 0.2
# Share of the usual range that the start range is widened by: alone it is mere noise.
START_MARGIN = 0.1
MIN_EVENT_ROWS = 3
STOPPED_SHARE = 0.02  # of the quantity's range in the episode
SLOW_SHARE = 0.05  # of the quantity's usual range
PEAK_SHARE = 0.3  # of the quantity's range in the episode
ZERO_SHARES = 0.02, 0.98  # of the rows in which a force that comes and goes is zero
MIN_BOUND_SHARE = 0.5  # of the rows in which an action is at a bound
BOUND_MARGIN = 0.01  # of an action's range

Event = tuple[float, str]  # time in seconds, sentence


def events(
    episode: Judged, moving: Sequence[Quantity], ranges: Ranges
) -> tuple[str, ...]:
    """At most eight events in the order of time, then the actions at their bounds.

    moving: the quantities that changed in the episode. Where there are more events,
    those stay whose quantity moved through most of its usual range. Of an episode
    without the field last_action nothing is said of actions.
    """
    by_size: list[tuple[float, Event]] = []
    for q in moving:
        if "last_action" in q.name:
            continue
        reach = ranges.reach(q.name)
        event = (
            touches(q, episode.dt)
            or leaves(q, episode.dt, ranges.begins[q.name], START_MARGIN * reach)
            or stops(q, episode.dt, SLOW_SHARE * reach)
            or peaks(q, episode.dt)
            or turns(q, episode.dt)
        )
        if event:
            by_size.append((float(np.ptp(q.values)) / reach, event))
    by_size.sort(key=lambda item: -item[0])
    by_time = sorted(event for _, event in by_size[:MAX_EVENTS])
    shows_actions = "last_action" in episode.widths
    bounds = at_bounds(episode.actions, ranges.facts) if shows_actions else ()
    return (*(sentence for _, sentence in by_time), *bounds)


def touches(q: Quantity, dt: float) -> Event | None:
    """Contacts made and lost, by a flag or by a force that comes and goes."""
    v = q.values
    flag = bool(np.isin(v, (0.0, 1.0)).all())
    zeros = float((v == 0).mean())
    force = q.unit == "N" and v.min() >= 0 and ZERO_SHARES[0] <= zeros <= ZERO_SHARES[1]
    changes = np.flatnonzero(np.diff(v != 0)) + 1
    if not (flag or force) or not len(changes):
        return None
    first, last = changes[0], changes[-1]
    becomes = {True: "becomes 0", False: "becomes more than 0"}
    sentence = f"{dt * first:.3g} s: {q.name} {becomes[v[first] == 0]}"
    if len(changes) > 1:
        sentence += f"; {len(changes)} such changes, the last at {dt * last:.3g} s"
        sentence += f" ({becomes[v[last] == 0]})"
    return dt * first, f"{sentence}; zero {zeros:.0%} of the time"


def leaves(q: Quantity, dt: float, begins: Span, margin: float) -> Event | None:
    """When a quantity was last inside its start range, widened by a margin.

    None for velocities: they leave rest at once.
    """
    inside = (q.values >= begins[0] - margin) & (q.values <= begins[1] + margin)
    rows = len(inside)
    last = int(np.flatnonzero(inside)[-1]) if inside.any() else 0
    if q.is_rate or last < MIN_EVENT_ROWS - 1 or rows - last <= MIN_SHARE * rows:
        return None
    value = with_unit(q.values[-1], q.unit)
    return dt * last, (
        f"{dt * last:.3g} s: {q.name} leaves its start range for good; {value} at the "
        "end"
    )


def stops(q: Quantity, dt: float, slow: float) -> Event | None:
    """When a quantity stopped changing, if it then rests for a good while.

    None for a velocity that ends at zero: its position says the same.
    """
    v = q.values
    if q.is_rate and abs(v[-1]) <= slow:
        return None
    changing = np.flatnonzero(np.abs(v - v[-1]) > STOPPED_SHARE * np.ptp(v))
    last = int(changing[-1]) + 1
    if len(v) - last < max(MIN_EVENT_ROWS, LASTING_SHARE * len(v)):
        return None
    return dt * last, (
        f"{dt * last:.3g} s: {q.name} stops changing, at {with_unit(v[-1], q.unit)}"
    )


def peaks(q: Quantity, dt: float) -> Event | None:
    """When a quantity passed its one extreme; None where it swings many times."""
    for sign, word in ((1.0, "highest"), (-1.0, "lowest")):
        v = sign * q.values
        top, size = int(v.argmax()), float(np.ptp(v))
        near = np.flatnonzero(v >= v[top] - LASTING_SHARE * size)
        is_single = near[-1] - near[0] == len(near) - 1
        if is_single and v[top] - max(v[0], v[-1]) >= PEAK_SHARE * size:
            value = with_unit(q.values[top], q.unit)
            return dt * top, f"{dt * top:.3g} s: {q.name} is {word}, {value}"
    return None


def turns(q: Quantity, dt: float) -> Event | None:
    """When a quantity changed its sign for good."""
    sign = np.sign(q.values)
    opposite = np.flatnonzero(sign == -sign[-1])
    size = float(np.abs(q.values[opposite]).max(initial=0.0))
    if sign[-1] == 0 or size < MIN_SHARE * np.ptp(q.values):
        return None
    last = int(opposite[-1]) + 1
    rows = len(sign)
    is_lasting = rows - last >= LASTING_SHARE * rows
    if not is_lasting or len(opposite) < max(MIN_SHARE * rows, 0.5 * last):
        return None
    word = "positive" if sign[-1] > 0 else "negative"
    return dt * last, f"{dt * last:.3g} s: {q.name} turns {word} for good"


def at_bounds(actions: Array, facts: Facts) -> tuple[str, ...]:
    """Actions that are at one of their bounds for half of the time or more."""
    share = bound_share(actions, facts)
    most_bound = sorted(np.argsort(-share, kind="stable")[:MAX_ACTIONS_SHOWN])
    shares = [
        f"a[{k}] {share[k]:.0%}" for k in most_bound if share[k] >= MIN_BOUND_SHARE
    ]
    return (f"at a bound: {', '.join(shares)} of the time",) if shares else ()


def bound_share(actions: Array, facts: Facts) -> Array:
    """Share of rows in which each action (rows, action_dim) is at a bound."""
    near = BOUND_MARGIN * (facts.high - facts.low)
    at = (actions <= facts.low + near) | (actions >= facts.high - near)
    share: Array = at.sum(axis=0) / max(len(actions), 1)
    return share
