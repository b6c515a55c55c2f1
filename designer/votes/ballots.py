"""A vote as one line: `B>A=C !D # C drags its toe`.

`>` separates places, `=` joins equals, `!` rejects, `?` alone means "can't tell", and
the text after `#` is a comment. Clips that are not named are not compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from designer.errors import ConfigError
from designer.typed import Pattern

# The pattern allows no path that leads out of the run.
Name = Annotated[str, Pattern(r"[\w-]+(/[\w-]+){0,3}", "a folder inside the run")]

LETTERS = "ABCDEF"
MAX_COMMENT_CHARACTERS = 4000
BALLOT_HELP = (
    "write places as B>A=C, rejected clips as !D, ? for can't tell, # and a comment"
)


class BallotError(ConfigError):
    """A line that is not a vote; the message shows the expected form."""


@dataclass(frozen=True)
class Ballot:
    """A vote on clips: letters by place, best first; rejected letters; a comment."""

    places: tuple[tuple[str, ...], ...] = ()
    rejected: tuple[str, ...] = ()
    comment: str = ""


def require_comparison(ballot: Ballot) -> Ballot:
    """The ballot; BallotError if it judges one clip alone and says nothing of it."""
    judged = [letter for place in (*ballot.places, ballot.rejected) for letter in place]
    if len(judged) == 1 and not ballot.comment:
        raise BallotError(
            f"only {judged[0]} is judged, which compares it with nothing: place or "
            "reject another clip, write why, or say that you can't tell"
        )
    return ballot


def read_ballot(line: str, letters: Sequence[str]) -> Ballot:
    """Read a line about the clips with these letters; BallotError if it is not a vote.

    Small letters and any spacing are accepted.
    """
    order, _, comment = line.partition("#")
    comment = " ".join(comment.split())[:MAX_COMMENT_CHARACTERS]
    order = order.upper().strip()
    rejected = tuple(re.findall(r"!\s*([A-Z])", order))
    order = re.sub(r"!\s*[A-Z]", " ", order).strip()
    if order == "?":
        order = ""
    elif not (order or rejected or comment):
        raise BallotError(f"nothing was said; {BALLOT_HELP}")
    places = tuple(
        tuple(text.strip() for text in place.split("="))
        for place in (order.split(">") if order else ())
    )
    named_letters = [letter for place in places for letter in place] + list(rejected)
    for letter in named_letters:
        if letter not in tuple(letters):
            choices = ", ".join(letters)
            raise BallotError(
                f"'{letter}' is none of the clips {choices}; {BALLOT_HELP}"
            )
    twice = sorted(
        {letter for letter in named_letters if named_letters.count(letter) > 1}
    )
    if twice:
        raise BallotError(f"{', '.join(twice)} occurs more than once; {BALLOT_HELP}")
    return Ballot(places, rejected, comment)


def write_ballot(ballot: Ballot) -> str:
    """The line of a ballot, which read_ballot reads back."""
    order = ">".join("=".join(place) for place in ballot.places)
    fields = [order, *(f"!{letter}" for letter in ballot.rejected)]
    line = " ".join(field for field in fields if field)
    if comment := " ".join(ballot.comment.split()):
        return f"{line} # {comment}".strip()
    return line or "?"


@dataclass(frozen=True)
class Vote:
    """One answer to one question, a line of preferences.jsonl.

    vote: its number in the file. time: seconds since 1970. rater: name of who voted.
    shown: names of the candidates in the order of the letters, final rewards as
    final/LABEL. line: the ballot as text.
    """

    vote: int
    time: float
    rater: str
    generation: int
    shown: tuple[Name, ...]
    line: str

    @property
    def ballot(self) -> Ballot:
        """The ballot in the line."""
        return read_ballot(self.line, LETTERS[: len(self.shown)])

    @property
    def legend(self) -> dict[str, str]:
        """Names of the candidates by letter."""
        return dict(zip(LETTERS, self.shown, strict=False))


@dataclass(frozen=True)
class Pair:
    """One comparison of two candidates; for the weight see `pairs`."""

    better: str
    worse: str
    tie: bool
    weight: float


def pairs(vote: Vote) -> Iterator[Pair]:
    """All comparisons in a vote; rejected candidates are below all others.

    The pairs of one ranking depend on each other: a ranking of m clips is worth m - 1
    comparisons, so each of its m (m - 1) / 2 pairs has the weight 2 / m.
    """
    ballot, names = vote.ballot, vote.legend
    places = [*ballot.places, ballot.rejected]
    weight = 2 / max(2, sum(len(place) for place in places))
    for k, place in enumerate(places):
        if place is not ballot.rejected:
            for i, first in enumerate(place):
                for second in place[i + 1 :]:
                    yield Pair(names[first], names[second], True, weight)
        for lower in places[k + 1 :]:
            for first in place:
                for second in lower:
                    yield Pair(names[first], names[second], False, weight)
