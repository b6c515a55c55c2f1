"""The page in a real browser, through a whole round of questions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from designer.votes.preferences import PREFERENCES_FILE
from tests.designer.web.browser import (
    another_site,
    answer,
    attacked,
    browser,
    cannot_tell,
    choose,
    heading,
    kill_server,
    letters,
    new_page,
    press,
    start_server,
    stored,
)
from tests.designer.web.conftest import NAMES, Run
from tests.designer.web.serving import TOKEN, served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def test_a_person_answers_all_questions_though_the_server_is_killed(
    chromium: Any, run: Run
) -> None:
    path = run(NAMES, questions=5, at_once=3)
    server, address = start_server(path)
    page = new_page(chromium)
    page.goto(address)
    page.wait_for_url(lambda url: "token" not in url)

    assert letters(page) == "ABC"
    answer(page, {"A": 2, "B": 1, "C": 3})
    answer(page, {"A": 1, "B": 1, "C": "reject"}, "C drags its toe\n<script>x</script>")
    assert stored(path) == ["B>A>C", "A=B !C # C drags its toe <script>x</script>"]

    press(page, "Undo")
    assert stored(path) == ["B>A>C"]
    assert heading(page) == "Question 2"
    # What was taken back stands in the form, to be changed and not typed again.
    assert page.get_by_role("textbox").input_value().startswith("C drags its toe")
    assert page.locator('input[name="C"][value="reject"]').is_checked()
    answer(page, {"C": "skip"}, "C drags its toe")

    page.reload()
    assert stored(path) == ["B>A>C", "A=B # C drags its toe"]
    assert heading(page) == "Question 3"

    before = page.locator("video").first.get_attribute("src")
    choose(page, {"A": 1, "B": 2, "C": 2})
    kill_server(server)
    page.locator("#offline").wait_for()
    server, _ = start_server(path, port=urlsplit(address).port or 0)
    assert page.locator("video").first.get_attribute("src") == before
    press(page, "Save")  # the tab that was open all the time
    cannot_tell(page, "all fall")
    answer(page, {"A": "reject", "B": "reject", "C": "reject"})

    assert stored(path)[2:] == ["A>B=C", "# all fall", "!A !B !C"]
    assert heading(page) == "All answered"
    lines = (path / PREFERENCES_FILE).read_text().splitlines()
    assert sum("undo" in json.loads(line) for line in lines) == 1  # append-only

    (path / "finished").touch()
    page.get_by_text("Nothing more will be asked").wait_for()
    assert f"designer report {path}" in page.content()
    kill_server(server)


def test_who_has_no_token_sees_no_clip(chromium: Any, run: Run) -> None:
    with served(run()) as address:
        page = new_page(chromium)
        for url in (address.replace(TOKEN, "guess"), address.split("?")[0]):
            reply = page.goto(url)
            assert reply.status == 403
            assert "address that designer printed" in page.content()
            assert page.locator("video").count() == 0


@pytest.mark.parametrize("site", ["another site", "another port"])
def test_another_site_can_not_vote(
    chromium: Any, run: Run, tmp_path: Path, site: str
) -> None:
    path = run()
    (tmp_path / "evil").mkdir()
    with served(path) as address, another_site(tmp_path / "evil") as evil:
        page = new_page(chromium)
        page.goto(address)
        if site == "another port":  # the same site to a browser: cookies are sent
            evil = evil.replace("localhost", "127.0.0.1")
        assert attacked(page, tmp_path / "evil", evil, address) == 403
        assert stored(path) == []


@pytest.mark.slow
def test_a_link_from_another_site_opens_the_page(
    chromium: Any, run: Run, tmp_path: Path
) -> None:
    with served(run()) as address, another_site(tmp_path) as other:
        (tmp_path / "index.html").write_text(f'<a href="{address}">the clips</a>')
        page = new_page(chromium)
        page.goto(other)
        page.get_by_role("link").click()
        page.locator("video").first.wait_for()


@pytest.mark.slow
def test_a_tab_whose_question_was_answered_elsewhere_says_so(
    chromium: Any, run: Run
) -> None:
    path = run(NAMES, at_once=2)
    with served(path) as address:
        page = new_page(chromium)
        page.goto(address)
        other = page.context.new_page()
        other.goto(address)
        answer(other, {"A": 1, "B": 2})
        page.locator("#closed").wait_for()
        answer(page, {"A": 2, "B": 1}, "B is better")
        assert "was not recorded" in page.get_by_role("alert").inner_text()
        assert "B is better" in page.locator("blockquote").inner_text()
        assert stored(path) == ["A>B"]


def test_all_clips_are_played_in_step_and_scrubbed(chromium: Any, run: Run) -> None:
    with served(run()) as address:
        page = new_page(chromium, reduced_motion="no-preference")
        page.goto(address)
        page.get_by_role("button", name="Pause").click()  # they play by themselves
        page.get_by_role("slider").fill("1.2")
        times = "[...document.querySelectorAll('video')].map((v) => v.currentTime)"
        assert page.evaluate(times) == pytest.approx([1.2] * 4, abs=0.02)
        page.get_by_role("button", name="Half speed").click()
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Pause").click()
        now = page.evaluate(times)
        assert max(now) - min(now) < 0.3
        rates = "[...document.querySelectorAll('video')].map((v) => v.playbackRate)"
        assert page.evaluate(rates) == [0.5] * 4


@pytest.mark.slow
def test_a_clip_that_the_browser_can_not_play_is_a_filmstrip(
    chromium: Any, run: Run
) -> None:
    path = run(NAMES[:2])
    for name in NAMES[:2]:
        (path / name / "clip.mp4").write_bytes(b"no film")
    with served(path) as address:
        page = new_page(chromium)
        page.goto(address)
        page.get_by_alt_text("Clip B as a filmstrip").wait_for()


def test_keys_rank_and_an_unfinished_answer_is_kept(chromium: Any, run: Run) -> None:
    path = run()
    with served(path) as address:
        page = new_page(chromium)
        page.goto(address)
        page.locator(".keys").wait_for()
        for key in "2xb1":  # A, B, and B again
            page.keyboard.press(key)
        page.get_by_role("textbox").fill("A hops, 2 x")
        press(page, "Save")
        assert "C and D still need an answer" in page.get_by_role("alert").inner_text()
        assert page.get_by_role("textbox").input_value() == "A hops, 2 x"
        page.locator(".keys").wait_for()
        for key in "csd1":
            page.keyboard.press(key)
        press(page, "Save")
        assert stored(path) == ["B=D>A # A hops, 2 x"]


def test_without_scripts_people_can_vote(chromium: Any, run: Run) -> None:
    path = run(NAMES[:2])
    with served(path) as address:
        page = new_page(chromium, java_script_enabled=False)
        page.goto(address)
        page.locator("video[controls]").first.wait_for()
        answer(page, {"A": 1, "B": 2})
        assert stored(path) == ["A>B"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(chromium: Any, run: Run, width: int) -> None:
    page = new_page(chromium, viewport={"width": width, "height": 720})
    for clips in range(1, 7):
        with served(run(NAMES[:clips], at_once=6)) as address:
            page.goto(address)
            page.locator(".player").wait_for()
            for part in ("document.documentElement", *_each(page, ".places")):
                fits = f"{part}.scrollWidth <= {part}.clientWidth"
                assert page.evaluate(fits), f"{clips} clips: {part}"


def _each(page: Any, selector: str) -> list[str]:
    count = page.locator(selector).count()
    return [f"document.querySelectorAll('{selector}')[{k}]" for k in range(count)]
