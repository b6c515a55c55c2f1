"""The web application of many runs: a list, each run's report, and its votes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Mount, Route

from designer.web.app import guarded_app, page_response, voting_routes
from designer.web.page import Page

FILM_TYPES = {"clip.mp4": "video/mp4", "clip.jpg": "image/jpeg"}
# A report's own policy, inside of it, allows no more than it needs.
REPORT_POLICY = {"Content-Security-Policy": "frame-ancestors 'none'"}


@dataclass(frozen=True)
class RunLine:
    """A run in the list. key: its place in addresses. heading: what it has come to."""

    key: str
    name: str
    task: str
    status: str
    heading: str
    asks: bool


@dataclass(frozen=True)
class Site:
    """The pages of many runs for one rater.

    runs: folders by key, as they are now. line: of the list. report: HTML of a run.
    state: another text for every other content of that. page: for its votes.
    """

    token: str
    runs: Callable[[], Mapping[str, Path]]
    line: Callable[[str, Path], RunLine]
    report: Callable[[Path], str]
    state: Callable[[Path], str]
    page: Callable[[Path], Page]


def make_site(site: Site) -> Starlette:
    """The application of a site, with its guards."""

    def page_of(request: Request) -> Page:
        return site.page(_run(site, request))

    return guarded_app(
        site.token,
        [
            Route("/", partial(_list, site)),
            Route("/state", partial(_list_state, site)),
            Route("/run/{key}/", partial(_report, site)),
            Route("/run/{key}/state", partial(_report_state, site)),
            Route("/run/{key}/clip/{folder:path}/{file}", partial(_film, site)),
            Mount("/run/{key}/vote", routes=voting_routes(page_of)),
        ],
    )


def _run(site: Site, request: Request) -> Path:
    path = site.runs().get(request.path_params["key"])
    if path is None:
        raise HTTPException(404)
    return path


async def _list(site: Site, request: Request) -> Response:
    runs = site.runs()
    lines = await run_in_threadpool(
        lambda: [site.line(key, path) for key, path in runs.items()]
    )
    return page_response("runs.jinja", lines=lines)


async def _list_state(site: Site, request: Request) -> Response:
    states = [f"{key} {site.state(path)}" for key, path in site.runs().items()]
    return PlainTextResponse("\n".join(states))


async def _report(site: Site, request: Request) -> Response:
    page = await run_in_threadpool(site.report, _run(site, request))
    return HTMLResponse(page, headers=REPORT_POLICY)


async def _report_state(site: Site, request: Request) -> Response:
    return PlainTextResponse(site.state(_run(site, request)))


async def _film(site: Site, request: Request) -> Response:
    run, file = _run(site, request).resolve(), request.path_params["file"]
    path = (run / request.path_params["folder"] / file).resolve()
    if file not in FILM_TYPES or not path.is_relative_to(run) or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=FILM_TYPES[file])
