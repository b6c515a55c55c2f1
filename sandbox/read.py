"""Reading a reply or a source on the trusted side, which parses nothing itself.

Finding the code, parsing, compiling and checking it happen in a confined process (see
sandbox.reading), for a page of text can cost Python's compiler gigabytes. The host
sends text, waits for a moment, and looks at every value that comes back. Whatever goes
wrong there is one NoReward.

Not covered: a flaw of Python's parser may hand that process to an author, who can then
say untrue things about this one reply: that a reward has no problems, another thought.
The reward still runs in its own process. So production reads each reply in a fresh one.
"""

import json
import math
import os
import re
import select
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sandbox.check import MAX_PROBLEMS
from sandbox.choose import choose
from sandbox.faults import Limits, SandboxError
from sandbox.launch import Confined, exit_fault, last_words, start_reader
from sandbox.reading import (
    LENGTH,
    MAX_PROBLEM_CHARACTERS,
    MAX_THOUGHT_CHARACTERS,
    TOO_DEEP,
)
from sandbox.text import MAX_REPLY_CHARACTERS, clean, one_line
from sandbox.walls import Walls

# call_s: of one reply; a usual one takes some milliseconds. Python itself takes 20 MB.
LIMITS = Limits(call_s=2.5, cpu_s=3600, memory_mb=256)
_MAX_ANSWER_BYTES = 1 << 20
_MAX_REASON_CHARACTERS = 600
_CHUNK_BYTES = 1 << 16
_SHAPE = re.compile(r"[0-9a-f]{64}|")
_RUN_LINE = re.compile(r"\bline (\d{1,6})(?=, in )")


@dataclass(frozen=True)
class Reading:
    """What a reply holds; source may be trained on if there are no problems.

    problems: sentences for the author, in the author's own lines. shape: hash of what
    the reward is apart from comments, spacing and docstrings, thought: its docstring's
    first line; both '' where there are problems. numbers: of the source's lines, each
    in the author's own block.
    """

    source: str
    problems: tuple[str, ...]
    shape: str
    thought: str
    numbers: tuple[int, ...]

    def in_authors_lines(self, told: str) -> str:
        """Words of a fault with the lines of the author's block, not the source's."""
        return _RUN_LINE.sub(lambda match: f"line {self._number(int(match[1]))}", told)

    def _number(self, line: int) -> int:
        return self.numbers[line - 1] if 0 < line <= len(self.numbers) else line


@dataclass(frozen=True)
class NoReward:
    """Why a text can't be read as a reward, in a sentence for its author."""

    reason: str


class UnreadError(Exception):
    """The process did not answer as it should; says why in words for the author."""


def read(
    reply: str, widths: Mapping[str, int], walls: Walls | None = None
) -> Reading | NoReward:
    """The reward in a model's reply; walls as for RewardProcess.

    widths: the fields that a reward may read, as for check. SandboxError when this
    machine can't start the process.
    """
    with Reader(walls) as reader:
        return reader.read(reply, widths)


def read_source(
    source: str, widths: Mapping[str, int], walls: Walls | None = None
) -> Reading | NoReward:
    """A whole module that defines the reward: a person's file, or one stored before."""
    with Reader(walls) as reader:
        return reader.read(source, widths, is_reply=False)


