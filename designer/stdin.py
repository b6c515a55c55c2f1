"""What a person types, line by line, without waiting for ever."""

import os
import select
import sys
import time

_rest = b""  # of what came with the last line


def read_line(seconds: float) -> str | None:
    """The next line without its end; None when the time is up or nobody is there."""
    global _rest
    until = time.monotonic() + seconds
    stream = sys.stdin.fileno()
    while b"\n" not in _rest:
        ready, _, _ = select.select(
            [stream], [], [], max(0.0, until - time.monotonic())
        )
        data = os.read(stream, 65536) if ready else b""
        if not data:  # late, or the end of the input
            line, _rest = _rest if ready else b"", b"" if ready else _rest
            return line.decode(errors="replace").strip() if line else None
        _rest += data
    line, _, _rest = _rest.partition(b"\n")
    return line.decode(errors="replace").strip()
