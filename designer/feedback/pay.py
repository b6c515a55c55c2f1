"""Pay: what each term of a reward paid in good and in bad episodes.

Not covered: whether a term would pay otherwise for behaviour that no policy showed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from designer.feedback.judged import Judged, Split, split_episodes, transitions
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

MIN_EPISODES = 8  # fewer can come out in any order by chance
# Share of pairs: from this one to 1 - UNCLEAR_SHARE there is no preference.
UNCLEAR_SHARE = 0.3
TIE_SHARE = 0.01  # of a mean payment: two episodes that differ by less are tied
# Share of a term, and of the terms' differences: a smaller gap is not mentioned.
MIN_TERM_GAP = 0.1
DOMINANT_SHARE = 0.5  # of all that is paid
# A term that pays at most so many times as much per step differs by mere length.
MAX_STEP_RATIO = 1.05
MAX_ROWS, ROWS_ALONE = 4096, 48  # rows of one call, and rows that are computed alone
# 40,000 transitions take well under a second.
PAY_LIMITS = Limits(total_s=120.0, cpu_s=60)


@dataclass(frozen=True)
class Payments:
    """Values of a reward's terms on transitions, (rows, terms).

    judged: on the judged episodes, in order; lengths: (episodes,) their rows.
    elsewhere: on the bank. mixed: how a row depends on other rows; "" if it doesn't.
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
    """What a reward paid; the last row is the sum. No rows without two groups.

    names: of the two groups. criterion: by what they were split. agreement: Kendall's
    tau-b of the return under this reward with fitness, None for fewer than MIN_EPISODES
    episodes.
    """

    rows: tuple[TermPay, ...]
    names: tuple[str, str]
    criterion: str
    episodes: int
    trainings: int
    agreement: float | None
    findings: tuple[str, ...]


NO_PAY = Pay((), ("good", "bad"), "", 0, 0, None, ())


def payments(
    source: str, episodes: Sequence[Judged], bank: Bank, walls: Walls | None
) -> Payments | RewardFault:
    """Call the reward on all steps of the episodes and on the bank, in one process."""
    s, a, s_next = transitions(episodes)
    try:
        with RewardProcess(
            source, bank.widths, a.shape[1], MAX_ROWS, PAY_LIMITS, walls=walls
        ) as process:
            judged = process(s, a, s_next)
            mixed = row_dependence(process, Transitions(s, a, s_next), judged, source)
            elsewhere = process(bank.s, bank.a, bank.s_next)
    except RewardFault as fault:
        return fault
    lengths = np.array([episode.steps for episode in episodes])
    return Payments(process.terms, judged, lengths, elsewhere, mixed)


