"""The folder of a run holds all its state; a kill at any moment loses none of it."""

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from designer.errors import StoreError
from designer.run.candidates import (
    Candidate,
    Place,
    Proposed,
    folder_name,
    outcome_to_json,
)
from designer.run.files import (
    REMAKE_ADVICE,
    open_plain,
    read_json_as,
    read_text,
    remove_temporaries,
    require_plain,
    to_json,
    write_atomic,
    write_json,
)

CANDIDATE = re.compile(r"g(\d{2,4})/c(\d{2,5})")
MAX_PID_BYTES = 20


class RunStore:
    """Reads and writes one run folder; the only writer of its events."""

    def __init__(self, path: Path) -> None:
        # A link that the user names is followed once; none inside is.
        self.path = path.resolve() if path.is_symlink() else path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock while the process lives; StoreError if another has it.

        A KeyboardInterrupt inside of it names the folder.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        require_plain(self.path)
        flags = os.O_RDWR | os.O_CREAT
        with os.fdopen(open_plain(self.path / "run.lock", flags), "rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                content = file.read(MAX_PID_BYTES).strip()
                pid = content.decode() if content.isdigit() else "another"
                raise StoreError(
                    f"{self.path} is in use by process {pid}; wait for it or stop it"
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
            self._end_last_event()
            if (self.path / "config.yaml").exists():  # Not for the runs of a batch.
                remove_temporaries(self.path)
            try:
                yield
            except KeyboardInterrupt:
                raise KeyboardInterrupt(str(self.path)) from None

    def is_held(self) -> bool:
        """Whether a process is going on with this run."""
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
        """Whether the run has ended once; further votes may still come."""
        return (self.path / "result.json").exists()

    def event(self, name: str, /, **details: Any) -> None:
        """Append one line to events.jsonl.

        It outlives the process, but not a power cut at once: nothing depends on it, and
        waiting for the disk at each line cost more than the rest of a result.
        """
        line = {"time": round(time.time(), 3), "event": name, **to_json(details)}
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(open_plain(self.path / "events.jsonl", flags), "ab") as file:
            file.write(json.dumps(line, allow_nan=False).encode() + b"\n")

    def _end_last_event(self) -> None:
        """Remove a line that a crash left unfinished."""
        path = self.path / "events.jsonl"
        with os.fdopen(open_plain(path, os.O_RDWR | os.O_CREAT), "rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)

    def folder(self, generation: int, index: int) -> Path:
        """The folder of a candidate."""
        return self.path / folder_name(generation, index)

    def proposals(self) -> dict[Place, Proposed]:
        """Proposals by place; StoreError where one is damaged."""
        proposals = {}
        for path in sorted(self.path.glob("g[0-9]*/c[0-9]*/proposal.json")):
            place = CANDIDATE.fullmatch(str(path.parent.relative_to(self.path)))
            if place and (proposed := read_json_as(Proposed, path)) is not None:
                proposals[int(place[1]), int(place[2])] = proposed
        return proposals

    def reward(self, place: Place, proposed: Proposed) -> Path:
        """The file of a proposed reward; StoreError if it differs from the proposal."""
        path = self.folder(*place) / "reward.py"
        if not path.exists() or not path.stat().st_size:
            write_atomic(path, proposed.source)
        if read_text(path) != proposed.source:
            raise StoreError(
                f"{path} is not the reward in proposal.json; {REMAKE_ADVICE}"
            )
        return path

    def propose(self, place: Place, proposed: Proposed) -> None:
        """Write a proposal: the code as reward.py, everything as proposal.json."""
        folder = self.folder(*place)
        if proposed.source:  # A power cut may take it: proposal.json has it too.
            write_atomic(folder / "reward.py", proposed.source, durable=False)
        write_json(folder / "proposal.json", asdict(proposed))

    def initial_sources(self, count: int) -> list[str]:
        """Sources of the user's own rewards that the run started from, in order."""
        paths = [self.path / "init" / f"{k:02d}.py" for k in range(count)]
        return [read_text(path) for path in paths]

    def finish(self, candidate: Candidate, sandbox: str) -> None:
        """Write a candidate's outcome for people; nothing reads it back."""
        path = self.path / candidate.name / "outcome.json"
        outcome = {**outcome_to_json(candidate.outcome), "sandbox": sandbox}
        write_json(path, outcome, durable=False)
