"""Votes and comments so far, as text for the author of the next reward."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.feedback.changes import missing
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed, Candidate
from designer.votes.ballots import Vote, pairs
from designer.votes.questions import MACHINE_RATERS
from designer.votes.strengths import fit

MAX_COMMENTS = 12  # Older comments are left out.
Terms = Mapping[str, Collection[str]]  # Names of a reward's terms, by candidate.


@dataclass(frozen=True)
class Comment:
    """A person's comment. about: the rewards that its letters stand for."""

    about: str
    text: str


@dataclass(frozen=True)
class People:
    """Votes and comments as lines for a prompt, all empty without any.

    judges: kinds of raters, in words. ranking: candidates with strength and interval,
    best first; those that votes do not connect with the best are last. votes: those of
    the latest generation. comments: verbatim, oldest first. gone: terms that an
    ancestor got after a comment and that this reward lacks.
    """

    judges: str = ""
    ranking: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    gone: tuple[str, ...] = ()


def summarise_people(
    votes: Sequence[Vote],
    history: Sequence[Candidate],
    parent: Candidate,
    terms: Terms,
) -> People:
    """The votes and comments for an author that builds on this parent."""
    # Of those given while a run paused the number is no generation's: time decides.
    latest = votes[-1].generation if votes else 0
    comments = [
        v for v in votes if v.ballot.comment and not v.rater.startswith(MACHINE_RATERS)
    ]
    return People(
        _judges(votes),
        tuple(_ranking(votes, history, parent)),
        tuple(
            _in_names(vote, parent)
            for vote in votes
            if vote.generation == latest and any(pairs(vote))
        ),
        tuple(_comment(vote, parent) for vote in comments[-MAX_COMMENTS:]),
        tuple(_gone(comments, history, parent, terms)),
    )


def _judges(votes: Sequence[Vote]) -> str:
    kinds = {
        "people": lambda rater: not rater.startswith(MACHINE_RATERS),
        "ranked factors of their episodes": lambda rater: rater == MACHINE_RATERS[0],
        "a vision model": lambda rater: rater.startswith(MACHINE_RATERS[1]),
    }
    raters = {vote.rater for vote in votes}
    return " and ".join(kind for kind, fits in kinds.items() if any(map(fits, raters)))


def _ranking(
    votes: Sequence[Vote], history: Sequence[Candidate], parent: Candidate
) -> Iterator[str]:
    if not any(any(pairs(vote)) for vote in votes):
        return
    strengths = fit(votes, ())
    names = [c.name for c in history if isinstance(c.outcome, Assessed)]
    compared = [name for name in names if name in strengths.names]
    best_first = sorted(compared, key=strengths.of, reverse=True)
    circles = list(dict.fromkeys(map(strengths.circle, best_first)))
    for name in sorted(best_first, key=lambda n: circles.index(strengths.circle(n))):
        low, high = strengths.interval(name)
        figures = f"{strengths.of(name):+.1f} ({low:+.1f} to {high:+.1f})"
        is_apart = name not in circles[0]
        remark = "; no vote connects it with the first of this list" if is_apart else ""
        yield f"{_name(name, parent)}: {figures}{remark}"


def _name(name: str, parent: Candidate) -> str:
    """A candidate's name, or what a policy of the final comparison was trained with."""
    if name == parent.name:
        return f"{name} (the reward above)"
    label = name.removeprefix("final/")
    if label == name:
        return name
    if label in BASELINES:
        return f"the {label} reward"
    return f"{label.replace('-', '/')} (trained anew)"


def _in_names(vote: Vote, parent: Candidate) -> str:
    ballot, names = vote.ballot, vote.legend
    places = [[_name(names[x], parent) for x in place] for place in ballot.places]
    order = " > ".join(" = ".join(place) for place in places)
    rejected = [_name(names[letter], parent) for letter in ballot.rejected]
    texts = [order, f"rejected: {', '.join(rejected)}" if rejected else ""]
    return "; ".join(text for text in texts if text)


def _comment(vote: Vote, parent: Candidate) -> Comment:
    if len(vote.shown) == 1:
        return Comment(f"about {_name(vote.shown[0], parent)}", vote.ballot.comment)
    letters = [f"{k} is {_name(name, parent)}" for k, name in vote.legend.items()]
    return Comment(", ".join(letters), vote.ballot.comment)


def _gone(
    comments: Sequence[Vote],
    history: Sequence[Candidate],
    parent: Candidate,
    terms: Terms,
) -> Iterator[str]:
    """Terms that an ancestor got after a comment and that this reward lacks."""
    by_name = {candidate.name: candidate for candidate in history}
    child: Candidate | None = parent
    while child is not None:
        elder = by_name.get(child.parent or "")
        answered = [v for v in comments if v.generation == child.generation - 1]
        if elder is not None and answered:
            new = [t for t in terms[child.name] if t not in terms[elder.name]]
            for term in missing(new, terms[parent.name]):
                words = "; ".join(v.ballot.comment for v in answered)
                yield f"{term}, which came in {child.name} when a person said: {words}"
        child = elder
