"""designer ask: people vote on a run's policies, while it goes on or afterwards."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from designer.commands.resume import load_run
from designer.config import RunConfig
from designer.errors import ConfigError
from designer.llm import Say
from designer.options import Consent
from designer.raters.terminal import type_votes
from designer.report.people import ranking
from designer.run.candidates import Assessed
from designer.run.folder import RunStore
from designer.search.films import film_all
from designer.search.reading import open_questions, read_snapshot
from designer.terminal.stdin import read_line
from designer.votes.preferences import login, read_votes
from designer.votes.questions import Asking, answered
from designer.web.page import Page, new_token, page_state
from designer.web.serve import serve_pages
from envs.task import Task

LATE_DEADLINE_S = 10 * 86_400.0  # So late that the page doesn't mention it.
LAST_PAGE_S = 60.0
QUESTION_POLL_S = 1.0


def ask_people(
    path: Path, rater: str, port: int, terminal: bool, say: Say, consent: Consent
) -> list[str]:
    """Ask people the run's questions; once it has stopped, compare all its policies.

    Gives the ranking by all votes, one line a policy.
    """
    store = RunStore(path)
    path = store.path
    task, manifest = load_run(path, consent, trains=False)
    config = manifest.config
    rater = rater or login()
    late_asking = None
    if not store.is_held():
        late_asking = _ask_about_all(store, task, config, rater, say)

    def asking() -> Asking | None:
        return late_asking or open_questions(store)

    def finished() -> bool:
        return late_asking is not None or not store.is_held()

    if terminal:
        _ask_on_terminal(path, rater, asking, finished, say)
    else:
        page = Page(path, task.goal, rater, new_token(), asking, finished)
        serve_pages(page, port, say, _NothingLeft(page))
    snapshot = read_snapshot(store, config, task.train.steps)
    lines = ranking(path, snapshot.candidates)
    for line in lines:
        say(line)
    if lines and late_asking and config.judge != "metric":
        say(f"the run chooses by these votes when it goes on: designer resume {path}")
    return list(lines)


class _NothingLeft:
    """True once no question was open for a minute: the last page can be read."""

    def __init__(self, page: Page) -> None:
        self._page, self._since = page, time.monotonic()

    def __call__(self) -> bool:
        state = page_state(self._page)
        if state.question or not state.finished:
            self._since = time.monotonic()
        return time.monotonic() - self._since > LAST_PAGE_S


def _ask_about_all(
    store: RunStore, task: Task, config: RunConfig, rater: str, say: Say
) -> Asking:
    """Further questions to one person about all trained policies.

    They are as many as after a generation, whatever others have answered.
    """
    snapshot = read_snapshot(store, config, task.train.steps)
    names = [c.name for c in snapshot.candidates if isinstance(c.outcome, Assessed)]
    finals = sorted(store.path.glob("final/*/s0/policy.npz"))
    names += [str(path.parent.parent.relative_to(store.path)) for path in finals]
    if len(names) < 2:
        raise ConfigError(f"{store.path} has no two policies to compare yet")
    filmed = film_all(store.path, task, config, say, names)
    if len(filmed) < 2:
        raise ConfigError(f"{store.path} has no two policies with clips to compare")
    generation, until = config.generations + 1, time.time() + LATE_DEADLINE_S
    asking = Asking(
        generation, filmed, 0, config.clips, until, config.seed, rater=rater
    )
    votes_so_far = answered(asking, read_votes(store.path))
    return replace(asking, questions=votes_so_far + config.questions)


def _ask_on_terminal(
    path: Path,
    rater: str,
    asking: Callable[[], Asking | None],
    finished: Callable[[], bool],
    say: Say,
) -> None:
    """Ask on the terminal until the run is over or nobody answers any more."""

    def ask(question: str, seconds: float, is_over: Callable[[], bool]) -> str | None:
        say(question)
        return read_line(seconds, is_over)

    while True:
        current = asking()
        if current is not None and not type_votes(path, rater, current, ask):
            return
        if finished():
            return
        time.sleep(QUESTION_POLL_S)
