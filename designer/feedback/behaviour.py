"""Sentences on what the judged episodes of a reward have in common, by arithmetic."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from designer.feedback.events import bound_share
from designer.feedback.judged import Judged
from designer.feedback.quantities import Quantity, Ranges, quantities, with_unit
from designer.rewards.bank import Facts
from designer.rewards.sources import Array

# Shares of the episodes that must behave alike before a sentence says so.
MIN_EPISODE_SHARE = 0.75
MIN_ENDING_SHARE = 0.25
# Shares of a quantity's usual range: a smaller change announces no ending, and a
# velocity that stays within the second one is called still.
MIN_CHANGE = 0.2
STILL_SHARE = 0.05
# Shares of an episode: the noise of its start is over, and "before the end" begins.
START_SHARE = 0.2
BEFORE_END_SHARE = 0.2
MAX_QUANTITIES_SHOWN = 3
MAX_USUAL_SHOWN = 24
# Shares of all actions: at a bound, and within NEAR_ZERO of half the range of zero.
MIN_BOUND_SHARE, MIN_ZERO_SHARE, NEAR_ZERO = 0.6, 0.9, 0.05


def behaviour(episodes: Sequence[Judged], ranges: Ranges) -> tuple[str, ...]:
    """How episodes end and what comes before, what hardly moves, how actions are used.

    () without episodes.
    """
    if not episodes:
        return ()
    by_episode = [quantities(e.frames, e.widths, ranges.units) for e in episodes]
    return (
        *endings(episodes, by_episode, ranges),
        *stillness(by_episode, ranges),
        *acting(episodes, ranges.facts),
    )


def usual_values(episodes: Sequence[Judged], ranges: Ranges) -> str:
    """The 10 %, 50 % and 90 % quantile of each quantity over all judged steps."""
    frames = np.concatenate([episode.frames for episode in episodes])
    values = []
    for q in quantities(frames, episodes[0].widths, ranges.units):
        if "last_action" not in q.name and np.ptp(q.values) > 0:
            low, middle, high = np.quantile(q.values, [0.1, 0.5, 0.9])
            values.append(
                f"{q.name} {low:.3g}, {middle:.3g}, {with_unit(high, q.unit)}"
            )
    return "; ".join(values[:MAX_USUAL_SHOWN])


def endings(
    episodes: Sequence[Judged],
    by_episode: Sequence[Sequence[Quantity]],
    ranges: Ranges,
) -> Iterator[str]:
    """The common ways to end early, after which time, and what moved before.

    by_episode: the quantities of each episode.
    """
    reasons = Counter(e.reason for e in episodes if e.terminated)
    for reason, count in reasons.most_common(2):
        if count < MIN_ENDING_SHARE * len(episodes):
            continue
        alike = [k for k, e in enumerate(episodes) if e.reason == reason]
        ends = [episodes[k].seconds for k in alike]
        sentence = (
            f"{count} of {len(episodes)} episodes ended by '{reason}', after "
            f"{min(ends):.3g} to {max(ends):.3g} s"
        )
        steps = float(np.median([episodes[k].steps for k in alike]))
        rows = max(2, round(BEFORE_END_SHARE * steps))
        long_enough = [by_episode[k] for k in alike if episodes[k].steps >= rows]
        if long_enough and (changes := final_changes(long_enough, rows, ranges)):
            seconds = f"{rows * episodes[0].dt:.2g} s"
            sentence += f"; in the last {seconds} (medians) " + ", ".join(changes)
        yield sentence


def final_changes(
    by_episode: Sequence[Sequence[Quantity]], rows: int, ranges: Ranges
) -> list[str]:
    """Quantities that rose or fell alike in the last rows, the clearest first."""
    sentences = []
    for k, q in enumerate(by_episode[0]):
        if "last_action" in q.name:
            continue
        before = np.array([row[k].values[-1 - rows] for row in by_episode])
        end = np.array([row[k].values[-1] for row in by_episode])
        # A robot that falls to either side shows it in the size alone.
        for name, first, last in (
            (q.name, before, end),
            (f"the size of {q.name}", np.abs(before), np.abs(end)),
        ):
            change = _common_change(last - first)
            size = abs(change) / ranges.reach(q.name)
            if size >= MIN_CHANGE:
                verb = "rose" if change > 0 else "fell"
                values = f"{np.median(first):.3g} to "
                values += with_unit(np.median(last), q.unit)
                sentences.append((-size, f"{name} {verb} from {values}"))
                break
    return [sentence for _, sentence in sorted(sentences)[:MAX_QUANTITIES_SHOWN]]


def stillness(
    by_episode: Sequence[Sequence[Quantity]], ranges: Ranges
) -> Iterator[str]:
    """Velocities that stay small against their usual range once the start is over."""
    rates = [k for k, q in enumerate(by_episode[0]) if q.is_rate]
    still = []
    for k in rates:
        q = by_episode[0][k]
        reach = max(map(abs, ranges.usual[q.name]))
        velocities = [row[k].values for row in by_episode]
        velocities = [v[int(START_SHARE * len(v)) :] for v in velocities]
        slow = [v for v in velocities if np.abs(v).max() <= STILL_SHARE * reach]
        if reach > 0 and len(slow) >= MIN_EPISODE_SHARE * len(by_episode):
            low, high = min(v.min() for v in slow), max(v.max() for v in slow)
            elsewhere = " to ".join(f"{x:.3g}" for x in ranges.usual[q.name])
            still.append(
                f"{q.name} stays within {low:.2g} to {with_unit(high, q.unit)} in "
                f"{len(slow)} of {len(by_episode)} episodes (elsewhere {elsewhere})"
            )
    if still and len(still) == len(rates):
        yield f"the robot hardly moves: {'; '.join(still[:MAX_QUANTITIES_SHOWN])}"
    else:
        yield from still[:MAX_QUANTITIES_SHOWN]


def acting(episodes: Sequence[Judged], facts: Facts) -> Iterator[str]:
    """Whether actions are nearly always at their bounds, or midway between them."""
    actions = np.concatenate([episode.actions for episode in episodes])
    if not len(actions):
        return
    share = float(bound_share(actions, facts).mean())
    half = 0.5 * (facts.high - facts.low)
    middle = 0.5 * (facts.high + facts.low)
    small = float((np.abs(actions - middle) <= NEAR_ZERO * half).mean())
    if share > MIN_BOUND_SHARE:
        yield f"actions are at one of their bounds {share:.0%} of the time"
    if small > MIN_ZERO_SHARE:
        place = "near the middle of their bounds" if middle.any() else "nearly zero"
        yield f"actions are {place} {small:.0%} of the time"


def _common_change(changes: Array) -> float:
    """The median of changes (episodes,), or 0 where they have nothing in common.

    Most must be half of the median or more, with its sign: the median of falls to the
    left and to the right is neither.
    """
    median = float(np.median(changes))
    if median == 0 or (changes / median >= 0.5).mean() < MIN_EPISODE_SHARE:
        return 0.0
    return median
