"""A page's server: in a process of its own, which a test may kill, or in a thread.

python serving.py RUN PORT TOKEN; ends when RUN/stop is there.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from designer.votes.questions import load_asking
from designer.web.page import Page
from designer.web.serve import serve_pages

GOAL = "Hop forward as fast as possible <b>without</b> falling over."
TOKEN = "open-sesame"


def page_of(run: Path, token: str = TOKEN) -> Page:
    """Shows what RUN/asking.json asks; RUN/finished says that no more will come."""
    return Page(
        run,
        GOAL,
        rater="ada",
        token=token,
        asking=lambda: load_asking(run),
        finished=(run / "finished").exists,
    )


def require_server() -> None:
    """Skip the test where the page's libraries are missing."""
    for library in ("starlette", "uvicorn"):
        pytest.importorskip(library, reason=f"the page needs {library} (extra people)")


@contextmanager
def served(run: Path) -> Iterator[str]:
    """A page in a thread; gives its address."""
    said: Queue[str] = Queue()
    over = threading.Event()
    arguments = (page_of(run), 0, said.put, over.is_set)
    thread = threading.Thread(target=serve_pages, args=arguments, daemon=True)
    thread.start()
    try:
        yield said.get(timeout=20).split()[1]
    finally:
        over.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def main(run: Path, port: int, token: str) -> None:
    """Serve in this process."""
    serve_pages(
        page_of(run, token), port, partial(print, flush=True), (run / "stop").exists
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
