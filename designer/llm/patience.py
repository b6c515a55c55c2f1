"""Asks again what may pass: a busy server, a broken connection, one time-out.

A call ends after TIMEOUTS * timeout_s at the latest, however the server behaves: one
that sends drop by drop is given up too.
Not covered: an answer that was given up is still received, and must fit into memory.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import TypeVar

from designer.errors import LLMError
from designer.llm.answers import short

Answer = TypeVar("Answer")
# Parameters that some models refuse; one that is refused is never sent again.
OPTIONAL = {"temperature": 1.0}
TIMEOUTS = 2  # one time-out may be bad luck, two are a server that hangs
FIRST_WAIT_S, LONGEST_PAUSE_S = 0.5, 8.0
LONGEST_WAIT_S = 120.0  # a server that asks for more has no room today
PASSING = {408, 409, 425, 429}
ADVICE = {
    400: "check what this model accepts, or take another one",
    401: "set {key} to a key that is valid there",
    403: "set {key} to a key that may use this model",
    404: "check the model's name and the address (most end in /v1)",
    429: "wait, ask for fewer candidates at a time, or look at the account's quota",
}
SLOW = "it may be overloaded or too slow: look at the server, or take a smaller model"


@dataclass(frozen=True)
class Fault:
    """Why one try brought no answer.

    said: for the user, without who was asked. passes: whether asking again may help.
    wait_s: what the server asks to wait. names: its words, which may name a parameter
    that it refuses.
    """

    said: str
    passes: bool = False
    wait_s: float | None = None
    names: str = ""
    timed_out: bool = False


TIMED_OUT = Fault("", passes=True, timed_out=True)
Attempt = Callable[[dict[str, float], float], Answer | Fault]
"""One try with these optional parameters, to end within so many seconds."""


def persist(
    attempt: Attempt[Answer],
    who: str,
    timeout_s: float,
    max_retries: int,
    refused: set[str],
) -> Answer:
    """What an attempt gives in the end; LLMError when it is no use to go on.

    refused: parameters that the server doesn't take; grows.
    """
    deadline = time.monotonic() + TIMEOUTS * timeout_s
    failures = 0
    while True:
        sent = {k: v for k, v in OPTIONAL.items() if k not in refused}
        room_s = max(0.0, min(timeout_s, deadline - time.monotonic()))
        found = _within(room_s, attempt, sent)
        if not isinstance(found, Fault):
            return found
        if blamed := {name for name in sent if name in found.names}:
            refused |= blamed
            continue
        failures += 1
        pause_s = min(FIRST_WAIT_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
        wait_s = pause_s if found.wait_s is None else found.wait_s
        late = time.monotonic() + wait_s >= deadline or wait_s > LONGEST_WAIT_S
        if failures > max_retries or late or not found.passes:
            raise LLMError(f"{who}: {_said(found, timeout_s, failures)}")
        time.sleep(wait_s)


def status_fault(
    status: int, body: object, headers: Mapping[str, str], key: str
) -> Fault:
    """The fault that an HTTP status is. key: the variable that holds the API key."""
    advice = ADVICE.get(status, "look at the server's log, or try again later")
    said = f"expected an answer, got HTTP {status}: {short(body)}"
    should = headers.get("x-should-retry")
    return Fault(
        said=f"{said}; {advice.format(key=key)}",
        passes=should == "true"
        or (should != "false" and (status in PASSING or status >= 500)),
        wait_s=_wait_s(headers.get("retry-after", "")),
        names=str(body) if status in (400, 422) else "",
    )


def _said(fault: Fault, timeout_s: float, tries: int) -> str:
    if fault.timed_out:
        times = "1 try" if tries == 1 else f"{tries} tries"
        said = f"expected an answer within {timeout_s:g} s, none came ({times}); {SLOW}"
    else:
        said = fault.said
    if fault.wait_s is not None and fault.wait_s > LONGEST_WAIT_S:
        said += f" (it asks to wait {fault.wait_s:.0f} s)"
    return said


def _wait_s(header: str) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date."""
    try:
        wait_s = float(header)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, wait_s) if math.isfinite(wait_s) else None


def _within(
    seconds: float, attempt: Attempt[Answer], sent: dict[str, float]
) -> Answer | Fault:
    """What an attempt gives; TIMED_OUT, and the attempt left to itself, if too late."""
    found: SimpleQueue[Answer | Fault | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            found.put(attempt(sent, seconds))
        except BaseException as error:  # raised again in the thread that waits
            found.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        return TIMED_OUT
    if isinstance(answer, BaseException):
        raise answer
    return answer
