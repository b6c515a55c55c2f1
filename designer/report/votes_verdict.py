"""The verdict of a run that people judge, or in which nothing can be chosen."""

from collections.abc import Sequence
from dataclasses import replace

from designer.config import RunConfig
from designer.report.people import voters
from designer.report.summary import (
    NOTHING_TRAINED,
    ResultRow,
    Summary,
    final_entries,
    row_of,
    summarise,
)
from designer.run.candidates import Assessed, Candidate, Entry, number
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.votes.ballots import Vote, pairs
from designer.votes.strengths import Z95, Strengths, fit

UNMEASURED = "Still open: fitness is nowhere a number, so nothing was chosen."
NO_VOTES = "Still open: nobody voted, so nothing was chosen."
NO_PREFERENCE = (
    "Still open: no vote prefers a reward of the search to another, so nothing was "
    "chosen."
)
HOW_TO_CHOOSE = "to choose: designer ask {run}, then designer resume {run}"


def conclude(run: Run, snapshot: Snapshot, winner: Candidate | None) -> Summary:
    """Table and verdict of a run, as `conclusion` gives them."""
    return conclusion(run.config, run.hidden.unit, snapshot, winner)


def conclusion(
    config: RunConfig, unit: str, snapshot: Snapshot, winner: Candidate | None
) -> Summary:
    """Table and verdict, from the final trainings and from votes where they count.

    unit: of the fitness. winner: the reward that leads at the end of the search, None
    where none does.
    """
    judge, candidates = config.judge, snapshot.candidates
    votes = () if judge == "metric" else snapshot.votes
    entries = final_entries(snapshot, config, winner)
    if judge == "people":
        return summarise_votes(entries, winner, candidates, votes)
    summary = summarise(entries, winner, unit, config.warm_start)
    if winner is None:
        verdict = unchosen(candidates, None if judge == "metric" else votes)
        return replace(summary, verdict=verdict)
    if judge == "both" and not any(map(is_comparison, votes)):
        reason = "No vote compares any two" if votes else "Nobody voted"
        choice = f"{reason}, so fitness alone chose {winner.name}."
        return replace(summary, verdict=f"{choice} {summary.verdict}")
    return summary


def unchosen(candidates: Sequence[Candidate], votes: Sequence[Vote] | None) -> str:
    """Why no reward leads. votes: None where fitness selects."""
    if not any(isinstance(candidate.outcome, Assessed) for candidate in candidates):
        return NOTHING_TRAINED
    if votes is None:
        return UNMEASURED
    return NO_PREFERENCE if votes else NO_VOTES


def is_comparison(vote: Vote) -> bool:
    """Whether a vote compares two clips; a comment alone and `?` do not."""
    return any(pairs(vote))


def summarise_votes(
    entries: Sequence[Entry],
    winner: Candidate | None,
    candidates: Sequence[Candidate],
    votes: Sequence[Vote],
) -> Summary:
    """Table and verdict where votes alone judge, on clips of the final policies.

    A row's figure is its strength by votes in logits, with its own interval.
    """
    strengths = fit(votes, ())
    rows = tuple(_judged_by_votes(row_of(entry), strengths) for entry in entries)
    if winner is None:
        verdict = unchosen(candidates, votes)
    else:
        choice = _choice(winner, candidates, votes, strengths)
        verdict = f"{choice}; {_final_votes(rows, strengths)}."
    name = winner.name if winner else None
    return Summary(rows, "strength by votes", name, None, verdict, "people")


def _judged_by_votes(row: ResultRow, strengths: Strengths) -> ResultRow:
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
    """Whose choice the winner is, and of how many rewards."""
    raters = voters([vote for vote in votes if is_comparison(vote)])
    whose = "People's choice" if raters == "people" else f"The choice of {raters}"
    trained = {c.name for c in candidates if isinstance(c.outcome, Assessed)}
    compared = len(trained & strengths.circle(winner.name))
    if compared == len(trained):
        return f"{whose} is {winner.name}"
    return (
        f"{whose} is {winner.name}, of {compared} of the {len(trained)} trained "
        "rewards (votes compare no others with it)"
    )


def _final_votes(rows: Sequence[ResultRow], strengths: Strengths) -> str:
    """The retrained winner against the retrained baselines, by votes."""
    designed, *baselines = rows
    if not designed.seeds:
        return f"it could not be retrained: {designed.note}"
    baselines = [row for row in baselines if row.seeds]
    if not baselines:
        return "there is nothing to compare its final policies with"
    circle = strengths.circle(designed.folder)
    if not any(row.folder in circle for row in baselines):
        return "nobody compared the final policies"
    comparisons = [
        _by_votes(strengths, designed, row)
        if row.folder in circle
        else f"nobody compared it with the {row.label} one"
        for row in baselines
    ]
    return "of the final policies, " + " and ".join(comparisons)


def _by_votes(strengths: Strengths, designed: ResultRow, baseline: ResultRow) -> str:
    mean, error = strengths.lead(designed.folder, baseline.folder)
    figures = f"{number(mean)} logits, standard error {number(error)}"
    if abs(mean) <= Z95 * error:
        return f"votes can't tell it from the {baseline.label} one ({figures})"
    verb = "prefer it to" if mean > 0 else "prefer to it"
    return f"votes {verb} the {baseline.label} one ({figures})"
