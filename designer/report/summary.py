"""The final comparison of a run: its table, and the verdict in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from designer.config import RunConfig
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed, Candidate, Entry, Failed, number, paired
from designer.search.confirmation import final_label
from designer.search.plan import comparison_steps
from designer.search.snapshot import Snapshot
from designer.selection.statistics import interval

NOTHING_TRAINED = (
    "No reward of the search could be trained; only the baselines are shown."
)
FEWEST_SEEDS = 3  # a comparison on fewer seeds says nothing
Standing = Literal["better", "worse", "open", "few seeds"]


@dataclass(frozen=True)
class ResultRow:
    """A reward's row of the table; interval: 95 % of the mean over seeds.

    folder: of its trainings inside the run. fitness: None if a training failed or
    nobody judged it; note then says why, and otherwise which seeds are missing.
    interval: None without a fitness, and for one seed. seeds, steps, seconds: of all
    its trainings together.
    """

    label: str
    folder: str
    fitness: float | None
    interval: tuple[float, float] | None
    scores: tuple[float, ...]
    success: float | None
    seeds: int
    steps: int
    seconds: float
    note: str = ""
    outcome: Assessed | None = None


@dataclass(frozen=True)
class Gap:
    """A reward's fitness minus a baseline's, paired by seed.

    low, high: 95 % interval of the mean over seeds.
    """

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def standing(self) -> Standing:
        """What the interval allows to say."""
        if self.seeds < FEWEST_SEEDS:
            return "few seeds"
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "open"


@dataclass(frozen=True)
class Summary:
    """The final comparison, and the verdict on the designed reward.

    search_fitness: of the winner in the search, None if its trainings there were
    shorter. by: "fitness" or "people". changes:
    sentences about what became different while the run went on, so that its figures
    can't be compared.
    """

    rows: tuple[ResultRow, ...]
    unit: str
    winner: str | None
    search_fitness: float | None
    verdict: str
    by: str = "fitness"
    changes: tuple[str, ...] = ()


def final_entries(
    snapshot: Snapshot, config: RunConfig, winner: Candidate | None
) -> list[Entry]:
    """The winner and the baselines, those whose final trainings have ended."""
    folders = {"designed": f"final/{final_label(winner)}"} if winner else {}
    folders |= {name: f"final/{name}" for name in BASELINES}
    steps = comparison_steps(snapshot, config, winner) if winner else snapshot.steps
    return [
        Entry(label, folder, outcome)
        for label, folder in folders.items()
        if (outcome := snapshot.outcome(folder, config.final_seeds, steps)) is not None
    ]


def summarise(
    entries: Sequence[Entry],
    winner: Candidate | None,
    unit: str,
    warm_start: bool = False,
) -> Summary:
    """Table and verdict by fitness, from the final trainings.

    warm_start: whether the search trained a reward on from its parent's policy, so that
    its score there has more steps behind it than the final one.
    """
    rows = tuple(row_of(entry) for entry in entries)
    search_fitness = None
    if winner is not None and isinstance(winner.outcome, Assessed):
        search_steps = {result.steps for result in winner.outcome.results}
        steps = {r.steps for row in rows if row.outcome for r in row.outcome.results}
        is_comparable = not (warm_start and winner.parent)
        # With longer trainings none compares.
        if search_steps >= steps and is_comparable:
            search_fitness = winner.outcome.fitness
    return Summary(
        rows,
        unit,
        winner.name if winner else None,
        search_fitness,
        _verdict({row.label: row for row in rows}, unit),
    )


def with_changes(summary: Summary, changes: Sequence[str]) -> Summary:
    """The summary, with a word at the verdict about what changed under the figures."""
    if not changes:
        return summary
    caveat = f"Figures from before and after a change can't be compared: {changes[0]}"
    verdict = f"{summary.verdict} {'; '.join([caveat, *changes[1:]])}."
    return replace(summary, verdict=verdict, changes=tuple(changes))


def shrinkage(summary: Summary) -> float | None:
    """The winner's fitness in the search minus that on new seeds; None if unknown.

    None, too, where both may be of different metrics.
    """
    if summary.changes:
        return None
    designed = next((row for row in summary.rows if row.label == "designed"), None)
    if designed is None or designed.fitness is None or summary.search_fitness is None:
        return None
    return summary.search_fitness - designed.fitness


def selection_luck(summary: Summary) -> str:
    """A sentence that compares the winner's fitness in the search and on new seeds.

    '' where one of them is unknown.
    """
    gap = shrinkage(summary)
    if gap is None:
        return ""
    score = f"In the search it scored {number(summary.search_fitness)} {summary.unit}"
    if gap <= 0:
        return f"{score}, no more than on these new seeds."
    return (
        f"{score}, {number(gap)} {summary.unit} more than on these new seeds: "
        "that is luck of selection and of seeds."
    )


def row_of(entry: Entry) -> ResultRow:
    """The row of a reward; without figures where its training failed."""
    outcome = entry.outcome
    if not isinstance(outcome, Assessed):
        note = (
            f"{outcome.kind}: {outcome.reason}" if isinstance(outcome, Failed) else ""
        )
        return ResultRow(
            entry.label, entry.folder, None, None, (), None, 0, 0, 0.0, note
        )
    scores = outcome.scores
    return ResultRow(
        entry.label,
        entry.folder,
        outcome.fitness,
        interval(scores),
        scores,
        outcome.success,
        len(outcome.results),
        sum(result.steps for result in outcome.results),
        sum(result.seconds for result in outcome.results),
        _missing(outcome),
        outcome,
    )


def _missing(outcome: Assessed) -> str:
    """A note on seeds without a result, with the reason; '' if there are none."""
    if not outcome.failures:
        return ""
    count, total = len(outcome.results), len(outcome.results) + len(outcome.failures)
    reason = outcome.failures[0].reason
    return f"on {count} of {total} seeds, as the environment failed: {reason}"


def _verdict(rows: dict[str, ResultRow], unit: str) -> str:
    designed = rows.get("designed")
    if designed is None:
        return NOTHING_TRAINED
    if designed.fitness is None:
        return f"The winner could not be retrained: {designed.note}."
    comparisons = [
        _comparison(designed, baseline, unit)
        for baseline in rows.values()
        if baseline is not designed
    ]
    return "The designed reward " + " and ".join(comparisons) + "."


def gap(designed: ResultRow, baseline: ResultRow) -> Gap | None:
    """The difference over common seeds; None where they have none."""
    if not (designed.outcome and baseline.outcome):
        return None
    difference = np.subtract(*paired(designed.outcome, baseline.outcome))
    if not len(difference):
        return None
    mean = float(difference.mean())
    ends = interval(difference.tolist()) or (mean, mean)
    return Gap(mean, *ends, len(difference))


def _comparison(designed: ResultRow, baseline: ResultRow, unit: str) -> str:
    """The designed reward against a baseline, paired by seed."""
    if not (designed.outcome and baseline.outcome):
        return f"can't be compared with the {baseline.label} reward"
    difference = gap(designed, baseline)
    if difference is None:
        return f"shares no seed with the {baseline.label} reward"
    low, high, n = difference.low, difference.high, difference.seeds
    mean = number(difference.mean)
    figures = f"{mean} {unit}, 95 % interval {number(low)} to {number(high)}, {n} seeds"
    if n == 1:
        figures = f"{mean} {unit}, 1 seed"
    match difference.standing:
        case "few seeds":
            return (
                f"can't be told from the {baseline.label} one on so few seeds "
                f"({figures})"
            )
        case "better":
            return f"beats the {baseline.label} one by {figures}"
        case "worse":
            return f"is beaten by the {baseline.label} one ({figures})"
        case "open":
            return f"can't be told from the {baseline.label} one ({figures})"
