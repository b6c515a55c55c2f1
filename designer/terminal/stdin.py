"""What a person types, line by line, without waiting for ever."""

import os
import select
import sys
import time
from collections.abc import Callable

LOOK_S = 0.5
_rest = b""  # of what came with the last line


def read_line(seconds: float, is_over: Callable[[], bool]) -> str | None:
    """The next line without its end; None when nobody is there, in time, or it is over.

    is_over: asked now and then whether a line is still wanted.
    """
    global _rest
    until, stream = time.monotonic() + seconds, sys.stdin.fileno()
    while b"\n" not in _rest:
        ready, _, _ = select.select([stream], [], [], LOOK_S)
        if ready:
            data = os.read(stream, 65536)
            if not data:  # the end of the input ends a last line too
                line, _rest = _rest, b""
                return line.decode(errors="replace").strip() or None
            _rest += data
        elif time.monotonic() > until or is_over():
            return None
    line, _, _rest = _rest.partition(b"\n")
    return line.decode(errors="replace").strip()
