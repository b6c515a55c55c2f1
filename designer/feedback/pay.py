"""What each term of a reward paid in good and in bad episodes.

Not covered: whether a term would pay otherwise for behaviour that no policy showed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from designer.feedback.judged import Judged, Split, split, transitions
from designer.feedback.saturation import saturated
from designer.rewards.bank import Bank
from designer.rewards.rows import (
    TILES,
    Transitions,
    difference_sentence,
    evenly,
    row_difference,
    spread,
)
from designer.rewards.sources import Array
from designer.run.candidates import number
from sandbox import Limits, RewardFault, RewardProcess, Walls

ENOUGH = 8  # episodes; fewer can come out in any order by chance
UNSURE = 0.3  # share of pairs: from here to 1 - UNSURE there is no preference
TIE = 0.01  # of a mean payment: less does not set two episodes apart
COUNTS = 0.1  # of a term, and of the terms' differences: a smaller one is not told
MOST = 0.5  # of all that is paid
LONGER = 1.05  # times as much per step: the rest of a difference is mere length
ROWS, SINGLES = 4096, 48
LIMITS = Limits(total_s=120.0, cpu_s=60)  # 40,000 transitions take well under a second


@dataclass(frozen=True)
class Payments:
    """Terms of a reward on transitions, (rows, terms).

    judged: of the judged episodes, in order; lengths: (episodes,) their rows.
    elsewhere: on the bank. mixed: how a row depends on the others; "" if it doesn't.
    """

    terms: tuple[str, ...]
    judged: Array
    lengths: Array
    elsewhere: Array
    mixed: str = ""


@dataclass(frozen=True)
class TermPay:
    """What a term, or the sum of all, paid: mean per episode, and mean per step."""

    name: str
    good: float
    bad: float
    good_step: float
    bad_step: float


@dataclass(frozen=True)
class Pay:
    """What a reward paid; rows end with the sum, () where nothing parts the episodes.

    names: of the two groups. how: what parts them. agreement: Kendall's tau-b of the
    return under this reward with fitness, None for fewer than ENOUGH episodes.
    """

    rows: tuple[TermPay, ...]
    names: tuple[str, str]
    how: str
    episodes: int
    trainings: int
    agreement: float | None
    findings: tuple[str, ...]


NOTHING = Pay((), ("good", "bad"), "", 0, 0, None, ())


def payments(
    source: str, episodes: Sequence[Judged], bank: Bank, walls: Walls | None
) -> Payments | RewardFault:
    """Call the reward on all steps of the episodes and on the bank, in one process."""
    s, a, s_next = transitions(episodes)
    try:
        with RewardProcess(
            source, bank.widths, a.shape[1], ROWS, LIMITS, walls=walls
        ) as process:
            judged = process(s, a, s_next)
            mixed = mixed_rows(process, Transitions(s, a, s_next), judged, source)
            elsewhere = process(bank.s, bank.a, bank.s_next)
    except RewardFault as fault:
        return fault
    lengths = np.array([episode.steps for episode in episodes])
    return Payments(process.terms, judged, lengths, elsewhere, mixed)


def mixed_rows(
    process: RewardProcess, steps: Transitions, values: Array, source: str
) -> str:
    """How a reward's rows depend on one another where the policies went; "" if not.

    The probe before training knew random actions only.
    """
    some = evenly(len(values), ROWS // TILES)
    batch, alone = steps.take(some), spread(steps.take(some), SINGLES)
    mixed = row_difference(lambda _, rows: process(*rows), batch, values[some], alone)
    if mixed is None:
        return ""
    return "where the policies went, " + difference_sentence(
        mixed, process.terms, len(some), source
    )


def of_episode(paid: Payments | RewardFault, k: int) -> dict[str, Array]:
    """What each term paid in episode k, (steps,); {} if the reward failed."""
    if isinstance(paid, RewardFault):
        return {}
    first = int(paid.lengths[:k].sum())
    rows = paid.judged[first : first + int(paid.lengths[k])]
    return dict(zip(paid.terms, rows.T, strict=True))


def pay(episodes: Sequence[Judged], paid: Payments | RewardFault) -> Pay:
    """The table and all that arithmetic says about it."""
    if isinstance(paid, RewardFault):
        said = f"the reward fails on its own judged episodes: {paid.message}"
        return Pay((), NOTHING.names, "", len(episodes), 0, None, (said,))
    with np.errstate(all="ignore"):  # values may be so large that their sums overflow
        sums = per_episode(paid)
        rows: tuple[TermPay, ...] = ()
        found = [paid.mixed] if paid.mixed else []
        if parts := split(episodes):
            names = (*paid.terms, "sum")
            rows = tuple(_rows(names, sums, paid.lengths, parts.good))
            if len(episodes) >= ENOUGH:
                found += preferences(rows, sums, parts)
        fitness = np.array([episode.fitness for episode in episodes])
        tau = kendall(sums[:, -1], fitness) if len(episodes) >= ENOUGH else None
        found += saturated(paid.terms, paid.judged, paid.elsewhere)
    return Pay(
        rows,
        parts.names if parts else NOTHING.names,
        parts.how if parts else "",
        len(episodes),
        len({episode.training for episode in episodes}),
        tau,
        tuple(found),
    )


def pay_table(pay: Pay) -> Mapping[str, Any]:
    """A pay table as pay.jinja wants it; that is nothing if both lists are empty."""
    return {
        "rows": [
            {
                "name": row.name,
                "good": number(row.good),
                "bad": number(row.bad),
                "good_step": number(row.good_step),
                "bad_step": number(row.bad_step),
            }
            for row in pay.rows
        ],
        "good": pay.names[0],
        "bad": pay.names[1],
        "how": pay.how,
        "episodes": pay.episodes,
        "trainings": pay.trainings,
        "agreement": "" if pay.agreement is None else f"{pay.agreement:+.2f}",
        "findings": pay.findings,
    }


def per_episode(paid: Payments) -> Array:
    """What every episode was paid, (episodes, terms + 1); the sum of terms is last."""
    episodes = np.split(paid.judged, np.cumsum(paid.lengths)[:-1])
    terms = np.stack([rows.sum(axis=0) for rows in episodes])
    return np.column_stack([terms, terms.sum(axis=1)])


def preferences(rows: Sequence[TermPay], sums: Array, parts: Split) -> Iterator[str]:
    """What is paid to the wrong ones, or to all alike; the sum of all terms first."""
    wins = [preferred(column[parts.good], column[~parts.good]) for column in sums.T]
    *terms, total = rows
    wrong = chance(parts)
    yield from _preference_of_sum(total, wins[-1], wrong, parts)
    gaps = sum(abs(row.good - row.bad) for row in terms)
    size = np.abs(sums[:, :-1]).mean(axis=0)
    for row, share_of_pairs, share in zip(
        terms, wins[:-1], size / (size.sum() or 1.0), strict=True
    ):
        gap, much = row.bad - row.good, COUNTS * max(gaps, abs(row.good), abs(row.bad))
        if share_of_pairs < wrong and gap > much and not _is_costly(row):
            verb = "costs" if row.good < 0 else "pays"
            said = "less" if row.good < 0 else "more"
            yield (
                f"term '{row.name}' {verb} {parts.names[1]} episodes {said} than "
                f"{parts.names[0]} ones ({number(row.bad)} against {number(row.good)} "
                f"per episode){_why(row)}"
            )
        elif share > MOST and UNSURE <= share_of_pairs <= 1 - UNSURE and len(terms) > 1:
            yield (
                f"term '{row.name}' is {share:.0%} of all that was paid, and pays "
                f"{parts.names[1]} episodes as much as {parts.names[0]} ones "
                f"({number(row.bad)} against {number(row.good)} per episode)"
            )


def preferred(good: Array, bad: Array) -> float:
    """In which share of all pairs the good episode was paid more; ties are halves."""
    tie = TIE * np.abs(np.concatenate([good, bad])).mean()
    gap = good[:, None] - bad[None, :]
    return float(0.5 + 0.5 * np.where(np.abs(gap) > tie, np.sign(gap), 0.0).mean())


def chance(parts: Split) -> float:
    """Share of pairs below which a preference for the bad ones is no mere chance.

    Two standard errors of that share (Mann and Whitney), and never above UNSURE.
    """
    good, bad = int(parts.good.sum()), int((~parts.good).sum())
    error = np.sqrt((good + bad + 1) / (12 * good * bad))
    return float(min(UNSURE, 0.5 - 2 * error))


def kendall(x: Array, y: Array) -> float | None:
    """Kendall's tau-b of two (n,); None where either is constant."""
    dx, dy = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    size = float(np.sqrt((dx**2).sum() * (dy**2).sum()))
    return float((dx * dy).sum()) / size if size > 0 else None


