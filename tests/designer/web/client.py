"""The page over HTTP: what a browser would send, without one."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from designer.votes.preferences import read_votes
from tests.designer.web.serving import TOKEN, page_of

pytest.importorskip("starlette", reason="the page needs Starlette (extra people)")
pytest.importorskip("httpx2", reason="requests are made with httpx2 (group test)")

URL = "http://127.0.0.1:8123"
OWN = {"Origin": URL, "Sec-Fetch-Site": "same-origin"}
RANKED = {"A": "2", "B": "1", "C": "2", "D": "reject"}


def stranger_of(run: Path) -> Any:
    """Someone who never opened the page."""
    from starlette.testclient import TestClient

    from designer.web.app import make_app

    return TestClient(make_app(page_of(run)), base_url=URL)


def client_of(run: Path, token: str = TOKEN) -> Any:
    """Someone who opened the page with this token."""
    client = stranger_of(run)
    client.get("/", params={"token": token})
    return client


def post(client: Any, **fields: str) -> Any:
    """Send the form of the question that is shown."""
    fields = {"action": "vote", "question": field(client, "question"), **fields}
    return client.post("/", data=fields, headers=OWN)


def field(client: Any, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(f'name="{name}" value="(.*?)"', client.get("/").text)
    return found[1] if found else ""


def lines(run: Path) -> list[str]:
    return [vote.line for vote in read_votes(run)]


def alert(reply: Any) -> str:
    """The sentence that the page says about what was sent."""
    found = re.search(r'role="alert">\s*<p>(.*?)</p>', reply.text)
    return unescape(found[1]) if found else ""
