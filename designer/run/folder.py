"""A run folder is the state of a run; a kill at any moment loses nothing of it."""

import fcntl
import itertools
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.errors import StoreError
from designer.run.candidates import (
    Candidate,
    Outcome,
    folder_name,
    outcome_from_json,
    outcome_to_json,
)
from designer.run.files import (
    AGAIN,
    damaged,
    open_plain,
    read_json,
    read_text,
    require_plain,
    to_json,
    write_atomic,
    write_json,
)
from designer.typed import Mismatch, read_as

CANDIDATE = re.compile(r"g(\d{2,4})/c(\d{2,5})")
# How much of the lock is read for the holder's number.
HOLDER_BYTES = 20


@dataclass(frozen=True)
class _Proposed:
    """The kinds of what proposal.json holds."""

    framing: str
    parent: str | None
    reply: str
    source: str
    problems: tuple[str, ...]
    findings: tuple[str, ...] = ()  # not there before probes
    shape: str = ""  # nor these before replies were read apart
    thought: str = ""


class RunStore:
    """Reads and writes one run folder; the only writer of its events."""

    def __init__(self, path: Path) -> None:
        # A link that the user names is followed once; none inside is.
        self.path = path.resolve() if path.is_symlink() else path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; StoreError if another process does. Ends with the process."""
        self.path.mkdir(parents=True, exist_ok=True)
        require_plain(self.path)
        flags = os.O_RDWR | os.O_CREAT
        with os.fdopen(open_plain(self.path / "run.lock", flags), "rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = file.read(HOLDER_BYTES).strip()
                who = holder.decode() if holder.isdigit() else "another"
                raise StoreError(
                    f"{self.path} is in use by process {who}; wait for it or stop it"
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
            self._end_last_event()
            yield

    def is_held(self) -> bool:
        """Whether a process goes on with this run."""
        path = self.path / "run.lock"
        if not path.exists():
            return False
        with os.fdopen(open_plain(path, os.O_RDONLY), "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def is_finished(self) -> bool:
        """Whether the run has come to its end once; votes may still come."""
        return (self.path / "result.json").exists()

    def event(self, what: str, **details: Any) -> None:
        """Append one line to events.jsonl."""
        line = {"time": round(time.time(), 3), "event": what, **to_json(details)}
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(open_plain(self.path / "events.jsonl", flags), "ab") as file:
            file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _end_last_event(self) -> None:
        """Drop a line that a crash left unfinished."""
        path = self.path / "events.jsonl"
        with os.fdopen(open_plain(path, os.O_RDWR | os.O_CREAT), "rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)

    def folder(self, generation: int, index: int) -> Path:
        """Where a candidate lives."""
        return self.path / folder_name(generation, index)

    def candidate(self, generation: int, index: int) -> Candidate | None:
        """A finished candidate, None while it has no outcome."""
        proposal = self.proposal(generation, index)
        path = self.folder(generation, index) / "outcome.json"
        data = read_json(path)
        if proposal is None or data is None:
            return None
        try:
            outcome = outcome_from_json(data)
        except Mismatch as error:
            raise damaged(path, error) from None
        kept = ("framing", "parent", "reply", "source")
        return Candidate(
            generation,
            index,
            **{key: proposal[key] for key in kept},
            outcome=outcome,
            findings=tuple(proposal.get("findings", ())),
            shape=proposal.get("shape", ""),  # not there before replies were read apart
            thought=proposal.get("thought", ""),
        )

    def candidates(self) -> list[Candidate]:
        """All finished candidates, in order."""
        found = []
        for path in sorted(self.path.glob("g[0-9]*/c[0-9]*/outcome.json")):
            place = CANDIDATE.fullmatch(str(path.parent.relative_to(self.path)))
            if place and (one := self.candidate(int(place[1]), int(place[2]))):
                found.append(one)
        return found

    def candidates_before(self, generation: int) -> list[Candidate]:
        """The finished candidates of earlier generations: what a proposal may know."""
        return [c for c in self.candidates() if c.generation < generation]

    def proposal(self, generation: int, index: int) -> dict[str, Any] | None:
        """framing, parent and what Proposal holds of a candidate, once proposed."""
        path = self.folder(generation, index) / "proposal.json"
        data = read_json(path)
        if data is None:
            return None
        try:
            return {**data, **vars(read_as(_Proposed, data))}
        except Mismatch as error:
            raise damaged(path, error) from None

    def reward(self, generation: int, index: int) -> Path:
        """The file of a proposed reward; StoreError if it is not what was proposed."""
        path, proposal = (
            self.folder(generation, index) / "reward.py",
            self.proposal(generation, index),
        )
        if proposal is not None:
            if not path.exists():
                write_atomic(path, proposal["source"])
            if read_text(path) != proposal["source"]:
                raise StoreError(f"{path} is not the reward in proposal.json; {AGAIN}")
        return path

    def propose(self, generation: int, index: int, proposal: Mapping[str, Any]) -> None:
        """Keep a proposal, readable as reward.py and whole as proposal.json."""
        folder = self.folder(generation, index)
        if proposal["source"]:
            write_atomic(folder / "reward.py", proposal["source"])
        write_json(folder / "proposal.json", proposal)

    def given(self, count: int) -> list[str]:
        """Sources of the rewards that a person started the run from, in order."""
        paths = [self.path / "init" / f"{k:02d}.py" for k in range(count)]
        return [read_text(path) for path in paths]

    def unanswered(self, generations: int, candidates: int) -> list[str]:
        """Names of the candidates that nobody has proposed yet."""
        return [
            folder_name(generation, index)
            for generation in range(generations)
            for index in range(candidates)
            if self.proposal(generation, index) is None
        ]

    def final_folder(self, source: str) -> Path:
        """Where a winner is retrained: final/designed, or designed-2 and so on.

        Each folder holds the reward that it is of, so that the results of an earlier
        winner are never taken for those of a later one.
        """
        for k in itertools.count(1):
            folder = self.path / "final" / (f"designed-{k}" if k > 1 else "designed")
            path = folder / "reward.py"
            if not folder.exists():
                write_atomic(path, source)
            if path.exists() and read_text(path) == source:
                break
        return folder

    def finish(
        self, generation: int, index: int, outcome: Outcome, sandbox: str
    ) -> None:
        """Keep what became of a candidate; its folder is complete with this."""
        path = self.folder(generation, index) / "outcome.json"
        write_json(path, {**outcome_to_json(outcome), "sandbox": sandbox})
