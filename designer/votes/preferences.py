"""preferences.jsonl: every vote, append-only; undoing is a line of its own."""

import fcntl
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

FILE = "preferences.jsonl"


@dataclass(frozen=True)
class _Undo:
    """A line that takes a vote back: its number, its rater, and when it was given.

    voted is 0 in lines that were written before files of several machines were joined.
    """

    undo: int
    rater: str
    voted: float = 0.0


def read_votes(run: Path) -> list[Vote]:
    """All votes that stand, in the order of their times; a torn last line is left out.

    A vote is known by its rater and its time, so files of several machines may be put
    together, one after the other; a line that is there twice counts once.
    """
    path = run / FILE
    votes: dict[tuple[str, float], Vote] = {}
    undone: set[tuple[str, float]] = set()
    for number, entry in enumerate(_entries(path), start=1):
        if isinstance(entry, _Undo):
            same = [
                v
                for v in votes.values()
                if (v.rater, v.vote) == (entry.rater, entry.undo)
            ]
            voted = entry.voted or (same[-1].time if same else 0.0)
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
    """Keep a vote; it is on the disk when this returns."""
    with _locked(run / FILE) as file:
        votes = [entry for entry in _entries(run / FILE) if isinstance(entry, Vote)]
        line, latest = write_ballot(ballot), max((v.time for v in votes), default=0.0)
        now = max(time.time(), math.nextafter(latest, math.inf))
        vote = Vote(len(votes), now, rater, generation, tuple(shown), line)
        _append(file, asdict(vote))
    return vote


def undo(run: Path, rater: str, generation: int) -> Vote | None:
    """Take the rater's last vote of a generation back; gives it, None for none."""
    with _locked(run / FILE) as file:
        mine = [
            vote
            for vote in read_votes(run)
            if (vote.rater, vote.generation) == (rater, generation)
        ]
        if not mine:
            return None
        _append(
            file,
            {**asdict(_Undo(mine[-1].vote, rater, mine[-1].time)), "time": time.time()},
        )
    return mine[-1]


def _entries(path: Path) -> list[Vote | _Undo]:
    if not path.exists():
        return []
    lines = read_bytes(path).split(b"\n")[:-1]  # the last one is torn, or empty
    return [_entry(line, f"{path}:{k}") for k, line in enumerate(lines, start=1)]


def _entry(line: bytes, where: str) -> Vote | _Undo:
    try:
        data = parse_json(line)
        if isinstance(data, dict) and "undo" in data:
            return cast(_Undo, read_as(_Undo, data))
        vote = cast(Vote, read_as(Vote, data))
        _ = vote.ballot
    except (ValueError, BallotError) as error:
        reason = " ".join(str(error).split())
        raise StoreError(
            f"{where} is damaged ({reason}); mend or remove that line"
        ) from None
    return vote


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file for one writer at a time; a line that a crash left torn is dropped."""
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
