"""What all judged episodes of a reward have in common, by arithmetic alone."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from designer.feedback.events import bound_share
from designer.feedback.judged import Judged
from designer.feedback.quantities import Known, Quantity, quantities, with_unit
from designer.rewards.bank import Facts
from designer.rewards.sources import Array

MOST = 0.75  # of the episodes: what few of them do is not told
COMMON = 0.25  # of the episodes: a rarer ending is not told
MOVED = 0.2  # of what is usual: less before an ending is no sign of it
SLOW = 0.05
SETTLED = 0.2  # of an episode: the start noise is over
BEFORE = 0.2  # of an episode's length: what "before it" means
SHOWN = 3
BANG, IDLE, SMALL = 0.6, 0.9, 0.05


def behaviour(episodes: Sequence[Judged], known: Known) -> tuple[str, ...]:
    """How they end and what comes before, what hardly moves, how actions are used."""
    if not episodes:
        return ()
    told = [quantities(e.frames, e.widths, known.units) for e in episodes]
    return (
        *endings(episodes, told, known),
        *stillness(told, known),
        *acting(episodes, known.facts),
    )


def endings(
    episodes: Sequence[Judged], told: Sequence[Sequence[Quantity]], known: Known
) -> Iterator[str]:
    """The common ways to end early, after how long, and what moved before it."""
    reasons = Counter(e.reason for e in episodes if e.terminated)
    for reason, count in reasons.most_common(2):
        if count < COMMON * len(episodes):
            continue
        which = [k for k, e in enumerate(episodes) if e.reason == reason]
        ends = [episodes[k].seconds for k in which]
        said = (
            f"{count} of {len(episodes)} episodes ended by '{reason}', after "
            f"{min(ends):.3g} to {max(ends):.3g} s"
        )
        steps = float(np.median([episodes[k].steps for k in which]))
        rows = max(2, round(BEFORE * steps))
        moved = [told[k] for k in which if episodes[k].steps >= rows]
        if moved and (parts := changes(moved, rows, known)):
            before = f"{rows * episodes[0].dt:.2g} s"
            said += f"; in the last {before} (medians) " + ", ".join(parts)
        yield said


def changes(moved: Sequence[Sequence[Quantity]], rows: int, known: Known) -> list[str]:
    """Quantities that rose or fell alike in the last rows, the clearest first."""
    found = []
    for k, q in enumerate(moved[0]):
        if "last_action" in q.name:
            continue
        first = np.array([row[k].values[-1 - rows] for row in moved])
        last = np.array([row[k].values[-1] for row in moved])
        # A robot that falls to either side shows it in the size alone.
        for name, was, now in (
            (q.name, first, last),
            (f"the size of {q.name}", np.abs(first), np.abs(last)),
        ):
            size = _alike(now - was) / known.reach(q.name)
            if size >= MOVED:
                verb = "rose" if np.median(now - was) > 0 else "fell"
                where = f"{np.median(was):.3g} to {with_unit(np.median(now), q.unit)}"
                found.append((-size, f"{name} {verb} from {where}"))
                break
    return [text for _, text in sorted(found)[:SHOWN]]


def stillness(told: Sequence[Sequence[Quantity]], known: Known) -> Iterator[str]:
    """Velocities that stay small against what was seen elsewhere."""
    rates = [k for k, q in enumerate(told[0]) if q.is_rate]
    still = []
    for k in rates:
        q = told[0][k]
        reach = max(map(abs, known.usual[q.name]))
        settled = [_settled(row[k]) for row in told]
        slow = [v for v in settled if np.abs(v).max() <= SLOW * reach]
        if reach > 0 and len(slow) >= MOST * len(told):
            low, high = min(v.min() for v in slow), max(v.max() for v in slow)
            elsewhere = " to ".join(f"{x:.3g}" for x in known.usual[q.name])
            still.append(
                f"{q.name} stays within {low:.2g} to {with_unit(high, q.unit)} in "
                f"{len(slow)} of {len(told)} episodes (elsewhere {elsewhere})"
            )
    if still and len(still) == len(rates):
        yield f"the robot hardly moves: {'; '.join(still[:SHOWN])}"
    else:
        yield from still[:SHOWN]


def acting(episodes: Sequence[Judged], facts: Facts) -> Iterator[str]:
    """Actions nearly always at their bounds, or nearly none."""
    actions = np.concatenate([episode.actions for episode in episodes])
    if not len(actions):
        return
    share = float(bound_share(actions, facts).mean())
    half = 0.5 * (facts.high - facts.low)
    middle = 0.5 * (facts.high + facts.low)
    small = float((np.abs(actions - middle) <= SMALL * half).mean())
    if share > BANG:
        yield f"actions are at one of their bounds {share:.0%} of the time"
    if small > IDLE:
        yield f"actions are nearly zero {small:.0%} of the time"


def _alike(changes: Array) -> float:
    """Size of the median change; 0 unless most are half of it or more, and that way.

    For the median of two kinds of falls is neither.
    """
    median = float(np.median(changes))
    if median == 0 or (changes / median >= 0.5).mean() < MOST:
        return 0.0
    return abs(median)


def _settled(q: Quantity) -> Array:
    return q.values[int(SETTLED * len(q.values)) :]
