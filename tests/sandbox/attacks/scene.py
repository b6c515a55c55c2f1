"""The stage: one attack at a time among the user's canaries, and what became of it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, get_args

import numpy as np
from attacks.canaries import LIBC, Files, Neighbours, Objects, Sockets

from sandbox import RewardFault, RewardProcess, Walls
from sandbox.child import REPLY
from sandbox.faults import FaultKind

if TYPE_CHECKING:
    from attacks.attack import Attack

WIDTHS = {"x": 0, "v": 2}
ROWS = 4
DEADLINE_S = 30
LEAVING_S = 0.5
_SIGNALS = (signal.SIGURG, signal.SIGIO)
_PR_SET_CHILD_SUBREAPER = 36


class Scene:
    """What a user has, and one attack at a time on it.

    ``number`` is the secret that stands in no source, ``token`` what a source says when
    a system call succeeded. After ``play`` the public fields say how it ended; ``harm``
    names the canaries that are not as they were.
    """

    def __init__(self, folder: Path) -> None:
        self.number, self.token = random.sample(range(10**5, 10**6), 2)
        self.limits, self.harm = None, frozenset[str]()
        self.fault: RewardFault | None = None
        self.values: np.ndarray | None = None
        mark = f"m{random.getrandbits(48):x}"
        desk = folder / "desk"
        desk.mkdir()
        self._memory = ctypes.c_uint64(self.number)
        self._signals: list[int] = []
        with contextlib.ExitStack() as stack:
            unnamed = stack.enter_context(tempfile.TemporaryFile("w+"))
            print(self.number, file=unnamed, flush=True)
            self._files = Files(folder / "home", self.number, mark)
            self._sockets = Sockets(desk, mark)
            stack.callback(self._sockets.close)
            self._neighbours = Neighbours(desk, self.number)
            stack.callback(self._neighbours.close)
            self._objects = Objects(random.getrandbits(30) | 1, mark, self.number)
            stack.callback(self._objects.close)
            self._names = {
                "host": os.getpid(),
                "address": ctypes.addressof(self._memory),
                "fd": unnamed.fileno(),
                "token": self.token,
                "mark": mark,
                "reply": REPLY.format,
            }
            os.environ["SOME_API_KEY"] = str(self.number)
            stack.callback(os.environ.pop, "SOME_API_KEY")
            for number in (*_SIGNALS, signal.SIGALRM):
                old = signal.signal(number, self._signalled)
                stack.callback(signal.signal, number, old)
            LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)  # orphans of an attack come to us
            stack.callback(LIBC.prctl, _PR_SET_CHILD_SUBREAPER, 0)
            self.close = stack.pop_all().close

    def _signalled(self, number: int, frame: object) -> None:
        if number == signal.SIGALRM:
            raise AssertionError(f"the attack held the host for {DEADLINE_S} s")
        self._signals.append(number)

    def play(self, attack: Attack, walls: Walls) -> None:
        """Runs the attack behind these walls and takes down what it did."""
        self._files.lay_out()
        self._neighbours.hire()
        self.values, self.fault, self.terms = None, None, ()
        self.peak_mb, self.kept, self.aliased = 0, 0, False
        self.limits = attack.limits
        parts = self._files, self._sockets, self._neighbours, self._objects
        names = {k: v for part in parts for k, v in part.names.items()}
        source = Template(attack.source).substitute(names, **self._names)
        before = _children()
        signal.setitimer(signal.ITIMER_REAL, DEADLINE_S)
        started = time.monotonic()
        try:
            self._act(source, attack, walls)
        except RewardFault as fault:
            self.fault = fault
        finally:
            self.seconds = time.monotonic() - started
            left = _send_away(before)
            signal.setitimer(signal.ITIMER_REAL, 0)
        told = {word for part in parts for word in part.harm()}
        self.harm = frozenset({*told, *self._own_harm(), *(["left"] * left)})

    def _own_harm(self) -> Iterator[str]:
        if self._memory.value != self.number:
            yield "memory"
            self._memory.value = self.number
        if self._signals:
            yield "signal"
            self._signals.clear()

    def _act(self, source: str, attack: Attack, walls: Walls) -> None:
        normal = np.random.default_rng(0).normal
        batch = normal(size=(ROWS, 3)), normal(size=(ROWS, 2)), normal(size=(ROWS, 3))
        copies = [part.copy() for part in batch]
        results: list[tuple[np.ndarray, np.ndarray]] = []
        known = _logs()
        with contextlib.ExitStack() as stack:
            process = stack.enter_context(
                RewardProcess(
                    source, WIDTHS, 2, rows=8, limits=attack.limits, walls=walls
                )
            )
            for log in _logs() - known:
                stack.callback(self._weigh, os.dup(log))
            if attack.group == "memory":
                stack.enter_context(self._gauge(process.pid))
            for _ in range(attack.calls):
                values = process(*batch)
                self.values, self.terms = values, process.terms
                results.append((values, values.copy()))
                pairs = *results[:3], *zip(batch, copies, strict=True)
                same = (np.array_equal(*pair, equal_nan=True) for pair in pairs)
                self.aliased |= not all(same)

    def _weigh(self, log: int) -> None:
        size = os.fstat(log)
        self.kept += max(size.st_size, 512 * size.st_blocks)
        os.close(log)

    @contextlib.contextmanager
    def _gauge(self, pid: int) -> Iterator[None]:
        """Watches the memory of a process and of its descendants."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.003):
                self.peak_mb = max(self.peak_mb, sum(map(_peak_mb, _family(pid))))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def dirt(self) -> list[str]:
        """What is wrong with that which reached the host, [] when all is clean."""
        found = []
        if self.fault is not None:
            text = self.fault.message
            if self.fault.kind not in get_args(FaultKind):
                found.append(f"kind {self.fault.kind!r}")
            if any(not (c.isprintable() or c in "\n\t") for c in text):
                found.append(f"control characters in {text!r}")
            if len(text) > 2600:
                found.append(f"{len(text)} characters of text")
        if self.values is None:
            return found
        values, names = self.values, self.terms
        if type(values) is not np.ndarray or values.dtype != np.float64:
            found.append(f"not an array of floats: {type(values)}")
        elif values.shape != (ROWS, len(names)):
            found.append(f"shape {values.shape}")
        else:
            with np.errstate(over="ignore"):
                if not np.isfinite(values.sum(axis=1)).all():
                    found.append("not finite")
        good = (type(n) is str and n.isprintable() and 0 < len(n) <= 64 for n in names)
        if not all(good) or not 0 < len({*names}) == len(names) <= 32:
            found.append(f"names {names!r:.200}")
        return found


def _logs() -> set[int]:
    """Our descriptors of plain files on a disk."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            plain = stat.S_ISREG(path.stat().st_mode)
            if plain and "memfd:" not in str(path.readlink()):
                found.add(int(path.name))
    return found


def _children() -> set[int]:
    found, us = set(), str(os.getpid())
    for name in os.listdir("/proc"):  # noqa: PTH208 (a hundred paths, thrice an attack)
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:  # noqa: PTH123
                if file.read().rpartition(")")[2].split(None, 2)[1] == us:
                    found.add(int(name))
    return found


def _send_away(known: set[int]) -> int:
    """How many new children of ours live on after a while; none does afterwards."""
    deadline = time.monotonic() + LEAVING_S
    left = _children() - known
    while left and time.monotonic() < deadline:
        left = {pid for pid in left if os.waitpid(pid, os.WNOHANG)[0] == 0}
        time.sleep(0.005)
        left |= _children() - known
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(left)


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{one}/task/{one}/children").read_text()
            found += map(int, told.split())
    return found


def _peak_mb(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) >> 10
    return 0
