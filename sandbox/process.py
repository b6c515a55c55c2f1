"""A reward function in its own process, as the trusted side calls it.

Everything that comes back is copied first and then checked; no length, name or number
from the child is trusted. The package's docstring lists the walls round the process.
"""

import math
import os
import select
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

import numpy as np

from sandbox.child import (
    HELLO,
    LOADED,
    REPLY,
    REQUEST,
    STATUSES,
    TEXT_BYTES,
    TRACE,
)
from sandbox.choose import choose
from sandbox.contract import MAX_TERMS, MAX_TEXT_CHARACTERS
from sandbox.faults import Limits, RewardFault, SandboxError
from sandbox.launch import Spec, exit_fault, last_words, start_reward
from sandbox.operations import MAX_JSON_CHARACTERS
from sandbox.text import clean, is_term_name
from sandbox.tracing import TRACE_ROWS
from sandbox.walls import Walls

__all__ = ["Limits", "RewardFault", "RewardProcess", "SandboxError"]

Exchanged = TypeVar("Exchanged")
MAX_TERM_SIZE = 1e300  # so that sums of terms stay finite
_DEFAULT = Limits()


class RewardProcess:
    """A reward function in its own process: arrays go in, named terms come out.

    rows: batches larger than this are sent in chunks. walls: None for the strongest
    that work on this machine. hash_seed: decides the order of sets; only the probe
    varies it. Opening waits until the source is loaded: RewardFault when that fails,
    SandboxError when this machine can't start the process. After a fault the process
    is gone and every further call raises the same fault. One caller at a time. The
    kernel ends the process with the thread that opened it, so open it in a thread that
    stays. A process that dies is replaced once: as the reward keeps nothing between
    calls, one that was killed from outside is not missed, and one that ends itself does
    so again.
    """

    def __init__(
        self,
        source: str,
        widths: Mapping[str, int],
        action_dim: int,
        rows: int = 64,
        limits: Limits = _DEFAULT,
        walls: Walls | None = None,
        hash_seed: int = 0,
    ) -> None:
        self._spec = Spec(source, dict(widths), action_dim, rows, hash_seed)
        if rows < 1 or self._spec.width + action_dim < 1:
            raise ValueError(f"rows must be > 0, got {rows}; and some field or action")
        self.limits = limits
        self.terms: tuple[str, ...] = ()  # known after the first call
        self._fault: RewardFault | None = None
        self._left_s = limits.total_s
        self.walls = choose("auto") if walls is None else walls
        self._is_replaced = False
        try:
            self._start()
        except (RewardFault, SandboxError) as fault:
            if not _has_died(fault):
                raise
            self._is_replaced = True
            self._start()

    def _start(self) -> None:
        """Starts the process, and waits until the source is loaded."""
        self._sequence = LOADED
        with ExitStack() as stack:
            self._child = start_reward(stack, self._spec, self.limits, self.walls)
            self.pid = self._child.process.pid
            self._poll = select.poll()
            self._poll.register(self._child.replies, select.POLLIN)
            self._greet()
            self._receive(LOADED, self.limits.call_s)
            self._end = weakref.finalize(self, stack.pop_all().close)

    def __call__(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> np.ndarray:
        """The terms of a batch of transitions.

        s, s_next: (n, W); a: (n, action_dim). Gives (n, terms), finite, in the order of
        ``terms``. RewardFault when the reward breaks its contract.
        """
        self._require_open()
        self._require_shapes(s, a, s_next)
        n, rows = len(s), self._spec.rows
        if not n:
            return np.empty((0, len(self.terms)))
        chunks = [
            self._answer(partial(self._chunk, s[i], a[i], s_next[i]))
            for i in (slice(first, first + rows) for first in range(0, n, rows))
        ]
        return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)

    def trace(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> str:
        """The text of the reward's graph, which is not checked: see read_graph.

        s, a, s_next: real transitions, max(TRACE_ROWS) of them. RewardFault of the kind
        "untraceable", with the line and what to write instead, where it has no graph.
        """
        self._require_open()
        self._require_shapes(s, a, s_next)
        if not len(s) == max(TRACE_ROWS) <= self._spec.rows:
            raise ValueError(f"tracing needs {max(TRACE_ROWS)} rows, in one chunk")
        return self._answer(partial(self._graph, s, a, s_next))

    def _graph(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> str:
        self._send(s, a, s_next, TRACE)
        return self._receive(self._sequence, self.limits.call_s, MAX_JSON_CHARACTERS)[2]

    def _answer(self, exchange: Callable[[], Exchanged]) -> Exchanged:
        """What one exchange gives, a second one where the process has died in it."""
        try:
            try:
                return exchange()
            except RewardFault as fault:
                if self._is_replaced or not _has_died(fault):
                    raise
            self._is_replaced = True
            self.close()
            self._start()
            return exchange()
        except RewardFault as fault:
            self._fault = fault
            self.close()
            raise

    def _require_open(self) -> None:
        if self._fault is not None:
            raise RewardFault(self._fault.kind, self._fault.message)
        if not self._end.alive:
            raise ValueError("this reward process is closed")

    def _require_shapes(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> None:
        n, width = len(s), self._spec.width
        expected = (n, width), (n, self._spec.action_dim), (n, width)
        if (s.shape, a.shape, s_next.shape) != expected:
            actual = s.shape, a.shape, s_next.shape
            raise ValueError(f"s, a, s_next must have shapes {expected}, got {actual}")

    def close(self) -> None:
        """Ends the process and frees its resources; may be called twice."""
        self._end()
        self.__dict__.pop("_child", None)  # and with it the shared memory

    def __enter__(self) -> "RewardProcess":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _chunk(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> np.ndarray:
        """The terms (n, terms) of at most ``rows`` rows, in one exchange."""
        n = len(s)
        self._send(s, a, s_next, n)
        rows, terms, text = self._receive(self._sequence, self.limits.call_s)
        self._name(text)
        if (rows, terms) != (n, len(self.terms)):
            raise _broken(f"{rows} rows of {terms} terms")
        # Copied before it is checked, for the child can still write there.
        values = self._child.output[: n * terms].reshape(n, terms).copy()
        if not np.abs(values).max(initial=0.0) <= MAX_TERM_SIZE:  # false for nan, too
            raise _not_finite(values, self.terms)
        return values

    def _send(
        self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray, request: int
    ) -> None:
        """Hands over a batch with the next request: its number of rows, or TRACE."""
        n, child = len(s), self._child
        child.s[:n] = s
        child.action[:n] = a
        child.s_next[:n] = s_next
        self._sequence += 1
        try:
            os.write(child.requests, REQUEST.pack(self._sequence, request))
        except BrokenPipeError:
            raise exit_fault(child, self.limits) from None
        except BlockingIOError:
            raise _broken("it does not read its requests") from None

    def _name(self, text: str) -> None:
        """Stores the terms' names, which the child sends only when they change."""
        if not text and self.terms:
            return
        names = tuple(text.split("\n"))
        if (
            not all(map(is_term_name, names))
            or len({*names}) != len(names)
            or len(names) > MAX_TERMS
        ):
            raise _broken("the names of the terms")
        if self.terms and names != self.terms:
            raise RewardFault(
                "contract",
                "every call must return the same terms in the same order; first "
                f"({', '.join(self.terms)}), now ({', '.join(names)})",
            )
        self.terms = names

    def _greet(self) -> None:
        """Waits until the child runs; SandboxError, for no reward has run yet."""
        try:
            self._receive(HELLO, self.limits.start_s)
        except RewardFault as fault:
            raise SandboxError(
                f"the reward process did not start: {fault.message} "
                f"{last_words(self._child)}".strip()
            ) from fault

    def _receive(
        self, sequence: int, seconds: float, max_bytes: int = TEXT_BYTES
    ) -> tuple[int, int, str]:
        """One reply of the child: rows, terms, text of at most so many bytes.

        RewardFault when it is late, missing, out of order, or reports a failure.
        """
        data = self._read(seconds, max_bytes)
        reply_sequence, status, rows, terms, _ = REPLY.unpack_from(data)
        if reply_sequence != sequence or not 0 <= status < len(STATUSES):
            raise _broken("a reply out of order")
        text = data[REPLY.size :].decode(errors="replace")
        match STATUSES[status]:
            case "error" | "contract" | "memory" | "threads" | "untraceable" as kind:
                raise RewardFault(
                    kind, clean(text, MAX_TEXT_CHARACTERS) or "no message"
                )
        return rows, terms, text

    def _read(self, seconds: float, max_bytes: int) -> bytes:
        """The bytes of exactly one reply: header and text."""
        began = time.monotonic()
        deadline = began + seconds
        data, size = b"", REPLY.size
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(math.ceil(1000 * left)):
                raise RewardFault("wall", f"the reward took more than {seconds:g} s")
            received = os.read(self._child.replies, size - len(data))
            if not received:
                raise exit_fault(self._child, self.limits)
            data += received
            if len(data) == REPLY.size:
                length = REPLY.unpack_from(data)[4]
                if not 0 <= length <= max_bytes:
                    raise _broken(f"{length} bytes of text")
                size = REPLY.size + length
        self._left_s -= time.monotonic() - began
        if self._left_s < 0:
            limit = f"{self.limits.total_s:g} s in all"
            raise RewardFault("wall", f"the reward took more than {limit}")
        return data


def _has_died(fault: RewardFault | SandboxError) -> bool:
    """Whether the process is gone, and neither a limit nor an error explains why."""
    cause = fault.__cause__ if isinstance(fault, SandboxError) else fault
    return isinstance(cause, RewardFault) and cause.kind in ("crash", "memory")


def _broken(violation: str) -> RewardFault:
    return RewardFault("crash", f"the reward process broke the protocol: {violation}")


def _not_finite(values: np.ndarray, names: tuple[str, ...]) -> RewardFault:
    bad = ~(np.abs(values) <= MAX_TERM_SIZE)
    column = int(bad.any(axis=0).argmax())
    row = int(bad[:, column].argmax())
    return RewardFault(
        "finite",
        f"term {names[column]!r} is not finite: {values[row, column]} in "
        f"{bad[:, column].sum()} of {len(values)} rows; guard divisions, logarithms, "
        "roots and exponentials",
    )