def _preference_of_sum(
    total: TermPay, wins: float, wrong: float, parts: Split
) -> Iterator[str]:
    good, bad = parts.names
    if wins < wrong:
        yield (
            f"THE REWARD PREFERS {bad.upper()} EPISODES: it pays them more than "
            f"{good} ones ({number(total.bad)} against {number(total.good)} per "
            f"episode; the {bad} one earns more in {1 - wins:.0%} of all pairs), so "
            "learning it better leads away from the goal"
        )
    elif wins <= 1 - UNSURE:
        yield (
            f"the reward can't tell {good} from {bad} episodes: in {wins:.0%} of all "
            f"pairs the {good} one earns more, where a coin gives 50% (a {good} one "
            f"{number(total.good)}, a {bad} one {number(total.bad)})"
        )


def _is_costly(row: TermPay) -> bool:
    """A penalty costs more whoever lasts longer, and that is not its fault."""
    return row.good < 0 and row.good_step >= row.bad_step


def _why(row: TermPay) -> str:
    if row.good > 0 and row.bad_step <= LONGER * row.good_step:
        return ", as they last longer"
    steps = f"{number(row.bad_step)} against {number(row.good_step)} per step"
    return f", {steps}: it works against the goal"


def _rows(
    names: Sequence[str], sums: Array, lengths: Array, good: Array
) -> Iterator[TermPay]:
    for name, column in zip(names, sums.T, strict=True):
        yield TermPay(
            name,
            float(column[good].mean()),
            float(column[~good].mean()),
            float(column[good].sum() / lengths[good].sum()),
            float(column[~good].sum() / lengths[~good].sum()),
        )
