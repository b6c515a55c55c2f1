"""Guards of the page: it needs the token, this machine, and forms of the page itself.

Not covered: other programs of the same user, who can read the token from the terminal,
and other web servers on 127.0.0.1 that the same browser visits: cookies ignore ports,
so those servers receive the cookie.
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
MAX_BODY_BYTES = 256 * 1024  # the longest comment is a fifth of it
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
OPEN_PATH = "/static/"  # style and script are no secret, and refusals need them
WRONG_TOKEN = (
    "This page opens with the address that designer printed, token included. "
    "Copy it from the terminal; every start prints a new one."
)
CROSS_SITE = "This came from another site, so it was refused and nothing was recorded."

Refuse = Callable[[int, str], Response]


def guards(
    token: str, refuse: Refuse, welcome: Callable[[], Response]
) -> list[Middleware]:
    """The middleware before the page, outermost first.

    refuse: makes a response of a status and a sentence. welcome: the response to a
    request that brings the right token in its address.
    """
    return [
        Middleware(_with_headers),
        Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
        Middleware(_with_own_forms_only, refuse),
        Middleware(_with_token_only, token, refuse, welcome),
    ]


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form; HTTPException 413 if it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, "This is more text than the page takes.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(pairs)


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message.get("headers", [])}
                headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                added = [header for header in headers if header[0] not in own]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await app(scope, receive, send_with)

    return guarded


def _with_own_forms_only(app: ASGIApp, refuse: Refuse) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] != "http" or scope["method"] in ("GET", "HEAD")
        if reads or _is_from_the_page(HTTPConnection(scope)):
            await app(scope, receive, send)
        else:
            await refuse(403, CROSS_SITE)(scope, receive, send)

    return guarded


def _is_from_the_page(connection: HTTPConnection) -> bool:
    """Whether the browser says that the page itself sent this, as every browser does.

    Other ports of this machine are the same site, but another origin.
    """
    headers = connection.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    page_origin = f"http://{headers.get('host')}"
    return site in (None, "same-origin", "none") and origin in (None, page_origin)


def _with_token_only(
    app: ASGIApp, token: str, refuse: Refuse, welcome: Callable[[], Response]
) -> ASGIApp:
    # Cookies ignore ports, so the pages of two runs need two names.
    cookie = "designer_" + hashlib.sha256(token.encode()).hexdigest()[:8]

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        connection = HTTPConnection(scope)
        in_address = connection.query_params.get("token")
        in_cookie = connection.cookies.get(cookie, "")
        sent = in_cookie if in_address is None else in_address
        is_right = hmac.compare_digest(sent.encode(), token.encode())
        if connection.url.path.startswith(OPEN_PATH):
            await app(scope, receive, send)
        elif not is_right:
            await refuse(403, WRONG_TOKEN)(scope, receive, send)
        elif in_address is not None:
            response = welcome()
            response.set_cookie(cookie, token, httponly=True, samesite="strict")
            await response(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded
