"""A run folder is the state of a run; a kill at any moment loses nothing of it."""

import fcntl
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from designer.errors import StoreError
from designer.records import (
    Candidate,
    Outcome,
    folder_name,
    outcome_from_json,
    outcome_to_json,
)


def write_atomic(path: Path, text: str) -> None:
    """The whole file or none of it: temporary name, fsync, rename, fsync the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Atomic, readable JSON."""
    write_atomic(path, json.dumps(data, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """What write_json wrote, None if it is not there; StoreError if it is damaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreError(
            f"{path} is damaged ({error}); delete it and resume the run"
        ) from None
    return dict(data)


class RunStore:
    """Reads and writes one run folder; the only writer of its events."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; StoreError if another process does. Ends with the process."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "run.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise StoreError(
                    f"{self.path} is in use by process {holder}; wait for it or stop it"
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            _end_last_line(self.path / "events.jsonl")
            yield

    def is_held(self) -> bool:
        """Whether a process goes on with this run."""
        path = self.path / "run.lock"
        if not path.exists():
            return False
        with path.open("a+") as file:
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
        path = self.path / "events.jsonl"
        line = json.dumps({"time": round(time.time(), 3), "event": what, **details})
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def folder(self, generation: int, index: int) -> Path:
        """Where a candidate lives."""
        return self.path / folder_name(generation, index)

    def candidate(self, generation: int, index: int) -> Candidate | None:
        """A finished candidate, None while it has no outcome."""
        proposal = self.proposal(generation, index)
        data = read_json(self.folder(generation, index) / "outcome.json")
        if proposal is None or data is None:
            return None
        kept = ("framing", "parent", "reply", "source")
        return Candidate(
            generation,
            index,
            **{key: proposal[key] for key in kept},
            outcome=outcome_from_json(data),
            findings=tuple(proposal.get("findings", ())),  # not there before probes
            shape=proposal.get("shape", ""),  # nor these before replies were read apart
            thought=proposal.get("thought", ""),
        )

    def candidates(self) -> list[Candidate]:
        """All finished candidates, in order."""
        found = []
        for path in sorted(self.path.glob("g[0-9]*/c[0-9]*/outcome.json")):
            generation, index = path.parent.parent.name[1:], path.parent.name[1:]
            candidate = self.candidate(int(generation), int(index))
            if candidate is not None:
                found.append(candidate)
        return found

    def candidates_before(self, generation: int) -> list[Candidate]:
        """The finished candidates of earlier generations: what a proposal may know."""
        return [c for c in self.candidates() if c.generation < generation]

    def proposal(self, generation: int, index: int) -> dict[str, Any] | None:
        """framing, parent and what Proposal holds of a candidate, once proposed."""
        return read_json(self.folder(generation, index) / "proposal.json")

    def propose(self, generation: int, index: int, proposal: Mapping[str, Any]) -> None:
        """Keep a proposal, readable as reward.py and whole as proposal.json."""
        folder = self.folder(generation, index)
        if proposal["source"]:
            write_atomic(folder / "reward.py", proposal["source"])
        write_json(folder / "proposal.json", proposal)

    def given(self) -> list[str]:
        """Sources of the rewards that a person started the run from, in order."""
        paths = sorted((self.path / "init").glob("*.py"))
        return [path.read_text(encoding="utf-8") for path in paths]

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
            if path.exists() and path.read_text(encoding="utf-8") == source:
                break
        return folder

    def finish(
        self, generation: int, index: int, outcome: Outcome, sandbox: str
    ) -> None:
        """Keep what became of a candidate; its folder is complete with this."""
        path = self.folder(generation, index) / "outcome.json"
        write_json(path, {**outcome_to_json(outcome), "sandbox": sandbox})


def _end_last_line(path: Path) -> None:
    """Drop a line that a crash left unfinished."""
    if not path.exists():
        return
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])
