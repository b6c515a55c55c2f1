"""designer ask: votes on a run, while it goes on or afterwards."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from designer.commands.resume import load_run
from designer.config import Consent, RunConfig
from designer.errors import ConfigError
from designer.raters.terminal import type_votes
from designer.report.people import ranking
from designer.run.candidates import Assessed
from designer.run.folder import RunStore
from designer.search.films import film_all
from designer.search.session import login
from designer.search.snapshot import read_snapshot
from designer.terminal.stdin import read_line
from designer.votes.preferences import read_votes
from designer.votes.questions import Asking, answered, load_asking
from designer.web.page import Page, new_token, page_state
from designer.web.serve import serve
from envs.task import Task

Say = Callable[[str], None]
DAY_S = 86_400.0
LINGER_S = 60.0
PAUSE_S = 1.0


def ask_people(
    path: Path, rater: str, port: int, terminal: bool, say: Say, consent: Consent
) -> None:
    """Ask what the run asks; where none goes on, compare all that it has trained."""
    store = RunStore(path)
    path = store.path
    task, manifest = load_run(path, consent)
    config = manifest.config
    rater = rater or login()
    goes_on = store.is_held() or load_asking(path) is not None
    afterwards = None if goes_on else _afterwards(store, task, config, say)

    def asking() -> Asking | None:
        return afterwards or load_asking(path)

    def finished() -> bool:
        is_over = (path / "result.json").exists() and not store.is_held()
        return afterwards is not None or is_over

    if terminal:
        _type(path, rater, asking, finished, say)
    else:
        page = Page(path, task.goal, rater, new_token(), asking, finished)
        serve(page, port, say, _Quiet(page))
    seen = read_snapshot(store, config, config.steps or task.train.steps)
    lines = ranking(path, seen.candidates)
    for line in lines:
        say(line)
    if lines and afterwards and config.judge != "metric":
        say(f"the run chooses by these votes when it goes on: designer resume {path}")


class _Quiet:
    """True once nothing was left to be asked for a while; the last page can be read."""

    def __init__(self, page: Page) -> None:
        self._page, self._since = page, time.monotonic()

    def __call__(self) -> bool:
        now = page_state(self._page)
        if now.question or not now.finished:
            self._since = time.monotonic()
        return time.monotonic() - self._since > LINGER_S


def _afterwards(store: RunStore, task: Task, config: RunConfig, say: Say) -> Asking:
    """Questions about all that was trained, as many more as after a generation."""
    seen = read_snapshot(store, config, config.steps or task.train.steps)
    pool = [c.name for c in seen.candidates if isinstance(c.outcome, Assessed)]
    finals = sorted(store.path.glob("final/*/s0/policy.npz"))
    pool += [str(path.parent.parent.relative_to(store.path)) for path in finals]
    if len(pool) < 2:
        raise ConfigError(f"{store.path} has no two policies to compare yet")
    filmed = film_all(store.path, task, config, say, pool)
    if len(filmed) < 2:
        raise ConfigError(f"{store.path} has no two policies with clips to compare")
    generation, until = config.generations + 1, time.time() + DAY_S
    asking = Asking(generation, filmed, 0, config.clips, until, config.seed)
    done = answered(asking, read_votes(store.path))
    return replace(asking, questions=done + config.questions)


def _type(
    path: Path,
    rater: str,
    asking: Callable[[], Asking | None],
    finished: Callable[[], bool],
    say: Say,
) -> None:
    def ask(question: str, seconds: float, is_over: Callable[[], bool]) -> str | None:
        say(question)
        return read_line(seconds, is_over)

    while True:
        now = asking()
        if now is not None and not type_votes(path, rater, now, ask):
            return
        if finished():
            return
        time.sleep(PAUSE_S)
