"""The section of the report on votes and comments."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from designer.raters import synthetic
from designer.run.candidates import Assessed, Candidate
from designer.votes.ballots import Vote, pairs
from designer.votes.preferences import read_votes
from designer.votes.questions import MACHINE_RATERS
from designer.votes.strengths import by_rater, disagreements, fit

EMPTY_SECTION: dict[str, Any] = {"votes": 0, "raters": {}}


def voters(votes: Sequence[Vote]) -> str:
    """The kinds of raters who gave these votes, in words."""
    kinds = {
        "people": lambda rater: (
            not rater.startswith((*MACHINE_RATERS, synthetic.SYNTHETIC_RATER))
        ),
        "a synthetic rater": lambda rater: rater == synthetic.SYNTHETIC_RATER,
        "ranked factors": lambda rater: rater == MACHINE_RATERS[0],
        "a vision model": lambda rater: rater.startswith(MACHINE_RATERS[1]),
    }
    raters = {vote.rater for vote in votes}
    return " and ".join(kind for kind, fits in kinds.items() if any(map(fits, raters)))


def people_section(run: Path, candidates: Sequence[Candidate]) -> dict[str, Any]:
    """The variables `people` of report.md.jinja, read from the run's votes.

    They hold the number of votes, strengths with intervals (of all votes together, then
    of each rater alone), raters, where these disagree, and all comments.
    """
    votes = read_votes(run)
    if not votes:
        return EMPTY_SECTION
    voted_on = {name for vote in votes for name in vote.shown}
    names = [c.name for c in candidates if isinstance(c.outcome, Assessed)]
    names = [name for name in names if name in voted_on]
    names += sorted(voted_on.difference(names))
    common, own = fit(votes, ()), by_rater(votes, ())
    rows = []
    compared = [name for name in names if name in common.names]
    uncompared = [name for name in names if name not in common.names]
    for name in (*sorted(compared, key=common.of, reverse=True), *uncompared):
        low, high = common.interval(name)
        figures = f"{common.of(name):+.2f}", f"{low:+.2f} to {high:+.2f}"
        if name in uncompared:
            figures = "-", "not compared"
        alone = [f"{f.of(name):+.2f}" if name in f.names else "" for f in own.values()]
        rows.append([name, *figures, *(alone if len(own) > 1 else ())])
    return {
        "votes": len(votes),
        "queries": f"{sum(pair.weight for v in votes for pair in pairs(v)):.0f}",
        "raters": dict(Counter(vote.rater for vote in votes)),
        "voters": voters(votes),
        "header": ["candidate", "strength", "95 % interval"]
        + (list(own) if len(own) > 1 else []),
        "rows": rows,
        "disagreements": [
            f"{d.raters[0]} prefers {d.candidates[0]} to {d.candidates[1]}, "
            f"{d.raters[1]} prefers {d.candidates[1]} to {d.candidates[0]}"
            for d in disagreements(votes)
        ],
        "comments": [
            f"{vote.rater}: {vote.line} "
            f"({', '.join(f'{letter} {name}' for letter, name in vote.legend.items())})"
            for vote in votes
            if vote.ballot.comment
        ],
    }


def ranking(run: Path, candidates: Sequence[Candidate]) -> list[str]:
    """The strengths as lines for the terminal; [] without votes."""
    section = people_section(run, candidates)
    if not section["votes"]:
        return []
    head = f"{section['votes']} votes; strength by votes (logits), 95 % interval:"
    return [head, *(f"  {row[0]:16} {row[1]:>6}  {row[2]}" for row in section["rows"])]
