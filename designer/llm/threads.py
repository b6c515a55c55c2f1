"""Calls side by side: one function over many items, results as they come."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
# So short that Ctrl-C comes through where waiting for a queue can't be interrupted.
WAIT_S = 0.2


def in_threads(
    call: Callable[[Item], Result],
    items: Sequence[Item],
    threads: int,
    ends_all: Callable[[BaseException], bool],
) -> Iterator[tuple[Item, Result | BaseException]]:
    """Item and result of every call in the order in which they end.

    What a call raises is its result; after an exception for which ends_all is true no
    further call is begun. The threads are daemons: after Ctrl-C nobody waits for them.
    """
    waiting = deque(items)
    results: SimpleQueue[tuple[Item, Result | BaseException] | None] = SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                item = waiting.popleft()
            except IndexError:
                break
            try:
                result: Result | BaseException = call(item)
            except BaseException as error:  # raised again by who asked for the calls
                result = error
                if ends_all(error):
                    stop.set()
            results.put((item, result))
        results.put(None)

    running = min(threads, len(items))
    try:
        for _ in range(running):
            threading.Thread(target=work, daemon=True).start()
        while running:
            try:
                pair = results.get(timeout=WAIT_S)
            except Empty:
                continue
            if pair is None:
                running -= 1
            else:
                yield pair
    finally:
        stop.set()
