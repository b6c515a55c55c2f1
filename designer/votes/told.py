"""What people said so far, as the next reward's author is told it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.feedback.term_ledger import missing
from designer.run.candidates import Assessed, Candidate
from designer.votes.ballots import Vote, pairs
from designer.votes.questions import MACHINES
from designer.votes.strengths import fit

COMMENTS = 12  # the latest that are told
Terms = Mapping[str, Collection[str]]  # of candidates, by name


@dataclass(frozen=True)
class Comment:
    """Words of a person, and which rewards the letters in them mean."""

    about: str
    text: str


@dataclass(frozen=True)
class People:
    """Lines for the prompt, all empty where nobody said anything.

    judges: who voted, in words. ranking: candidates with strength and interval, best
    first. votes: those of the latest generation. comments: verbatim, oldest first.
    gone: what a reward was given after a comment and this one lacks.
    """

    judges: str = ""
    ranking: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    gone: tuple[str, ...] = ()


def told(
    votes: Sequence[Vote],
    history: Sequence[Candidate],
    parent: Candidate,
    terms: Terms,
) -> People:
    """What is told beside this parent."""
    latest = max((vote.generation for vote in votes), default=0)
    said = [v for v in votes if v.ballot.comment and not v.rater.startswith(MACHINES)]
    return People(
        _judges(votes),
        tuple(_ranking(votes, history, parent)),
        tuple(
            _in_names(vote, parent)
            for vote in votes
            if vote.generation == latest and any(pairs(vote))
        ),
        tuple(_comment(vote, parent) for vote in said[-COMMENTS:]),
        tuple(_gone(said, history, parent, terms)),
    )


def _judges(votes: Sequence[Vote]) -> str:
    kinds = {
        "people": lambda rater: not rater.startswith(MACHINES),
        "ranked factors of their episodes": lambda rater: rater == MACHINES[0],
        "a vision model": lambda rater: rater.startswith(MACHINES[1]),
    }
    raters = {vote.rater for vote in votes}
    return " and ".join(kind for kind, fits in kinds.items() if any(map(fits, raters)))


def _ranking(
    votes: Sequence[Vote], history: Sequence[Candidate], parent: Candidate
) -> Iterator[str]:
    if not any(any(pairs(vote)) for vote in votes):
        return
    strengths = fit(votes, ())  # of what was compared alone
    names = [c.name for c in history if isinstance(c.outcome, Assessed)]
    compared = [name for name in names if name in strengths.names]
    for name in sorted(compared, key=strengths.of, reverse=True):
        low, high = strengths.interval(name)
        figures = f"{strengths.of(name):+.1f} ({low:+.1f} to {high:+.1f})"
        yield f"{_name(name, parent)}: {figures}"


def _name(name: str, parent: Candidate) -> str:
    return f"{name} (the reward above)" if name == parent.name else name


def _in_names(vote: Vote, parent: Candidate) -> str:
    ballot, names = vote.ballot, vote.legend
    places = [[_name(names[x], parent) for x in place] for place in ballot.places]
    said = " > ".join(" = ".join(place) for place in places)
    rejected = [_name(names[letter], parent) for letter in ballot.rejected]
    parts = [said, f"rejected: {', '.join(rejected)}" if rejected else ""]
    return "; ".join(part for part in parts if part)


def _comment(vote: Vote, parent: Candidate) -> Comment:
    if len(vote.shown) == 1:
        return Comment(f"about {_name(vote.shown[0], parent)}", vote.ballot.comment)
    letters = [f"{k} is {_name(name, parent)}" for k, name in vote.legend.items()]
    return Comment(", ".join(letters), vote.ballot.comment)


def _gone(
    said: Sequence[Vote], history: Sequence[Candidate], parent: Candidate, terms: Terms
) -> Iterator[str]:
    """Terms that an ancestor got in answer to a comment, and this reward lacks."""
    known = {candidate.name: candidate for candidate in history}
    child: Candidate | None = parent
    while child is not None:
        elder = known.get(child.parent or "")
        asked = [v for v in said if v.generation == child.generation - 1]
        if elder is not None and asked:
            new = [t for t in terms[child.name] if t not in terms[elder.name]]
            for term in missing(new, terms[parent.name]):
                words = "; ".join(v.ballot.comment for v in asked)
                yield f"{term}, which came in {child.name} when a person said: {words}"
        child = elder
