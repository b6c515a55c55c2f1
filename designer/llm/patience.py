"""Asks again what may pass: a busy server, a broken connection, one time-out.

However a server behaves, tries take TIMEOUTS * timeout_s and pauses Patience.longest_s
at most; one that sends drop by drop is given up too.
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
SAID_FROM_S = 2.0  # a shorter pause is over before it is read
SLOW = "it may be overloaded or too slow: look at the server, or take a smaller model"


@dataclass(frozen=True)
class Patience:
    """How long a question is asked again.

    pauses_s: after the first, second ... fault, together longer than the window of a
    limit per minute. longest_s: of all pauses of one question, also of those that a
    server asks for. Both begin anew when a crowded server answered another question.
    """

    pauses_s: tuple[float, ...] = (0.5, 1, 2, 4, 8, 16, 30, 30)
    longest_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def pause_s(self, faults: int, wait_s: float | None) -> float:
        """Seconds until the next try, after so many faults.

        wait_s: what the server asked for. It is believed once; when it was not enough,
        the pauses grow as without it.
        """
        own_s = (0.0, *self.pauses_s)[min(faults, len(self.pauses_s))]
        if wait_s is None:
            return own_s
        return wait_s if faults == 1 else max(wait_s, own_s)


PATIENCE = Patience()


class Gate:
    """When a server may be asked again, for all questions to it."""

    def __init__(self, patience: Patience) -> None:
        self._patience, self._lock = patience, threading.Lock()
        self._opens_at = patience.now()
        self.answers = 0

    def close(self, seconds: float) -> bool:
        """Nobody asks for so long; whether that is news."""
        with self._lock:
            opens_at = self._patience.now() + seconds
            is_news = opens_at > self._opens_at + SAID_FROM_S / 2
            self._opens_at = max(self._opens_at, opens_at)
        return is_news

    def wait(self) -> None:
        """Wait until it is open."""
        while (seconds := self._opens_at - self._patience.now()) > 0:
            self._patience.sleep(seconds)


@dataclass(frozen=True)
class Asking:
    """Who is asked, within which limits, and who hears of waits."""

    who: str
    timeout_s: float
    patience: Patience
    gate: Gate
    say: Say


def persist(
    attempt: Callable[[float], Answer | Fault],
    asking: Asking,
) -> Answer:
    """What an attempt gives in the end; LLMError when it is no use to go on.

    attempt: one try, to end within so many seconds.
    """
    patience, gate = asking.patience, asking.gate
    faults: Counter[int] = Counter()  # by how many of their kind are enough
    tried_s, paused_s, stalled, answers = 0.0, 0.0, 0, gate.answers
    while True:
        gate.wait()
        room_s = max(0.0, min(asking.timeout_s, TIMEOUTS * asking.timeout_s - tried_s))
        start = patience.now()
        fault = _within(room_s, attempt)
        if not isinstance(fault, Fault):
            gate.answers += 1
            return fault
        tried_s += patience.now() - start
        if fault.is_learnt:
            continue
        if fault.shared and gate.answers > answers:  # it is crowded and not stuck
            paused_s, stalled, answers = 0.0, 0, gate.answers
        stalled += 1
        faults[fault.tries] += 1
        is_last = (
            faults[fault.tries] >= fault.tries
            or tried_s >= TIMEOUTS * asking.timeout_s
            or (stalled > len(patience.pauses_s) and fault.wait_s is None)
        )
        pause_s = 0.0 if is_last else patience.pause_s(faults.total(), fault.wait_s)
        paused_s += pause_s
        text = fault.text or _timed_out(asking.timeout_s, faults[fault.tries])
        if is_last or paused_s > patience.longest_s:
            raise _error(f"{asking.who}: {text}", fault)
        is_news = gate.close(pause_s) if fault.shared else True
        if is_news and pause_s >= SAID_FROM_S:
            asking.say(f"asking again in {pause_s:.0f} s: {asking.who}: {text}")
        if not fault.shared:
            patience.sleep(pause_s)


def _error(line: str, fault: Fault) -> LLMError:
    if fault.wait_s is not None:
        line += f" (it asks to wait {fault.wait_s:.0f} s)"
    return ClosedError(line) if fault.is_closed else LLMError(line)


def _timed_out(timeout_s: float, tries: int) -> str:
    times = "1 try" if tries == 1 else f"{tries} tries"
    return f"expected an answer within {timeout_s:g} s, none came ({times}); {SLOW}"


def _within(
    seconds: float, attempt: Callable[[float], Answer | Fault]
) -> Answer | Fault:
    """What an attempt gives; TIMED_OUT, and the attempt left to itself, if too late."""
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
