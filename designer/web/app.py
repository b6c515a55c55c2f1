"""The page that people judge clips on: plain forms over what page.py says is asked."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from designer.errors import DesignerError
from designer.votes.ballots import MAX_COMMENT_CHARACTERS, BallotError, Vote
from designer.votes.preferences import add_vote, undo
from designer.web.forms import REJECT, SKIP, UNDO, UNSURE, fill, read_ballot_form
from designer.web.guards import guards, read_form
from designer.web.page import TYPES, Now, Page, clip, key, kinds, look

HERE = Path(__file__).parent
EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
LONG_S = 24 * 3600.0  # of a deadline beyond it nothing is said
HEADINGS = {
    403: "This page is closed to you.",
    404: "Nothing here.",
    405: "Not like this.",
    413: "Too long.",
}
STALE = (
    "This answer was for a question that is closed: it had been answered already, or "
    "the run went on. It was not recorded."
)
TOO_LATE = "There was no such vote to take back any more, so nothing was changed."
_JINJA = Environment(
    loader=FileSystemLoader(HERE),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
)
_JINJA.globals |= {
    "REJECT": REJECT,
    "SKIP": SKIP,
    "UNDO": UNDO,
    "UNSURE": UNSURE,
    "COMMENT": MAX_COMMENT_CHARACTERS,
}


@dataclass(frozen=True)
class Said:
    """What the page says to a form that it got.

    notice: one sentence. words: a comment to give back. filled: fields to fill in.
    """

    status: int
    notice: str = ""
    words: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)


def make_app(page: Page) -> Starlette:
    """The page with its guards."""
    return Starlette(
        routes=[
            Route("/", partial(_show, page)),
            Route("/", partial(_take, page), methods=["POST"]),
            Route("/state", partial(_state, page)),
            Route("/clip/{key}/{letter}.{kind}", partial(_clip, page)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=guards(page.token, _refuse, partial(_render, "opening.jinja")),
        exception_handlers={HTTPException: _lost, DesignerError: _broken},
    )


async def _show(page: Page, request: Request) -> Response:
    now = look(page)
    undone: Vote | None = getattr(request.app.state, "undone", None)
    if now.question and undone and undone.shown == now.question.shown:
        filled = fill(undone.ballot, now.question.letters)
        return _answer(page, now, Said(200, filled=filled))
    return _answer(page, now)


async def _take(page: Page, request: Request) -> Response:
    """A vote or an undo."""
    fields = await read_form(request)
    # Nothing is awaited from here on, so the second of two equal posts comes too late.
    now = look(page)
    if fields.get("action") == UNDO:
        if now.last is None or fields.get("vote") != str(now.last.vote):
            return _answer(page, now, Said(409, TOO_LATE))
        request.app.state.undone = undo(page.run, page.rater, now.last.generation)
        return RedirectResponse("/", 303)
    if now.question is None or fields.get("question") != key(now.question):
        words = fields.get("comment", "").strip()
        return _answer(page, now, Said(409, STALE, words))
    try:
        ballot = read_ballot_form(fields, now.question.letters)
    except BallotError as error:
        return _answer(page, now, Said(422, str(error), filled=fields))
    question = now.question
    add_vote(page.run, page.rater, question.generation, question.shown, ballot)
    request.app.state.undone = None
    return RedirectResponse("/", 303)


async def _state(page: Page, request: Request) -> Response:
    return PlainTextResponse(look(page).state)


async def _clip(page: Page, request: Request) -> Response:
    question, asked = look(page).question, request.path_params
    if question is None or asked["key"] != key(question):
        raise HTTPException(404)
    path = clip(page, question, asked["letter"], asked["kind"])
    if path is None:
        raise HTTPException(404)
    # The time of a file would tell which candidates are the older ones.
    blind = {"last-modified": EPOCH, "etag": f'"{asked["key"]}{asked["letter"]}"'}
    return FileResponse(path, media_type=TYPES[asked["kind"]], headers=blind)


def _answer(page: Page, now: Now, said: Said | None = None) -> Response:
    """What is asked just now."""
    said = said or Said(200)
    context = {"page": page, "now": now, "said": said}
    if now.question is None:
        name = "finished.jinja" if now.finished else "waiting.jinja"
        return _render(name, said.status, **context)
    return _render(
        "question.jinja",
        said.status,
        **context,
        question=now.question,
        key=key(now.question),
        kinds=kinds(page, now.question),
        minutes=_minutes_left(now),
    )


def _minutes_left(now: Now) -> int | None:
    left = now.asking.until - time.time() if now.asking else 0.0
    return max(1, round(left / 60)) if 0 < left < LONG_S else None


def _render(name: str, status: int = 200, **context: Any) -> Response:
    return HTMLResponse(_JINJA.get_template(name).render(**context), status)


def _refuse(status: int, sentence: str) -> Response:
    heading = HEADINGS.get(status, "Something is wrong.")
    return _render("refused.jinja", status, heading=heading, sentence=sentence)


async def _lost(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _refuse(404, "The clip or page at this address is not shown now.")
    return _refuse(error.status_code, error.detail)


async def _broken(request: Request, error: Exception) -> Response:
    return _refuse(500, f"The page can't go on: {error}")
