"""The figures of a run: who won, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.loop import Entry
from designer.people.ballots import Vote, pairs
from designer.people.preferences import read_votes
from designer.people.strengths import Z95, Strengths, fit
from designer.records import Assessed, Candidate, Failed, number, paired
from designer.report.people import voters
from designer.run import Run
from designer.search.statistics import interval

NOTHING_TRAINED = (
    "No reward of the search could be trained; only the baselines are shown."
)
UNMEASURED = "Still open: fitness is nowhere a number, so nothing was chosen."
NO_VOTES = "Still open: nobody voted, so nothing was chosen."
NO_PREFERENCE = (
    "Still open: no vote prefers a reward of the search to another, so nothing was "
    "chosen."
)
HOW_TO_CHOOSE = "to choose: designer ask {run}, then designer resume {run}"
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

    by: what judged, "fitness" or "people".
    """

    rows: tuple[Row, ...]
    unit: str
    winner: str | None
    search_fitness: float | None
    verdict: str
    by: str = "fitness"


def conclude(run: Run, winner: Candidate | None, entries: Sequence[Entry]) -> Summary:
    """From the final trainings, and the votes where they count, to table and verdict.

    winner: the reward that leads at the end of the search, None where none does.
    """
    judge, candidates = run.config.judge, run.store.candidates()
    votes = [] if judge == "metric" else read_votes(run.store.path)
    if judge == "people":
        return summarise_votes(entries, winner, candidates, votes)
    summary = summarise(entries, winner, run.task.hidden.unit)
    if winner is None:
        verdict = unchosen(candidates, None if judge == "metric" else votes)
        return replace(summary, verdict=verdict)
    if judge == "both" and not any(map(is_comparison, votes)):
        why = "No vote compares any two" if votes else "Nobody voted"
        alone = f"{why}, so fitness alone chose {winner.name}."
        return replace(summary, verdict=f"{alone} {summary.verdict}")
    return summary


def unchosen(candidates: Sequence[Candidate], votes: Sequence[Vote] | None) -> str:
    """Why no reward leads. votes: None where fitness selects."""
    if not any(isinstance(candidate.outcome, Assessed) for candidate in candidates):
        return NOTHING_TRAINED
    if votes is None:
        return UNMEASURED
    return NO_PREFERENCE if votes else NO_VOTES


def is_comparison(vote: Vote) -> bool:
    """Whether a vote says how two clips compare; words alone and `?` don't."""
    return any(pairs(vote))


def summarise_votes(
    entries: Sequence[Entry],
    winner: Candidate | None,
    candidates: Sequence[Candidate],
    votes: Sequence[Vote],
) -> Summary:
    """The same where votes alone judge: they compared clips of the final policies.

    The figure of a row is its strength by votes, logits, with its own interval.
    """
    strengths = fit(votes, ())
    rows = tuple(_judged_by_votes(_row(entry), strengths) for entry in entries)
    if winner is None:
        verdict = unchosen(candidates, votes)
    else:
        choice = _choice(winner, candidates, votes, strengths)
        verdict = f"{choice}; {_final_votes(rows, strengths)}."
    name = winner.name if winner else None
    return Summary(rows, "strength by votes", name, None, verdict, "people")


def _judged_by_votes(row: Row, strengths: Strengths) -> Row:
    row = replace(row, scores=(), interval=None)
    if row.fitness is None:
        return row
    if row.folder not in strengths.names:
        return replace(row, fitness=None, note="nobody compared it")
    low, high = (round(end, 2) for end in strengths.interval(row.folder))
    mean = round(strengths.of(row.folder), 2) + 0.0  # never -0
    return replace(row, fitness=mean, interval=(low, high))


def _choice(
    winner: Candidate,
    candidates: Sequence[Candidate],
    votes: Sequence[Vote],
    strengths: Strengths,
) -> str:
    """Who chose what, and from how many."""
    who = voters([vote for vote in votes if is_comparison(vote)])
    whose = "People's choice" if who == "people" else f"The choice of {who}"
    trained = {c.name for c in candidates if isinstance(c.outcome, Assessed)}
    compared = len(trained & strengths.circle(winner.name))
    if compared == len(trained):
        return f"{whose} is {winner.name}"
    return (
        f"{whose} is {winner.name}, of {compared} of the {len(trained)} trained "
        "rewards (votes compare no others with it)"
    )


def _final_votes(rows: Sequence[Row], strengths: Strengths) -> str:
    """What votes say of the retrained winner beside the baselines."""
    designed, *others = rows
    if not designed.seeds:
        return f"it could not be retrained: {designed.note}"
    others = [row for row in others if row.seeds]
    if not others:
        return "there is nothing to compare its final policies with"
    circle = strengths.circle(designed.folder)
    if not any(row.folder in circle for row in others):
        return "nobody compared the final policies"
    each = [
        _by_votes(strengths, designed, row)
        if row.folder in circle
        else f"nobody compared it with the {row.label} one"
        for row in others
    ]
    return "of the final policies, " + " and ".join(each)


def _by_votes(strengths: Strengths, designed: Row, other: Row) -> str:
    mean, error = strengths.lead(designed.folder, other.folder)
    figures = f"{number(mean)} logits, standard error {number(error)}"
    if abs(mean) <= Z95 * error:
        return f"votes can't tell it from the {other.label} one ({figures})"
    verb = "prefer it to" if mean > 0 else "prefer to it"
    return f"votes {verb} the {other.label} one ({figures})"


def summarise(entries: Sequence[Entry], winner: Candidate | None, unit: str) -> Summary:
    """From the final trainings to table and verdict, by fitness."""
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
        "that is luck of selection and of seeds."
    )


def _row(entry: Entry) -> Row:
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
