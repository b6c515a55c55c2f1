"""Steps with which a test drives the page in a real browser, as a person would."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from designer.votes.preferences import read_votes
from tests.designer.conftest import ROOT, environment
from tests.designer.web.serving import TOKEN, require_server

NAMES = ("chromium", "chromium-browser", "google-chrome")
SERVING = Path(__file__).parent / "serving.py"
PATIENCE_MS = 10_000
ATTACK = """\
<form method="post" action="{url}">
<input name="action" value="unsure"><input name="question" value="{key}">
</form>
<script>document.forms[0].submit()</script>
"""
Answers = Mapping[str, int | str]  # letter to place, "reject" or "skip"


@contextmanager
def another_site(folder: Path) -> Iterator[str]:
    """A web server of somebody else; gives its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def attacked(page: Any, folder: Path, evil: str, address: str) -> int:
    """Status of a vote that another site's page posts for who is asked in this tab."""
    key = page.locator('input[name="question"]').get_attribute("value")
    attack = ATTACK.format(url=address.split("?")[0], key=key)
    (folder / "index.html").write_text(attack)
    with page.expect_response(lambda reply: reply.request.method == "POST") as reply:
        page.goto(evil)
    return int(reply.value.status)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless browser of this machine; skips the test where there is none.

    Playwright's own Chromium won't do: it can't decode H.264.
    """
    reason = "the page is driven with Playwright (group test)"
    require_server()
    driver = pytest.importorskip("playwright.sync_api", reason=reason)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    with driver.sync_playwright() as playwright:
        # Root, as in a container, can't have Chromium's own sandbox.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=found, args=options)
        try:
            yield opened
        finally:
            opened.close()


def new_page(opened: Any, **options: Any) -> Any:
    """A tab of a person who was never here; clips stand still until they are played."""
    page = opened.new_context(**{"reduced_motion": "reduce", **options}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def start_server(run: Path, port: int = 0, token: str = TOKEN) -> tuple[Any, str]:
    """A page's server in a process of its own, and its address."""
    server = subprocess.Popen(
        [sys.executable, str(SERVING), str(run), str(port), token],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )
    assert server.stdout
    said = server.stdout.readline().split()
    assert said, "the page's server ended at once"
    return server, said[1]


def kill_server(server: Any) -> None:
    """As a crash would."""
    server.kill()  # SIGKILL
    server.wait()
    server.stdout.close()


def letters(page: Any) -> str:
    """Of the clips that are shown."""
    return "".join(
        clip.get_attribute("data-letter") for clip in page.locator(".clip").all()
    )


def choose(page: Any, answers: Answers) -> None:
    """Choose answers without saving them."""
    for letter, said in answers.items():
        page.locator(f'input[name="{letter}"][value="{said}"]').check()


def answer(page: Any, answers: Answers, comment: str = "") -> None:
    """Answer the question that is shown and wait until another page is there."""
    choose(page, answers)
    page.get_by_role("textbox").fill(comment)
    press(page, "Save")


def cannot_tell(page: Any, comment: str = "") -> None:
    """Say that the clips that are shown can't be told apart."""
    page.get_by_role("textbox").fill(comment)
    press(page, "Can't tell")


def press(page: Any, button: str) -> None:
    """Press a button of a form and wait for what it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def heading(page: Any) -> str:
    """Title of the tab: which question, or what else is shown."""
    return str(page.title())


def stored(run: Path) -> list[str]:
    """The votes that stand, as lines."""
    return [vote.line for vote in read_votes(run)]
