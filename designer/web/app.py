"""The web application: people judge clips with plain HTML forms."""

import time
from collections.abc import Callable, Mapping, Sequence
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
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from designer.errors import DesignerError
from designer.votes.ballots import MAX_COMMENT_CHARACTERS, BallotError, Vote
from designer.votes.preferences import add_vote, undo
from designer.web.forms import CANT_TELL, REJECT, SKIP, UNDO, fill, read_ballot_form
from designer.web.guards import guards, read_form
from designer.web.page import (
    TYPES,
    Page,
    PageState,
    clip_kinds,
    clip_path,
    page_state,
    question_key,
)
from envs.yamlfile import TaskError

HERE = Path(__file__).parent
EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
MAX_DEADLINE_SHOWN_S = 24 * 3600.0  # a later deadline is not mentioned
HEADINGS = {
    403: "You can't open this page.",
    404: "This page does not exist.",
    405: "This request is not allowed.",
    413: "This is too long.",
}
STALE = (
    "This answer was not recorded: its question is closed, because it was answered "
    "already or because the run went on."
)
PageOf = Callable[[Request], Page]
"""The page that a request is for; HTTPException 404 where there is none."""
TOO_LATE = "That vote can no longer be taken back, so nothing was changed."
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
    "CANT_TELL": CANT_TELL,
    "COMMENT": MAX_COMMENT_CHARACTERS,
}


@dataclass(frozen=True)
class FormReply:
    """The page's reply to a form; status: of HTTP.

    notice: one sentence. comment: one that was not stored, to copy. filled: values of
    the fields of the next form.
    """

    status: int
    notice: str = ""
    comment: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)


def make_app(page: Page) -> Starlette:
    """The application of a page, with its guards."""
    return guarded_app(page.token, voting_routes(lambda _: page))


def guarded_app(token: str, routes: Sequence[BaseRoute]) -> Starlette:
    """An application with the guards, our style and script, and pages for errors."""
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    return Starlette(
        routes=[*routes, static],
        middleware=guards(token, _refuse, partial(page_response, "opening.jinja")),
        exception_handlers={
            HTTPException: _http_error,
            DesignerError: _broken,
            TaskError: _broken,
        },
    )


def voting_routes(page_of: PageOf) -> list[BaseRoute]:
    """The routes of a voting page; its addresses are relative, so it can be mounted."""
    return [
        Route("/", partial(_show, page_of)),
        Route("/", partial(_take, page_of), methods=["POST"]),
        Route("/state", partial(_state, page_of)),
        Route("/clip/{key}/{letter}.{kind}", partial(_clip, page_of)),
    ]


async def _show(page_of: PageOf, request: Request) -> Response:
    page = page_of(request)
    state = page_state(page)
    undone = _undone(request).get(page.run)
    if state.question and undone and undone.shown == state.question.shown:
        filled = fill(undone.ballot, state.question.letters)
        return _respond(page, state, FormReply(200, filled=filled))
    return _respond(page, state, FormReply(200))


def _undone(request: Request) -> dict[Path, Vote]:
    """The vote that was taken back last, by run, to fill its form again."""
    if not hasattr(request.app.state, "undone"):
        request.app.state.undone = {}
    votes: dict[Path, Vote] = request.app.state.undone
    return votes


async def _take(page_of: PageOf, request: Request) -> Response:
    """Store a vote, or undo the last one."""
    page = page_of(request)
    fields = await read_form(request)
    # Nothing is awaited from here on, so the second of two equal posts comes too late.
    state = page_state(page)
    question, last_vote = state.question, state.last_vote
    if fields.get("action") == UNDO:
        if last_vote is None or fields.get("vote") != str(last_vote.vote):
            return _respond(page, state, FormReply(409, TOO_LATE))
        if vote := undo(page.run, page.rater, last_vote.generation):
            _undone(request)[page.run] = vote
        return RedirectResponse("./", 303)
    if question is None or fields.get("question") != question_key(question):
        comment = fields.get("comment", "").strip()
        return _respond(page, state, FormReply(409, STALE, comment))
    try:
        ballot = read_ballot_form(fields, question.letters)
    except BallotError as error:
        return _respond(page, state, FormReply(422, str(error), filled=fields))
    add_vote(page.run, page.rater, question.generation, question.shown, ballot)
    _undone(request).pop(page.run, None)
    return RedirectResponse("./", 303)


async def _state(page_of: PageOf, request: Request) -> Response:
    return PlainTextResponse(page_state(page_of(request)).name)


async def _clip(page_of: PageOf, request: Request) -> Response:
    page = page_of(request)
    question = page_state(page).question
    params = request.path_params
    key, letter, kind = params["key"], params["letter"], params["kind"]
    if question is None or key != question_key(question):
        raise HTTPException(404)
    path = clip_path(page, question, letter, kind)
    if path is None:
        raise HTTPException(404)
    # A file's own time and size would tell which candidates are the older ones.
    headers = {"last-modified": EPOCH, "etag": f'"{key}{letter}"'}
    return FileResponse(path, media_type=TYPES[kind], headers=headers)


def _respond(page: Page, state: PageState, reply: FormReply) -> Response:
    """The page with the open question, or with the reason why there is none."""
    context = {"page": page, "state": state, "reply": reply}
    if state.question is None:
        name = "finished.jinja" if state.finished else "waiting.jinja"
        return page_response(name, reply.status, **context)
    left_s = state.asking.until - time.time() if state.asking else 0.0
    mentions = 0 < left_s < MAX_DEADLINE_SHOWN_S
    return page_response(
        "question.jinja",
        reply.status,
        **context,
        question=state.question,
        key=question_key(state.question),
        kinds=clip_kinds(page, state.question),
        minutes=max(1, round(left_s / 60)) if mentions else None,
    )


def page_response(name: str, status: int = 200, **context: Any) -> Response:
    """A template of this folder as a response."""
    return HTMLResponse(_JINJA.get_template(name).render(**context), status)


def _refuse(status: int, sentence: str) -> Response:
    heading = HEADINGS.get(status, "The page has a problem.")
    return page_response("refused.jinja", status, heading=heading, sentence=sentence)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _refuse(404, "There is no clip or page at this address now.")
    return _refuse(error.status_code, error.detail)


async def _broken(request: Request, error: Exception) -> Response:
    return _refuse(500, f"The page can't go on: {error}")