def row_dependence(
    process: RewardProcess, steps: Transitions, values: Array, source: str
) -> str:
    """How a reward's rows depend on one another where the policies went; "" if not.

    The probe before training looks only at transitions under random actions.
    """
    sample = evenly(len(values), MAX_ROWS // TILES)
    batch, alone = steps.take(sample), spread(steps.take(sample), ROWS_ALONE)
    mixed = row_difference(lambda _, rows: process(*rows), batch, values[sample], alone)
    if mixed is None:
        return ""
    return "where the policies went, " + difference_sentence(
        mixed, process.terms, len(sample), source
    )


def of_episode(paid: Payments | RewardFault, k: int) -> dict[str, Array]:
    """What each term paid in episode k, (steps,); {} if the reward failed."""
    if isinstance(paid, RewardFault):
        return {}
    first = int(paid.lengths[:k].sum())
    rows = paid.judged[first : first + int(paid.lengths[k])]
    return dict(zip(paid.terms, rows.T, strict=True))


def pay(episodes: Sequence[Judged], paid: Payments | RewardFault) -> Pay:
    """The table of payments and all that arithmetic says about it."""
    if isinstance(paid, RewardFault):
        fault = f"the reward fails on its own judged episodes: {paid.message}"
        return Pay((), NO_PAY.names, "", len(episodes), 0, None, (fault,))
    with np.errstate(all="ignore"):  # values may be so large that their sums overflow
        sums = per_episode(paid)
        rows: tuple[TermPay, ...] = ()
        findings = [paid.mixed] if paid.mixed else []
        if split := split_episodes(episodes):
            names = (*paid.terms, "sum")
            rows = tuple(_rows(names, sums, paid.lengths, split.good))
            if len(episodes) >= MIN_EPISODES:
                findings += preferences(rows, sums, split)
        fitness = np.array([episode.fitness for episode in episodes])
        tau = kendall(sums[:, -1], fitness) if len(episodes) >= MIN_EPISODES else None
        findings += saturated(paid.terms, paid.judged, paid.elsewhere)
    return Pay(
        rows,
        split.names if split else NO_PAY.names,
        split.criterion if split else "",
        len(episodes),
        len({episode.training for episode in episodes}),
        tau,
        tuple(findings),
    )


def pay_table(pay: Pay) -> Mapping[str, Any]:
    """The variables of pay.jinja; it prints nothing without rows and findings."""
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
        "criterion": pay.criterion,
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


def preferences(rows: Sequence[TermPay], sums: Array, split: Split) -> Iterator[str]:
    """Terms that pay the bad episodes more, or all alike; the sum of all terms first.

    sums: (episodes, terms + 1), as per_episode gives them.
    """
    wins = [preferred(column[split.good], column[~split.good]) for column in sums.T]
    *terms, total = rows
    wrong = chance(split)
    yield from _preference_of_sum(total, wins[-1], wrong, split)
    gaps = sum(abs(row.good - row.bad) for row in terms)
    size = np.abs(sums[:, :-1]).mean(axis=0)
    for row, share_of_pairs, share in zip(
        terms, wins[:-1], size / (size.sum() or 1.0), strict=True
    ):
        gap = row.bad - row.good
        min_gap = MIN_TERM_GAP * max(gaps, abs(row.good), abs(row.bad))
        has_none = UNCLEAR_SHARE <= share_of_pairs <= 1 - UNCLEAR_SHARE
        # A penalty costs more whoever lasts longer, and that is not its fault.
        is_costly = row.good < 0 and row.good_step >= row.bad_step
        if share_of_pairs < wrong and gap > min_gap and not is_costly:
            verb, amount = ("costs", "less") if row.good < 0 else ("pays", "more")
            reason = (
                f", {number(row.bad_step)} against {number(row.good_step)} per step: "
                "it works against the goal"
            )
            if row.good > 0 and row.bad_step <= MAX_STEP_RATIO * row.good_step:
                reason = ", as they last longer"
            yield (
                f"term '{row.name}' {verb} {split.names[1]} episodes {amount} than "
                f"{split.names[0]} ones ({number(row.bad)} against {number(row.good)} "
                f"per episode){reason}"
            )
        elif share > DOMINANT_SHARE and has_none and len(terms) > 1:
            yield (
                f"term '{row.name}' is {share:.0%} of all that was paid, and pays "
                f"{split.names[1]} episodes as much as {split.names[0]} ones "
                f"({number(row.bad)} against {number(row.good)} per episode)"
            )


def preferred(good: Array, bad: Array) -> float:
    """Share of all pairs in which the good episode was paid more; ties count half."""
    tie = TIE_SHARE * np.abs(np.concatenate([good, bad])).mean()
    gap = good[:, None] - bad[None, :]
    return float(0.5 + 0.5 * np.where(np.abs(gap) > tie, np.sign(gap), 0.0).mean())


def chance(split: Split) -> float:
    """Share of pairs below which a preference for the bad ones is no mere chance.

    Two standard errors of that share (Mann and Whitney), and never above UNCLEAR_SHARE.
    """
    good, bad = int(split.good.sum()), int((~split.good).sum())
    error = np.sqrt((good + bad + 1) / (12 * good * bad))
    return float(min(UNCLEAR_SHARE, 0.5 - 2 * error))


def kendall(x: Array, y: Array) -> float | None:
    """Kendall's tau-b of two (n,); None where either is constant."""
    dx, dy = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    size = float(np.sqrt((dx**2).sum() * (dy**2).sum()))
    return float((dx * dy).sum()) / size if size > 0 else None


def _preference_of_sum(
    total: TermPay, wins: float, wrong: float, split: Split
) -> Iterator[str]:
    good, bad = split.names
    if wins < wrong:
        yield (
            f"THE REWARD PREFERS {bad.upper()} EPISODES: it pays them more than "
            f"{good} ones ({number(total.bad)} against {number(total.good)} per "
            f"episode; the {bad} one earns more in {1 - wins:.0%} of all pairs), so "
            "learning it better leads away from the goal"
        )
    elif wins <= 1 - UNCLEAR_SHARE:
        yield (
            f"the reward can't tell {good} from {bad} episodes: in {wins:.0%} of all "
            f"pairs the {good} one earns more, where a coin gives 50% (a {good} one "
            f"{number(total.good)}, a {bad} one {number(total.bad)})"
        )


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
