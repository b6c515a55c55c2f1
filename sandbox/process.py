"""A reward function in its own process, seen from the trusted side.

Whatever comes back is copied first and checked then; no length, name or number from
the child is believed. What stands round the process: see the package's docstring.
"""

import math
import os
import select
import time
import weakref
from collections.abc import Mapping
from contextlib import ExitStack

import numpy as np

from sandbox.child import HELLO, LOADED, REPLY, REQUEST, STATUSES, TEXT_BYTES
from sandbox.choose import choose
from sandbox.contract import MAX_TERMS, MAX_TEXT
from sandbox.faults import Limits, RewardFault, SandboxError
from sandbox.launch import Spec, exit_fault, last_words, start
from sandbox.text import clean, is_term_name
from sandbox.walls import Walls

__all__ = ["Limits", "RewardFault", "RewardProcess", "SandboxError"]

LARGEST = 1e300  # so that sums of terms stay finite
_DEFAULT = Limits()


class RewardProcess:
    """A reward function in its own process: arrays go in, named terms come out.

    walls: what stands round it; None for the strongest that this machine has.
    hash_seed: the order of sets; the same everywhere but where a reward is probed.
    Opening waits until the source is loaded: RewardFault when that fails, SandboxError
    when this machine cannot start the process. After a fault the process is gone and
    every further call raises the same fault. One caller at a time. The kernel ends the
    process with the thread that opened it, so open it in a thread that stays.
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
        self._sequence = LOADED
        self._left_s = limits.total_s
        with ExitStack() as stack:
            self.walls = choose("auto") if walls is None else walls
            self._child = start(stack, self._spec, limits, self.walls)
            self.pid = self._child.process.pid
            self._poll = select.poll()
            self._poll.register(self._child.replies, select.POLLIN)
            self._greet()
            self._receive(LOADED, limits.call_s)
            self._end = weakref.finalize(self, stack.pop_all().close)

    def __call__(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> np.ndarray:
        """The terms of a batch of transitions.

        s, s_next: (n, W); a: (n, action_dim). Gives (n, terms), finite, in the order of
        ``terms``. RewardFault when the reward does anything else than its contract.
        """
        if self._fault is not None:
            raise RewardFault(self._fault.kind, self._fault.message)
        if not self._end.alive:
            raise ValueError("this reward process is closed")
        n, width = len(s), self._spec.width
        wanted = (n, width), (n, self._spec.action_dim), (n, width)
        if (s.shape, a.shape, s_next.shape) != wanted:
            got = s.shape, a.shape, s_next.shape
            raise ValueError(f"s, a, s_next must have shapes {wanted}, got {got}")
        rows = self._spec.rows
        try:
            if n <= rows:
                return (
                    self._chunk(s, a, s_next) if n else np.empty((0, len(self.terms)))
                )
            parts = (slice(i, i + rows) for i in range(0, n, rows))
            return np.concatenate([self._chunk(s[i], a[i], s_next[i]) for i in parts])
        except RewardFault as fault:
            self._fault = fault
            self.close()
            raise

    def close(self) -> None:
        """Ends the process and frees all that it used; may be called twice."""
        self._end()
        self.__dict__.pop("_child", None)  # and with it the shared memory

    def __enter__(self) -> "RewardProcess":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _chunk(self, s: np.ndarray, a: np.ndarray, s_next: np.ndarray) -> np.ndarray:
        """At most ``rows`` rows, in one exchange."""
        n, child = len(s), self._child
        child.s[:n] = s
        child.action[:n] = a
        child.s_next[:n] = s_next
        self._sequence += 1
        try:
            os.write(child.requests, REQUEST.pack(self._sequence, n))
        except BrokenPipeError:
            raise exit_fault(child, self.limits) from None
        except BlockingIOError:
            raise _broken("it does not read its requests") from None
        rows, terms, text = self._receive(self._sequence, self.limits.call_s)
        self._name(text)
        if (rows, terms) != (n, len(self.terms)):
            raise _broken(f"{rows} rows of {terms} terms")
        # Copied before it is looked at: the child can still write there.
        values = child.output[: n * terms].reshape(n, terms).copy()
        if not np.abs(values).max(initial=0.0) <= LARGEST:  # false for nan, too
            raise _not_finite(values, self.terms)
        return values

    def _name(self, text: str) -> None:
        """Takes the names of the terms, which come when they are new."""
        if not text and self.terms:
            return
        names = tuple(text.split("\n"))
        if (
            not all(map(is_term_name, names))
            or len({*names}) != len(names)
            or len(names) > MAX_TERMS
        ):
            raise _broken("the names of the terms")
        if self.terms:
            raise RewardFault(
                "contract",
                "every call must return the same terms in the same order; first "
                f"({', '.join(self.terms)}), now ({', '.join(names)})",
            )
        self.terms = names

    def _greet(self) -> None:
        """Waits until the child runs; what goes wrong so far is our own."""
        try:
            self._receive(HELLO, self.limits.start_s)
        except RewardFault as fault:
            raise SandboxError(
                f"the reward process did not start: {fault.message} "
                f"{last_words(self._child)}".strip()
            ) from fault

    def _receive(self, sequence: int, seconds: float) -> tuple[int, int, str]:
        """One reply of the child: rows, terms, text.

        RewardFault when it is late, gone, not in order, or says that the reward failed.
        """
        data = self._read(seconds)
        told, status, rows, terms, _ = REPLY.unpack_from(data)
        if told != sequence or not 0 <= status < len(STATUSES):
            raise _broken("a reply out of order")
        text = data[REPLY.size :].decode(errors="replace")
        match STATUSES[status]:
            case "error" | "contract" | "memory" | "threads" as kind:
                raise RewardFault(kind, clean(text, MAX_TEXT) or "no message")
        return rows, terms, text

    def _read(self, seconds: float) -> bytes:
        """Exactly one reply, header and text."""
        began = time.monotonic()
        deadline = began + seconds
        data, size = b"", REPLY.size
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(math.ceil(1000 * left)):
                raise RewardFault("wall", f"the reward took more than {seconds:g} s")
            part = os.read(self._child.replies, size - len(data))
            if not part:
                raise exit_fault(self._child, self.limits)
            data += part
            if len(data) == REPLY.size:
                length = REPLY.unpack_from(data)[4]
                if not 0 <= length <= TEXT_BYTES:
                    raise _broken(f"{length} bytes of text")
                size = REPLY.size + length
        self._left_s -= time.monotonic() - began
        if self._left_s < 0:
            most = f"{self.limits.total_s:g} s in all"
            raise RewardFault("wall", f"the reward took more than {most}")
        return data


def _broken(what: str) -> RewardFault:
    return RewardFault("crash", f"the reward process broke the protocol: {what}")


def _not_finite(values: np.ndarray, names: tuple[str, ...]) -> RewardFault:
    bad = ~(np.abs(values) <= LARGEST)
    column = int(bad.any(axis=0).argmax())
    row = int(bad[:, column].argmax())
    return RewardFault(
        "finite",
        f"term {names[column]!r} is not finite: {values[row, column]} in "
        f"{bad[:, column].sum()} of {len(values)} rows; guard divisions, logarithms, "
        "roots and exponentials",
    )
