"""Reads replies and sources through a confined process; the host parses nothing itself.

The process (see sandbox.reading) finds, parses, compiles and checks the code, for a
page of text can cost Python's compiler gigabytes. The host sends the text, waits a
limited time, and checks every value of the answer. Any failure becomes one NoReward.

Not covered: by a flaw of Python's parser an author may take over that process and give
false answers about the same reply, for example that a reward has no problems. The
reward still runs in its own process, and a run reads each reply in a fresh process.
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

# A usual reply takes some milliseconds (call_s), and Python itself takes 20 MB.
READER_LIMITS = Limits(call_s=2.5, cpu_s=3600, memory_mb=256)
_MAX_ANSWER_BYTES = 1 << 20
_MAX_REASON_CHARACTERS = 600
_CHUNK_BYTES = 1 << 16
_SHAPE = re.compile(r"[0-9a-f]{64}|")
_RUN_LINE = re.compile(r"\bline (\d{1,6})(?=, in )")


@dataclass(frozen=True)
class Reading:
    """The reward of a reply; it may be trained on if there are no problems.

    problems: sentences for the author, with line numbers of the author's block. shape:
    hash of the code without comments, spacing and docstrings; thought: first line of
    the docstring; both '' where there are problems. numbers: for each line of source,
    its line number in the author's block.
    """

    source: str
    problems: tuple[str, ...]
    shape: str
    thought: str
    numbers: tuple[int, ...]

    def in_authors_lines(self, message: str) -> str:
        """A fault's message with line numbers of the author's block."""
        return _RUN_LINE.sub(
            lambda match: f"line {self._number(int(match[1]))}", message
        )

    def _number(self, line: int) -> int:
        return self.numbers[line - 1] if 0 < line <= len(self.numbers) else line


@dataclass(frozen=True)
class NoReward:
    """The text holds no reward; reason: a sentence for its author."""

    reason: str


class UnreadError(Exception):
    """The process gave no valid answer; the message is in words for the author."""


class DiedError(UnreadError):
    """The process ended before it answered: by the text, or killed from outside."""


def read_reply(
    reply: str, widths: Mapping[str, int], walls: Walls | None = None
) -> Reading | NoReward:
    """The reward in a model's reply.

    widths: field to 0 for (n,), k for (n, k). walls: as for RewardProcess. SandboxError
    where this machine can't start the process.
    """
    with Reader(walls) as reader:
        return reader.read(reply, widths)


def read_source(
    source: str, widths: Mapping[str, int], walls: Walls | None = None
) -> Reading | NoReward:
    """As ``read_reply``, for the source of a module: a person's or a stored file."""
    with Reader(walls) as reader:
        return reader.read(source, widths, is_reply=False)


class Reader:
    """A process that reads one text after another, and is restarted after a fault.

    A text at which it dies is read once more: one that kills it does so again. The
    kernel ends the process with the thread that opened it. One caller at a time.
    """

    def __init__(
        self, walls: Walls | None = None, limits: Limits = READER_LIMITS
    ) -> None:
        self.walls = choose("auto") if walls is None else walls
        self.limits = limits
        self._stack = ExitStack()
        self._child: Confined | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; the next text starts another."""
        self._stack.close()
        self._child = None

    def read(
        self, text: str, widths: Mapping[str, int], is_reply: bool = True
    ) -> Reading | NoReward:
        """The reward of a reply or source; SandboxError where no process can start."""
        if len(text) > MAX_REPLY_CHARACTERS:
            kind = "reply" if is_reply else "source"
            limit = f"{MAX_REPLY_CHARACTERS:,} characters"
            return NoReward(f"the {kind} is longer than {limit}; send the reward alone")
        request = {"text": clean(text), "widths": dict(widths), "is_reply": is_reply}
        return self._answer(json.dumps(request).encode())

    def _answer(self, request: bytes, is_last: bool = False) -> Reading | NoReward:
        try:
            child = self._child or self._start()
            return parse_answer(_exchange(child, request, self.limits))
        except UnreadError as unread:
            self.close()
            if isinstance(unread, DiedError) and not is_last:
                return self._answer(request, is_last=True)
            return NoReward(str(unread))

    def _start(self, is_last: bool = False) -> Confined:
        child = start_reader(self._stack, self.limits, self.walls)
        try:
            _exchange(child, b"{}", Limits(call_s=self.limits.start_s))
        except UnreadError as unread:
            words = last_words(child)
            self.close()
            if isinstance(unread, DiedError) and not is_last:
                return self._start(is_last=True)
            raise SandboxError(
                f"the process that reads replies did not start: {unread} {words}"
            ) from None
        self._child = child
        return child


def _exchange(child: Confined, content: bytes, limits: Limits) -> bytes:
    """Sends one request; gives its answer, UnreadError if late, huge or missing."""
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
                received = os.read(child.replies, size - len(answer))
                if not received:
                    raise BrokenPipeError
                answer += received
        except BlockingIOError:
            continue
        except BrokenPipeError:
            raise DiedError(_reason_of_exit(child, limits)) from None
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
    words = fault.message.rpartition("\n")[2]  # the last line of a traceback
    return f"the code can't be read: {one_line(words, _MAX_REASON_CHARACTERS)}"


def _broken(violation: str) -> UnreadError:
    return UnreadError(
        f"the code can't be read: its reader broke the protocol ({violation})"
    )


def parse_answer(content: bytes) -> Reading | NoReward:
    """The reading process's answer, with type and size of every value checked.

    UnreadError where it is not what sandbox.reading sends.
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
            "problems": list(raw_problems),
            "shape": str(shape),
            "thought": str(thought),
            "numbers": list(numbers),
            **rest,
        } if not rest and _SHAPE.fullmatch(shape) and _are_numbers(numbers):
            # Too long a source is refused, for a shortened one would be another reward.
            if len(source) > MAX_REPLY_CHARACTERS or clean(source) != source:
                raise _broken("the source")
            messages = [one_line(str(p), MAX_PROBLEM_CHARACTERS) for p in raw_problems]
            thought = one_line(thought, MAX_THOUGHT_CHARACTERS)
            problems = tuple(messages[:MAX_PROBLEMS])
            return Reading(source, problems, shape, thought, tuple(numbers))
    raise _broken("the answer")


def _are_numbers(values: list[Any]) -> bool:
    max_number = 2 * MAX_REPLY_CHARACTERS
    return all(type(value) is int and 0 < value <= max_number for value in values)
