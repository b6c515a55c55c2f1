"""The verdict of a run that people judge, and of one where nothing can be chosen."""

from collections.abc import Sequence
from dataclasses import replace

from designer.report.people import voters
from designer.report.summary import (
    NOTHING_TRAINED,
    Row,
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


def conclude(run: Run, seen: Snapshot, winner: Candidate | None) -> Summary:
    """From the final trainings, and the votes where they count, to table and verdict.

    winner: the reward that leads at the end of the search, None where none does.
    """
    judge, candidates = run.config.judge, seen.candidates
    votes = () if judge == "metric" else seen.votes
    entries = final_entries(seen, run.config, winner)
    if judge == "people":
        return summarise_votes(entries, winner, candidates, votes)
    summary = summarise(entries, winner, run.hidden.unit)
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
    rows = tuple(_judged_by_votes(row_of(entry), strengths) for entry in entries)
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
