"""One pool for many searches: they are opened as it has room, and end one by one."""

import time
from collections.abc import Callable, Iterable

from designer.errors import DesignerError
from designer.search.loop import Search
from designer.training.job import BrokenJobError
from designer.training.pool import Finished, Pool
from envs.yamlfile import TaskError
from sandbox import SandboxError

LOOP_PAUSE_S = 0.1  # Between two looks for finished work.
# What the user can put right; anything else is a fault of ours and ends all.
FAULTS = (DesignerError, TaskError, SandboxError, OSError)

Ended = Callable[[Search, Exception | None], None]
"""Called with each search that is over, and the error that ended it, if one did."""


def raise_error(_: Search, error: Exception | None) -> None:
    """The end of a lone search: its error is the command's."""
    if error is not None:
        raise error


def run_all(
    searches: Iterable[Search],
    pool: Pool,
    ended: Ended = raise_error,
    open_at_once: int = 1,
) -> None:
    """Do all work in the plans of the searches, until nothing is left.

    The next search is taken from the iterable when the pool has a free place that no
    open search has work for, and fewer than open_at_once are open. Earlier ones have
    their work begun first. What breaks one search, or one of its jobs, ends that one
    alone; what breaks the pool is raised.
    """
    waiting, open_searches = iter(searches), list[Search]()
    while True:
        for search in tuple(open_searches):
            if not _goes_on(search, pool, ended):
                open_searches.remove(search)
        if not open_searches or (pool.free and len(open_searches) < open_at_once):
            following = next(waiting, None)
            if following is not None:
                open_searches.append(following)
                continue
            if not open_searches:
                return
        # An idle pool does not wait, and then only authors are at work.
        if not any(search.is_training for search in open_searches):
            time.sleep(LOOP_PAUSE_S)
        _take_events(open_searches, pool, ended)


def _goes_on(search: Search, pool: Pool, ended: Ended) -> bool:
    """Begin the work that a search can begin now; False where it is over."""
    try:
        search.take_proposals()
        if not search.is_over:
            search.begin(pool)
            return True
    except FAULTS as error:
        search.cancel(pool)
        ended(search, error)
    else:
        ended(search, None)
    return False


def _take_events(open_searches: list[Search], pool: Pool, ended: Ended) -> None:
    """Have the searches take what the pool tells, and end those that break."""

    def stop(search: Search, error: Exception) -> None:
        search.cancel(pool)
        open_searches.remove(search)
        ended(search, error)

    try:
        events = pool.wait(LOOP_PAUSE_S)
    except BrokenJobError as error:
        end = Finished(error.job)
        owners = [search for search in open_searches if search.owns(end)]
        if not owners:
            raise
        for search in owners:
            stop(search, error)
        return
    for event in events:
        for search in [search for search in open_searches if search.owns(event)]:
            try:
                search.take(event)
            except FAULTS as error:
                stop(search, error)
