"""Who may use the page: holders of the token, from this machine, from the page itself.

Not covered: other programs of the same user, who can read the token from the terminal,
and other web servers on 127.0.0.1 that the same browser visits: cookies know no ports,
so they are shown the cookie.
"""

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
BODY = 256 * 1024  # bytes; the longest comment is a fifth of it
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    # With no-referrer browsers send `Origin: null` with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OPEN = "/static/"  # how the page looks is no secret, and refusals look so too
WRONG_TOKEN = (
    "This page opens with the address that designer printed, token included. "
    "Copy it from the terminal; every start prints a new one."
)
CROSS_SITE = "This came from another site, so it was refused and nothing was recorded."

Refuse = Callable[[int, str], Response]


def guards(
    token: str, refuse: Refuse, welcome: Callable[[], Response]
) -> list[Middleware]:
    """What stands before the page, outermost first.

    refuse: status and sentence as an answer. welcome: what a right token is answered.
    """
    return [
        Middleware(_with_headers),
        Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
        Middleware(_from_the_page_only, refuse),
        Middleware(_with_token_only, token, refuse, welcome),
    ]


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form; 413 if it is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY:
            raise HTTPException(413, "This is more text than the page takes.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(pairs)


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *ours]
            await send(message)

        await app(scope, receive, send_with)

    return guarded


def _from_the_page_only(app: ASGIApp, refuse: Refuse) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] != "http" or scope["method"] in ("GET", "HEAD")
        if reads or _own(HTTPConnection(scope)):
            await app(scope, receive, send)
        else:
            await refuse(403, CROSS_SITE)(scope, receive, send)

    return guarded


def _own(asked: HTTPConnection) -> bool:
    """Whether a browser says that the page itself sent this; every browser says it.

    Other ports of this machine are the same site, but another origin.
    """
    site, origin = asked.headers.get("sec-fetch-site"), asked.headers.get("origin")
    if site is None and origin is None:
        return False
    ours = f"http://{asked.headers.get('host')}"
    return site in (None, "same-origin", "none") and origin in (None, ours)


def _with_token_only(
    app: ASGIApp, token: str, refuse: Refuse, welcome: Callable[[], Response]
) -> ASGIApp:
    # Cookies know no ports: the pages of two runs need names of their own.
    cookie = "designer_" + hashlib.sha256(token.encode()).hexdigest()[:8]

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        asked = HTTPConnection(scope)
        given = asked.query_params.get("token")
        known = given if given is not None else asked.cookies.get(cookie, "")
        right = hmac.compare_digest(known.encode(), token.encode())
        if asked.url.path.startswith(OPEN):
            await app(scope, receive, send)
        elif not right:
            await refuse(403, WRONG_TOKEN)(scope, receive, send)
        elif given is not None:
            answer = welcome()
            answer.set_cookie(cookie, token, httponly=True, samesite="strict")
            await answer(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded
