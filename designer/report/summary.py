"""The figures of a run: who won, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.loop import Entry
from designer.people.strengths import Z95, Strengths
from designer.records import Assessed, Candidate, number, paired
from designer.search.statistics import interval


@dataclass(frozen=True)
class Row:
    """One line of the table; interval: 95 % bootstrap of the mean over seeds.

    fitness and interval are None, and note says why, if a training failed; beside a
    fitness, it says what seeds are missing. seeds, steps and seconds: of all its
    trainings together.
    """

    label: str
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

    by: what judged, "fitness" or "people".
    """

    rows: tuple[Row, ...]
    unit: str
    winner: str | None
    search_fitness: float | None
    verdict: str
    by: str = "fitness"


def summarise_votes(
    entries: Sequence[Entry], winner: Candidate | None, strengths: Strengths
) -> Summary:
    """The same where only people judge: they compared clips of the final policies.

    The figure of a row is its strength by votes, logits, with its own interval.
    """
    rows = []
    folders = {e.label: e.folder or f"final/{e.label}" for e in entries}
    for row in map(_row, entries):
        if row.fitness is not None:
            name = folders[row.label]
            low, high = (round(end, 2) for end in strengths.interval(name))
            mean = round(strengths.of(name), 2) + 0.0  # never -0
            row = replace(row, fitness=mean, interval=(low, high), scores=())
        rows.append(row)
    others = [row.label for row in rows if row.label != "designed"]
    said = [_by_votes(strengths, folders, label) for label in others]
    verdict = (
        f"People's choice is {winner.name}; of the final policies, "
        + " and ".join(said or ["there is nothing to compare it with"])
        if winner
        else "No reward of the search could be trained; only the baselines are shown"
    )
    chosen = winner.name if winner else None
    return Summary(
        tuple(rows), "strength by votes", chosen, None, verdict + ".", "people"
    )


def _by_votes(strengths: Strengths, folders: dict[str, str], label: str) -> str:
    mean, error = strengths.lead(folders["designed"], folders[label])
    figures = f"{number(mean)} logits, standard error {number(error)}"
    if abs(mean) <= Z95 * error:
        return f"votes can't tell it from the {label} one ({figures})"
    verb = "prefer it to" if mean > 0 else "prefer to it"
    return f"votes {verb} the {label} one ({figures})"


def summarise(entries: Sequence[Entry], winner: Candidate | None, unit: str) -> Summary:
    """From the final trainings to table and verdict."""
    rows = tuple(_row(entry) for entry in entries)
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


def shrinkage(summary: Summary) -> float | None:
    """Search score minus retrain score of the winner: what selection made up."""
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
        "that is luck of selection."
    )


def _row(entry: Entry) -> Row:
    outcome = entry.outcome
    if not isinstance(outcome, Assessed):
        return Row(entry.label, None, None, (), None, 0, 0, 0.0, str(outcome))
    return Row(
        entry.label,
        outcome.fitness,
        interval(outcome.scores),
        outcome.scores,
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
        return "No reward of the search could be trained; only the baselines are shown."
    if designed.fitness is None:
        return f"The winner could not be retrained: {designed.note}."
    said = [_against(designed, rows[name], unit) for name in ("human", "sparse")]
    return "The designed reward " + " and ".join(said) + "."


def _against(designed: Row, other: Row, unit: str) -> str:
    """Paired by seed: both were trained from the same seeds."""
    if not (designed.outcome and other.outcome):
        return f"can't be compared with the {other.label} reward"
    difference = np.subtract(*paired(designed.outcome, other.outcome))
    if not len(difference):
        return f"shares no seed with the {other.label} reward"
    low, high = interval(difference.tolist())
    seeds = f"{len(difference)} seed{'s' if len(difference) > 1 else ''}"
    figures = (
        f"{number(float(difference.mean()))} {unit}, 95 % interval "
        f"{number(low)} to {number(high)}, {seeds}"
    )
    if len(difference) < 3:
        return f"can't be told from the {other.label} one on so few seeds ({figures})"
    if low > 0:
        return f"beats the {other.label} one by {figures}"
    if high < 0:
        return f"is beaten by the {other.label} one ({figures})"
    return f"can't be told from the {other.label} one ({figures})"
