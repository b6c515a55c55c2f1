"""preferences.jsonl: all votes of a run, append-only; undoing adds a line."""

import fcntl
import getpass
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from designer.errors import StoreError
from designer.run.files import open_plain, parse_json, read_bytes
from designer.typed import read_as
from designer.votes.ballots import Ballot, BallotError, Vote, write_ballot

PREFERENCES_FILE = "preferences.jsonl"


@dataclass(frozen=True)
class _Undo:
    """A line that takes a vote back.

    undo: number of the vote. rater: who gave it. voted: its time, 0 in lines of earlier
    versions.
    """

    undo: int
    rater: str
    voted: float = 0.0


def read_votes(run: Path) -> list[Vote]:
    """All votes that were not undone, by time; an incomplete last line is left out.

    Rater and time identify a vote, so files of several machines may be concatenated; a
    line that occurs twice counts once. StoreError if a line is damaged.
    """
    path = run / PREFERENCES_FILE
    votes: dict[tuple[str, float], Vote] = {}
    undone: set[tuple[str, float]] = set()
    for number, entry in enumerate(_entries(path), start=1):
        if isinstance(entry, _Undo):
            undone_votes = [
                v
                for v in votes.values()
                if (v.rater, v.vote) == (entry.rater, entry.undo)
            ]
            voted = entry.voted or (undone_votes[-1].time if undone_votes else 0.0)
            undone.add((entry.rater, voted))
        elif votes.setdefault((entry.rater, entry.time), entry) != entry:
            raise StoreError(
                f"{path}:{number}: {entry.rater} gave another vote at the same time; "
                "remove one of the two lines"
            )
    standing = [vote for key, vote in votes.items() if key not in undone]
    return sorted(standing, key=lambda vote: vote.time)


def add_vote(
    run: Path, rater: str, generation: int, shown: Sequence[str], ballot: Ballot
) -> Vote:
    """Add a vote; it is on the disk when this returns.

    shown: names of the candidates in the order of the ballot's letters.
    """
    with _locked(run / PREFERENCES_FILE) as file:
        votes = [
            entry
            for entry in _entries(run / PREFERENCES_FILE)
            if isinstance(entry, Vote)
        ]
        line, latest = write_ballot(ballot), max((v.time for v in votes), default=0.0)
        time_s = max(time.time(), math.nextafter(latest, math.inf))
        vote = Vote(len(votes), time_s, rater, generation, tuple(shown), line)
        _append(file, asdict(vote))
    return vote


def undo(run: Path, rater: str, generation: int) -> Vote | None:
    """Undo the rater's last vote of a generation; gives that vote, or None."""
    with _locked(run / PREFERENCES_FILE) as file:
        own_votes = [
            vote
            for vote in read_votes(run)
            if (vote.rater, vote.generation) == (rater, generation)
        ]
        if not own_votes:
            return None
        _append(
            file,
            {
                **asdict(_Undo(own_votes[-1].vote, rater, own_votes[-1].time)),
                "time": time.time(),
            },
        )
    return own_votes[-1]


def _entries(path: Path) -> list[Vote | _Undo]:
    if not path.exists():
        return []
    # What follows the last line end is empty, or a line that a crash cut off.
    lines = read_bytes(path).split(b"\n")[:-1]
    return [_entry(line, f"{path}:{k}") for k, line in enumerate(lines, start=1)]


def _entry(line: bytes, place: str) -> Vote | _Undo:
    try:
        data = parse_json(line)
        if isinstance(data, dict) and "undo" in data:
            return cast(_Undo, read_as(_Undo, data))
        vote = cast(Vote, read_as(Vote, data))
        _ = vote.ballot
    except (ValueError, BallotError) as error:
        reason = " ".join(str(error).split())
        raise StoreError(
            f"{place} is damaged ({reason}); mend or remove that line"
        ) from None
    return vote


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open the file for one writer at a time, without a line that a crash cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    with os.fdopen(open_plain(path, flags), "ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
        yield file


def _append(file: IO[bytes], entry: dict[str, Any]) -> None:
    file.write(json.dumps(entry, allow_nan=False).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())


def login() -> str:
    """The user's login name, or 'somebody'."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # In containers a user id may have no name.
        return "somebody"
