"""The figures of a run: who won, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.config import RunConfig
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed, Candidate, Entry, Failed, number, paired
from designer.search.plan import final_label
from designer.search.snapshot import Snapshot
from designer.selection.statistics import interval

NOTHING_TRAINED = (
    "No reward of the search could be trained; only the baselines are shown."
)
FEWEST_SEEDS = 3  # of a comparison that says anything


@dataclass(frozen=True)
class Row:
    """One line of the table; interval: 95 % bootstrap of the mean over seeds.

    folder: of its trainings inside the run. fitness is None, and note says why, if a
    training failed or nobody judged it; beside a fitness, note says what seeds are
    missing. interval is None then, and of one seed. seeds, steps and seconds: of all
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
class Summary:
    """The final comparison and what it says about the designed reward.

    by: what judged, "fitness" or "people". changes: sentences about what became
    different while the run went on, so that its figures can't be compared.
    """

    rows: tuple[Row, ...]
    unit: str
    winner: str | None
    search_fitness: float | None
    verdict: str
    by: str = "fitness"
    changes: tuple[str, ...] = ()


def final_entries(
    seen: Snapshot, config: RunConfig, winner: Candidate | None
) -> list[Entry]:
    """Winner and baselines as they stand in the final comparison, if trained."""
    folders = {"designed": f"final/{final_label(winner)}"} if winner else {}
    folders |= {name: f"final/{name}" for name in BASELINES}
    return [
        Entry(label, folder, outcome)
        for label, folder in folders.items()
        if (outcome := seen.outcome(folder, config.final_seeds)) is not None
    ]


def summarise(entries: Sequence[Entry], winner: Candidate | None, unit: str) -> Summary:
    """From the final trainings to table and verdict, by fitness."""
    rows = tuple(row_of(entry) for entry in entries)
    search_fitness = (
        winner.outcome.fitness
        if winner is not None and isinstance(winner.outcome, Assessed)
        else None
    )
    return Summary(
        rows,
        unit,
        winner.name if winner else None,
        search_fitness,
        _verdict({row.label: row for row in rows}, unit),
    )


def as_json(summary: Summary) -> dict[str, object]:
    """For --json and the run folder."""
    gap = shrinkage(summary)
    return {
        "winner": summary.winner,
        "unit": summary.unit,
        "verdict": summary.verdict,
        "judged_by": summary.by,
        "changes": summary.changes,
        "search_minus_retrain": gap,
        "table": [
            {
                "reward": row.label,
                "fitness": row.fitness,
                "interval": row.interval,
                "by_seed": row.scores,
                "success": row.success,
                "steps": row.steps,
                "seconds": round(row.seconds, 1),
                "note": row.note,
            }
            for row in summary.rows
        ],
    }


def with_changes(summary: Summary, changes: Sequence[str]) -> Summary:
    """The summary, with a word at the verdict about what changed under the figures."""
    if not changes:
        return summary
    caveat = f"Figures from before and after a change can't be compared: {changes[0]}"
    verdict = f"{summary.verdict} {'; '.join([caveat, *changes[1:]])}."
    return replace(summary, verdict=verdict, changes=tuple(changes))


def shrinkage(summary: Summary) -> float | None:
    """Search score minus retrain score of the winner: what selection made up.

    None where both may be of different metrics.
    """
    if summary.changes:
        return None
    designed = next((row for row in summary.rows if row.label == "designed"), None)
    if designed is None or designed.fitness is None or summary.search_fitness is None:
        return None
    return summary.search_fitness - designed.fitness


def selection_luck(summary: Summary) -> str:
    """What became of the winner's search score, in words; '' if that is not known."""
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


def row_of(entry: Entry) -> Row:
    """A line of the table; without figures where training failed."""
    outcome = entry.outcome
    if not isinstance(outcome, Assessed):
        note = (
            f"{outcome.kind}: {outcome.reason}" if isinstance(outcome, Failed) else ""
        )
        return Row(entry.label, entry.folder, None, None, (), None, 0, 0, 0.0, note)
    scores = outcome.scores
    return Row(
        entry.label,
        entry.folder,
        outcome.fitness,
        interval(scores) if len(scores) > 1 else None,
        scores,
        outcome.success,
        len(outcome.results),
        sum(result.steps for result in outcome.results),
        sum(result.seconds for result in outcome.results),
        _missing(outcome),
        outcome,
    )


def _missing(outcome: Assessed) -> str:
    """Which seeds are not among an outcome's results, and why; '' if all are."""
    if not outcome.failures:
        return ""
    count, every = len(outcome.results), len(outcome.results) + len(outcome.failures)
    reason = outcome.failures[0].reason
    return f"on {count} of {every} seeds, as the environment failed: {reason}"


def _verdict(rows: dict[str, Row], unit: str) -> str:
    designed = rows.get("designed")
    if designed is None:
        return NOTHING_TRAINED
    if designed.fitness is None:
        return f"The winner could not be retrained: {designed.note}."
    others = [row for row in rows.values() if row is not designed]
    said = [_against(designed, row, unit) for row in others]
    return "The designed reward " + " and ".join(said) + "."


def _against(designed: Row, other: Row, unit: str) -> str:
    """Paired by seed: both were trained from the same seeds."""
    if not (designed.outcome and other.outcome):
        return f"can't be compared with the {other.label} reward"
    difference = np.subtract(*paired(designed.outcome, other.outcome))
    if not len(difference):
        return f"shares no seed with the {other.label} reward"
    low, high = interval(difference.tolist())
    mean, n = number(float(difference.mean())), len(difference)
    figures = f"{mean} {unit}, 95 % interval {number(low)} to {number(high)}, {n} seeds"
    if n == 1:
        figures = f"{mean} {unit}, 1 seed"
    if n < FEWEST_SEEDS:
        return f"can't be told from the {other.label} one on so few seeds ({figures})"
    if low > 0:
        return f"beats the {other.label} one by {figures}"
    if high < 0:
        return f"is beaten by the {other.label} one ({figures})"
    return f"can't be told from the {other.label} one ({figures})"