class Reader:
    """A process that reads one text after another; started anew after a fault.

    The kernel ends the process with the thread that opened it. One caller at a time.
    """

    def __init__(self, walls: Walls | None = None, limits: Limits = LIMITS) -> None:
        self.walls = choose("auto") if walls is None else walls
        self.limits = limits
        self._stack = ExitStack()
        self._child: Confined | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; a later text starts another."""
        self._stack.close()
        self._child = None

    def read(
        self, text: str, widths: Mapping[str, int], is_reply: bool = True
    ) -> Reading | NoReward:
        """What a reply holds, or a source; SandboxError if no process can start."""
        if len(text) > MAX_REPLY_CHARACTERS:
            what = "reply" if is_reply else "source"
            most = f"{MAX_REPLY_CHARACTERS:,} characters"
            return NoReward(f"the {what} is longer than {most}; send the reward alone")
        asked = {"text": clean(text), "widths": dict(widths), "is_reply": is_reply}
        try:
            child = self._child or self._start()
            answer = _exchange(child, json.dumps(asked).encode(), self.limits)
            return checked(answer)
        except UnreadError as unread:
            self.close()
            return NoReward(str(unread))

    def _start(self) -> Confined:
        child = start_reader(self._stack, self.limits, self.walls)
        try:
            _exchange(child, b"{}", Limits(call_s=self.limits.start_s))
        except UnreadError as unread:
            words = last_words(child)
            self.close()
            raise SandboxError(
                f"the process that reads replies did not start: {unread} {words}"
            ) from None
        self._child = child
        return child


def _exchange(child: Confined, content: bytes, limits: Limits) -> bytes:
    """One request and its answer; UnreadError when that is late, huge or missing."""
    deadline = time.monotonic() + limits.call_s
    request = memoryview(LENGTH.pack(len(content)) + content)
    answer, size = bytearray(), LENGTH.size
    poll = select.poll()
    poll.register(child.replies, select.POLLIN)
    poll.register(child.requests, select.POLLOUT)
    while len(answer) < size:
        left = deadline - time.monotonic()
        ready = dict(poll.poll(math.ceil(1000 * left))) if left > 0 else {}
        if not ready:
            raise UnreadError(
                f"reading the code took longer than {limits.call_s:g} s: use fewer "
                "nested blocks and shorter expressions"
            )
        try:
            if child.requests in ready:
                request = request[os.write(child.requests, request[:_CHUNK_BYTES]) :]
                if not request:
                    poll.unregister(child.requests)
            if child.replies in ready:
                part = os.read(child.replies, size - len(answer))
                if not part:
                    raise BrokenPipeError
                answer += part
        except BlockingIOError:
            continue
        except BrokenPipeError:
            raise UnreadError(_reason_of_exit(child, limits)) from None
        if len(answer) == size == LENGTH.size:
            size += _length(answer)
    return bytes(answer[LENGTH.size :])


def _length(header: bytearray) -> int:
    length = int(LENGTH.unpack(header)[0])
    if not 0 < length <= _MAX_ANSWER_BYTES:
        raise _broken(f"{length} bytes")
    return length


def _reason_of_exit(child: Confined, limits: Limits) -> str:
    fault = exit_fault(child, limits)
    if fault.kind == "memory":
        return TOO_DEEP
    words = fault.message.rpartition("\n")[2]  # of a traceback, what went wrong
    return f"the code can't be read: {one_line(words, _MAX_REASON_CHARACTERS)}"


def _broken(what: str) -> UnreadError:
    return UnreadError(
        f"the code can't be read: its reader broke the protocol ({what})"
    )


def checked(content: bytes) -> Reading | NoReward:
    """The answer, after a look at the type and the bounds of every value.

    UnreadError when it is anything else than reading sends.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise _broken("no JSON") from None
    match answer:
        case {"reason": str(reason), **rest} if not rest:
            return NoReward(one_line(reason, _MAX_REASON_CHARACTERS))
        case {
            "source": str(source),
            "problems": list(problems),
            "shape": str(shape),
            "thought": str(thought),
            "numbers": list(numbers),
            **rest,
        } if not rest and _SHAPE.fullmatch(shape) and _are_numbers(numbers):
            # Not cut: a reward of which a part is missing would be another reward.
            if len(source) > MAX_REPLY_CHARACTERS or clean(source) != source:
                raise _broken("the source")
            told = [one_line(str(p), MAX_PROBLEM_CHARACTERS) for p in problems]
            thought = one_line(thought, MAX_THOUGHT_CHARACTERS)
            kept = tuple(told[:MAX_PROBLEMS]), shape, thought, tuple(numbers)
            return Reading(source, *kept)
    raise _broken("the answer")


def _are_numbers(values: list[Any]) -> bool:
    most = 2 * MAX_REPLY_CHARACTERS
    return all(type(value) is int and 0 < value <= most for value in values)
