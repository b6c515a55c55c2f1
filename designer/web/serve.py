"""Serves pages to this machine until it is told to stop."""

import asyncio
import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from designer.errors import ConfigError
from designer.votes.preferences import login
from designer.web.page import Page

if TYPE_CHECKING:
    from designer.web.site import Site

# Never another address: the page is for the person at this machine.
PAGE_HOST = "127.0.0.1"
STOP_POLL_S = 0.1
PAGE_LIBRARIES = ("uvicorn", "starlette", "anyio", "h11", "click", "idna")
NEEDS_SERVER = (
    "the page needs Starlette and uvicorn; install them with "
    "pip install -c constraints.txt -e '.[people]'"
)


def serve_pages(
    page: "Page | Site",
    port: int,
    say: Callable[[str], None],
    stopped: Callable[[], bool],
) -> None:
    """Serve until `stopped` or Ctrl-C; `say` gets the address once the page is open.

    port: 0 for a free one. ConfigError if it is taken or the libraries are missing.
    """
    server = _server(page)
    with _listen(port) as listening:
        lines = addresses(page.token, listening.getsockname()[1])
        try:
            asyncio.run(_run(server, listening, lambda: say(lines), stopped))
        except KeyboardInterrupt:
            return


def require_server() -> None:
    """ConfigError unless the page can be served here."""
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ConfigError(NEEDS_SERVER)


def addresses(token: str, port: int) -> str:
    """The address of the page on this machine, and how to reach it over SSH."""
    host = f"{login()}@{socket.gethostname()}"
    return (
        f"page: http://{PAGE_HOST}:{port}/?token={token}\n"
        f"from another machine first: ssh -N -L {port}:{PAGE_HOST}:{port} {host}"
    )


def _server(page: "Page | Site") -> Any:
    try:
        import uvicorn

        from designer.web.app import make_app
        from designer.web.site import Site, make_site
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in PAGE_LIBRARIES:
            raise
        raise ConfigError(NEEDS_SERVER) from None
    # One page for one person: no log, no lifespan, no sockets of other kinds.
    config = uvicorn.Config(
        make_site(page) if isinstance(page, Site) else make_app(page),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    # The port of a page that was killed a moment ago must be free at once.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((PAGE_HOST, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or "not a port"
        raise ConfigError(
            f"the page can't have port {port} ({reason}); "
            "take another one, or 0 for any that is free"
        ) from None
    return listening


async def _run(
    server: Any,
    listening: socket.socket,
    opened: Callable[[], None],
    stopped: Callable[[], bool],
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not (server.started or serving.done()):
        await asyncio.sleep(STOP_POLL_S / 10)
    if server.started:
        opened()
    while not serving.done():
        server.should_exit = server.should_exit or stopped()
        await asyncio.sleep(STOP_POLL_S)
    await serving
