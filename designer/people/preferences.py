"""preferences.jsonl: every vote, append-only; undoing is a line of its own."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from designer.errors import StoreError
from designer.people.ballots import Ballot, Vote, write_ballot

FILE = "preferences.jsonl"


def read_votes(run: Path) -> list[Vote]:
    """All votes that stand, in order; a torn last line is left out."""
    votes: dict[int, Vote] = {}
    for entry in _entries(run / FILE):
        if "undo" in entry:
            votes.pop(entry["undo"], None)
        else:
            entry["shown"] = tuple(entry["shown"])
            votes[entry["vote"]] = Vote(**entry)
    return list(votes.values())


def add_vote(
    run: Path, rater: str, generation: int, shown: Sequence[str], ballot: Ballot
) -> Vote:
    """Keep a vote; it is on the disk when this returns."""
    with _locked(run / FILE) as file:
        number = sum("vote" in entry for entry in _entries(run / FILE))
        line = write_ballot(ballot)
        vote = Vote(number, time.time(), rater, generation, tuple(shown), line)
        _append(file, vote.__dict__)
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
        _append(file, {"undo": mine[-1].vote, "time": time.time(), "rater": rater})
    return mine[-1]


def _entries(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]  # the last one is torn, or empty
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise StoreError(f"{path} is damaged ({error}); mend or remove it") from None


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file for one writer at a time; a line that a crash left torn is dropped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
        yield file


def _append(file: IO[bytes], entry: dict[str, Any]) -> None:
    file.write(json.dumps(entry).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())
