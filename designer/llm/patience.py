"""Repeats a call whose fault may pass: a busy server, a lost connection, a time-out.

However a server behaves, tries take at most TIMEOUTS * timeout_s in all and pauses at
most Patience.longest_s; a server that sends byte by byte is given up too.
Not covered: an answer that was given up is still received, and must fit into memory.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

from designer.errors import ClosedError, LLMError
from designer.llm.faults import TIMED_OUT, Fault
from designer.llm.messages import Say

Answer = TypeVar("Answer")
TIMEOUTS = TIMED_OUT.tries
MIN_ANNOUNCED_PAUSE_S = 2.0  # a shorter pause is over before it is read
SLOW_SERVER_ADVICE = (
    "it may be overloaded or too slow: look at the server, or take a smaller model"
)


@dataclass(frozen=True)
class Patience:
    """How long a call is repeated.

    pauses_s: after the first, second ... fault, together longer than the window of a
    limit per minute. longest_s: of all pauses of one call, also of those that a server
    asks for. Both begin anew when a crowded server answered another call.
    """

    pauses_s: tuple[float, ...] = (0.5, 1, 2, 4, 8, 16, 30, 30)
    longest_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pause_s(self, faults: int, wait_s: float | None) -> float:
        """Seconds until the next try, after so many faults.

        wait_s: what the server asked for. It is trusted once; if it was not enough, the
        pauses grow as without it.
        """
        own_s = (0.0, *self.pauses_s)[min(faults, len(self.pauses_s))]
        if wait_s is None:
            return own_s
        return wait_s if faults == 1 else max(wait_s, own_s)


PATIENCE = Patience()


class Gate:
    """Holds back all calls to a server until it may be asked again."""

    def __init__(self, patience: Patience) -> None:
        self._patience, self._lock = patience, threading.Lock()
        self._opens_at = patience.clock()
        self.answers = 0

    def close(self, seconds: float) -> bool:
        """Hold calls back for so long; True if that is clearly longer than before."""
        with self._lock:
            opens_at = self._patience.clock() + seconds
            is_news = opens_at > self._opens_at + MIN_ANNOUNCED_PAUSE_S / 2
            self._opens_at = max(self._opens_at, opens_at)
        return is_news

    def wait(self) -> None:
        """Wait until calls may be made."""
        while (seconds := self._opens_at - self._patience.clock()) > 0:
            self._patience.sleep(seconds)


@dataclass(frozen=True)
class ModelServer:
    """A server to ask: its title in error lines, its limits, and who hears of waits."""

    title: str
    timeout_s: float
    patience: Patience
    gate: Gate
    say: Say


def persist(
    attempt: Callable[[float], Answer | Fault],
    server: ModelServer,
) -> Answer:
    """The answer of the first try that succeeds; LLMError when none can be expected.

    attempt: makes one try, which must end within so many seconds.
    """
    patience, gate = server.patience, server.gate
    faults: Counter[int] = Counter()  # by Fault.tries, which tells the kinds apart
    tried_s, paused_s, stalled, answers = 0.0, 0.0, 0, gate.answers
    while True:
        gate.wait()
        room_s = max(0.0, min(server.timeout_s, TIMEOUTS * server.timeout_s - tried_s))
        start = patience.clock()
        answer = _within(room_s, attempt)
        if not isinstance(answer, Fault):
            gate.answers += 1
            return answer
        fault = answer
        tried_s += patience.clock() - start
        if fault.is_learnt:
            continue
        if fault.shared and gate.answers > answers:  # crowded, but it answers others
            paused_s, stalled, answers = 0.0, 0, gate.answers
        stalled += 1
        faults[fault.tries] += 1
        is_last = (
            faults[fault.tries] >= fault.tries
            or tried_s >= TIMEOUTS * server.timeout_s
            or (stalled > len(patience.pauses_s) and fault.wait_s is None)
        )
        pause_s = 0.0 if is_last else patience.pause_s(faults.total(), fault.wait_s)
        paused_s += pause_s
        text = fault.text or _timed_out(server.timeout_s, faults[fault.tries])
        if is_last or paused_s > patience.longest_s:
            raise _error(f"{server.title}: {text}", fault)
        is_news = gate.close(pause_s) if fault.shared else True
        if is_news and pause_s >= MIN_ANNOUNCED_PAUSE_S:
            server.say(f"asking again in {pause_s:.0f} s: {server.title}: {text}")
        if not fault.shared:
            patience.sleep(pause_s)


def _error(line: str, fault: Fault) -> LLMError:
    if fault.wait_s is not None:
        line += f" (it asks to wait {fault.wait_s:.0f} s)"
    return ClosedError(line) if fault.is_closed else LLMError(line)


def _timed_out(timeout_s: float, tries: int) -> str:
    times = "1 try" if tries == 1 else f"{tries} tries"
    return (
        f"expected an answer within {timeout_s:g} s, none came ({times}); "
        f"{SLOW_SERVER_ADVICE}"
    )


def _within(
    seconds: float, attempt: Callable[[float], Answer | Fault]
) -> Answer | Fault:
    """The result of an attempt; TIMED_OUT if it takes longer, and it is given up."""
    results: SimpleQueue[Answer | Fault | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            results.put(attempt(seconds))
        except BaseException as error:  # raised again in the thread that waits
            results.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        return TIMED_OUT
    if isinstance(result, BaseException):
        raise result
    return result
