"""Reads lines that a person types, for a limited time."""

import os
import select
import sys
import time
from collections.abc import Callable

INPUT_POLL_S = 0.5
_unread = b""  # input that came after the last line


def read_line(seconds: float, is_over: Callable[[], bool]) -> str | None:
    """The next line without its end; None where the time or the input ends first.

    is_over: called now and then; where it is true, None is returned.
    """
    global _unread
    deadline, stream = time.monotonic() + seconds, sys.stdin.fileno()
    while b"\n" not in _unread:
        ready, _, _ = select.select([stream], [], [], INPUT_POLL_S)
        if ready:
            data = os.read(stream, 65536)
            if not data:  # the end of the input ends the last line too
                line, _unread = _unread, b""
                return line.decode(errors="replace").strip() or None
            _unread += data
        elif time.monotonic() > deadline or is_over():
            return None
    line, _, _unread = _unread.partition(b"\n")
    return line.decode(errors="replace").strip()
