"""Who is let in, from where, and what a browser is told to forbid."""

import re

import pytest

from tests.designer.web.client import (
    OWN,
    RANKED,
    URL,
    client_of,
    field,
    lines,
    post,
    stranger_of,
)
from tests.designer.web.conftest import NAMES, Run
from tests.designer.web.serving import TOKEN


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü\ud7ff"])
def test_a_wrong_token_opens_nothing(run: Run, token: str) -> None:
    client = client_of(path := run(), token)
    for reply in (client.get("/"), client.get("/", params={"token": token})):
        assert reply.status_code == 403
        assert "address that designer printed" in reply.text
    assert client.get("/state").status_code == 403
    assert client.post("/", data=RANKED, headers=OWN).status_code == 403
    assert lines(path) == []


def test_the_cookie_is_shown_to_no_script_and_no_other_site(run: Run) -> None:
    stranger = stranger_of(run())
    cookie = stranger.get("/", params={"token": TOKEN}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
        {"Origin": URL, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_elsewhere_is_refused(run: Run, headers: dict[str, str]) -> None:
    client = client_of(path := run())
    fields = {**RANKED, "action": "vote", "question": field(client, "question")}
    reply = client.post("/", data=fields, headers=headers)
    assert (reply.status_code, lines(path)) == (403, [])
    assert "another site" in reply.text


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:9", 200), ("127.0.0.1", 200), ("evil.example:8123", 400), ("", 400)],
)
def test_only_names_of_this_machine_are_answered(
    run: Run, host: str, status: int
) -> None:
    client = client_of(run())
    assert client.get("/", headers={"Host": host}).status_code == status


def test_every_answer_is_guarded_by_headers(run: Run) -> None:
    client = client_of(path := run())
    replies = [client.get("/"), client.get("/nothing"), stranger_of(path).get("/")]
    replies += [
        client.get("/static/page.css"),
        client.get("/", headers={"Host": "x.y"}),
    ]
    for reply in replies:
        assert "default-src 'self'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["cache-control"] == "no-store"


def test_a_body_that_is_too_large_is_refused(run: Run) -> None:
    from designer.web.guards import MAX_BODY_BYTES

    client = client_of(path := run())
    assert post(client, comment="x" * MAX_BODY_BYTES).status_code == 413
    assert lines(path) == []


def test_what_people_wrote_is_text_and_never_markup(run: Run) -> None:
    client = client_of(run(NAMES, at_once=2))
    assert "&lt;b&gt;without&lt;/b&gt;" in client.get("/").text
    wrote = "</textarea><script>alert(1)</script>"
    replies = [post(client, comment=wrote), post(client, A="1", B="1", comment=wrote)]
    for reply in replies:
        assert "&lt;script&gt;alert(1)" in reply.text
        assert "<script>" not in reply.text


def test_pages_hold_no_script_or_style_of_their_own(run: Run) -> None:
    text = client_of(run()).get("/").text
    assert not re.search(r"<style|<script(?! src=)|\son\w+=|\sstyle=", text)
