"""What the user's code prints: kept in a training's log, and off the screen.

Not covered: threads of the user's own, and what C code prints.
"""

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TextIO

in_user_code: ContextVar[bool] = ContextVar("in_user_code", default=False)
"""Whether this thread is inside a call of the user's code."""


class _WithoutUserCode:
    """A stream that drops what the user's code writes.

    It could not be taken away for that time: other threads write meanwhile.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if in_user_code.get() else self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def prints_dropped() -> Iterator[None]:
    """Keep off the screen, meanwhile, what the user's code prints."""
    stdout, stderr = sys.stdout, sys.stderr
    streams: Any = _WithoutUserCode(stdout), _WithoutUserCode(stderr)
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
