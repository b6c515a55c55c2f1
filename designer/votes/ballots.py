"""A vote as one line: `B>A=C !D # C drags its toe`.

`>` parts places, `=` joins equals, `!` rejects, `?` alone says that it can't be told,
and what stands after `#` is a comment. Clips that are not named are not compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from designer.errors import ConfigError
from designer.typed import Pattern

# Never a path out of the run.
Name = Annotated[str, Pattern(r"[\w-]+(/[\w-]+){0,3}", "a folder inside the run")]

LETTERS = "ABCDEF"
COMMENT = 4000  # characters
HELP = "write places as B>A=C, rejected clips as !D, ? for can't tell, # and a comment"


class BallotError(ConfigError):
    """A line that is no vote; says what was expected."""


@dataclass(frozen=True)
class Ballot:
    """Letters in places, best first, rejected letters, and a comment."""

    places: tuple[tuple[str, ...], ...] = ()
    rejected: tuple[str, ...] = ()
    comment: str = ""


def read_ballot(line: str, letters: Sequence[str]) -> Ballot:
    """What a line says about the clips with these letters; BallotError if it can't be.

    Small letters and any spacing will do.
    """
    order, _, comment = line.partition("#")
    comment = " ".join(comment.split())[:COMMENT]
    order = order.upper().strip()
    rejected = tuple(re.findall(r"!\s*([A-Z])", order))
    order = re.sub(r"!\s*[A-Z]", " ", order).strip()
    if order == "?":
        order = ""
    elif not (order or rejected or comment):
        raise BallotError(f"nothing was said; {HELP}")
    places = tuple(
        tuple(part.strip() for part in place.split("="))
        for place in (order.split(">") if order else ())
    )
    named = [letter for place in places for letter in place] + list(rejected)
    for letter in named:
        if letter not in tuple(letters):
            known = ", ".join(letters)
            raise BallotError(f"'{letter}' is none of the clips {known}; {HELP}")
    twice = sorted({letter for letter in named if named.count(letter) > 1})
    if twice:
        raise BallotError(f"{', '.join(twice)} stands there more than once; {HELP}")
    return Ballot(places, rejected, comment)


def write_ballot(ballot: Ballot) -> str:
    """The line that read_ballot reads as this."""
    order = ">".join("=".join(place) for place in ballot.places)
    parts = [order, *(f"!{letter}" for letter in ballot.rejected)]
    line = " ".join(part for part in parts if part)
    if comment := " ".join(ballot.comment.split()):
        return f"{line} # {comment}".strip()
    return line or "?"


@dataclass(frozen=True)
class Vote:
    """One answer to one question.

    rater: who gave it. shown: candidates in the order of the letters, final rewards as
    final/LABEL. time: seconds since 1970. vote: its number in preferences.jsonl.
    """

    vote: int
    time: float
    rater: str
    generation: int
    shown: tuple[Name, ...]
    line: str

    @property
    def ballot(self) -> Ballot:
        """The line, read."""
        return read_ballot(self.line, LETTERS[: len(self.shown)])

    @property
    def legend(self) -> dict[str, str]:
        """Letter to candidate."""
        return dict(zip(LETTERS, self.shown, strict=False))


@dataclass(frozen=True)
class Pair:
    """One comparison of two candidates; weight as of `pairs`."""

    better: str
    worse: str
    tie: bool
    weight: float


def pairs(vote: Vote) -> Iterator[Pair]:
    """All comparisons that a vote makes; rejected ones stand below all the others.

    The pairs of one ranking depend on each other: a ranking of m clips is worth m - 1
    comparisons, so each of its m (m - 1) / 2 pairs has the weight 2 / m.
    """
    ballot, names = vote.ballot, vote.legend
    places = [*ballot.places, ballot.rejected]
    weight = 2 / max(2, sum(len(place) for place in places))
    for k, place in enumerate(places):
        if place is not ballot.rejected:
            for i, one in enumerate(place):
                for other in place[i + 1 :]:
                    yield Pair(names[one], names[other], True, weight)
        for lower in places[k + 1 :]:
            for one in place:
                for other in lower:
                    yield Pair(names[one], names[other], False, weight)
