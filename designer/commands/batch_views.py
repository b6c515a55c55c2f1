"""What the finished runs of a batch leave to look at, made while others are trained."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from designer.commands.opening import FinishedRun, OpenRun
from designer.commands.views import write_views
from designer.report.page import PAGE_FILE
from designer.run.files import read_json
from designer.search.schedule import FAULTS


def is_complete(path: Path) -> bool:
    """Whether a run folder has the result of all its rewards, and the page on it."""
    result, page = read_json(path / "result.json"), path / PAGE_FILE
    if result is None or result.get("unanswered") or not page.exists():
        return False
    return page.stat().st_mtime_ns >= (path / "result.json").stat().st_mtime_ns


class Views:
    """Makes clips and pages of finished runs in a thread of its own, run by run.

    A film takes seconds, in which the main loop would leave places of the pool empty.
    stop: called with the name of a run whose views can't be made, and the reason.
    """

    def __init__(self, stop: Callable[[str, Exception], None]) -> None:
        self._stop = stop
        self._error: Exception | None = None
        self._waiting: SimpleQueue[tuple[OpenRun, FinishedRun, ExitStack] | None] = (
            SimpleQueue()
        )
        # As a daemon, it does not keep Ctrl-C waiting for a film.
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def make(self, opened: OpenRun, finished: FinishedRun, stack: ExitStack) -> None:
        """Have the views of a run made; stack: holds its lock, and is closed then."""
        self._waiting.put((opened, finished, stack))

    def wait(self) -> None:
        """Until all are made; raises what broke of our machinery."""
        self._waiting.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            while (entry := self._waiting.get()) is not None:
                opened, finished, stack = entry
                with stack:
                    try:
                        write_views(
                            opened.run,
                            finished.summary,
                            finished.winner,
                            finished.notes,
                        )
                    except FAULTS as fault:
                        self._stop(finished.path.name, fault)
        except Exception as error:  # The outermost frame of the thread.
            self._error = error
