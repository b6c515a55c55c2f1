"""The web application of many runs, over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.commands.serve import run_folders, run_line, run_state
from designer.report.page import report_page
from designer.report.record import read_run
from designer.run.folder import RunStore
from designer.votes.preferences import read_votes
from designer.votes.questions import Asking, load_asking
from designer.web.page import Page
from tests.designer.report.folders import finished, propose, run_folder, train
from tests.designer.web.serving import TOKEN, require_server

URL = "http://127.0.0.1:8123"
OWN = {"Origin": URL, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def site_of(tmp_path: Path) -> Callable[..., Any]:
    """A browser's client of all runs in a folder, with or without the token."""
    require_server()
    pytest.importorskip("httpx2", reason="requests are made with httpx2 (group test)")
    from starlette.testclient import TestClient

    from designer.web.site import Site, make_site

    def page(path: Path) -> Page:
        return Page(
            path, "Balance.", "ada", "", lambda: load_asking(path), lambda: True
        )

    def client(token: str = TOKEN) -> Any:
        site = Site(
            TOKEN,
            lambda: run_folders([tmp_path]),
            run_line,
            lambda path: report_page(
                read_run(path), lambda clip: f"clip/{clip.relative_to(path)}", "state"
            ),
            run_state,
            page,
        )
        opened = TestClient(make_site(site), base_url=URL)
        opened.get("/", params={"token": token})
        return opened

    return client


def test_the_list_says_what_each_run_has_come_to(
    tmp_path: Path, site_of: Callable[..., Any]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    finished(tmp_path / "a", (7, 8, 9), (1, 2, 3)).rename(tmp_path / "good")
    run_folder(tmp_path / "b").rename(tmp_path / "torn")
    (tmp_path / "torn/config.yaml").write_text("candidates: 1\n")
    text = site_of().get("/").text
    assert 'href="run/good/"' in text
    assert "Better than the human-written reward" in text
    assert "damaged" in text


def test_nothing_is_shown_without_the_token(
    tmp_path: Path, site_of: Callable[..., Any]
) -> None:
    run_folder(tmp_path)
    stranger = site_of("guess")
    for path in ("/", "/state", "/run/run/", "/run/run/state", "/run/run/vote/"):
        assert stranger.get(path).status_code == 403


def test_a_report_is_served_with_addresses_of_its_clips(
    tmp_path: Path, site_of: Callable[..., Any]
) -> None:
    run = finished(tmp_path, (7, 8, 9), (1, 2, 3))
    (run / "final/human/clip.mp4").write_bytes(b"0123456789")
    client = site_of()
    page = client.get("/run/run/")
    assert 'src="clip/final/human/clip.mp4"' in page.text
    assert 'data-state-address="state"' in page.text
    # The page's own policy stands alone: a second one would forbid its style.
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"
    clip = client.get(
        "/run/run/clip/final/human/clip.mp4", headers={"Range": "bytes=2-4"}
    )
    assert (clip.status_code, clip.content) == (206, b"234")


@pytest.mark.parametrize(
    "path",
    [
        "/run/nothing/",
        "/run/run/clip/config.yaml",
        "/run/run/clip/task/hidden.py",
        "/run/run/clip/%2e%2e/other/clip.mp4",
        "/run/run/clip/..%2fother/clip.mp4",
        "/run/run/clip/final/human/clip.mp4",
        "/run/nothing/vote/",
    ],
)
def test_nothing_but_clips_of_the_run_is_given_away(
    tmp_path: Path, site_of: Callable[..., Any], path: str
) -> None:
    run_folder(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/clip.mp4").write_bytes(b"secret")
    assert site_of().get(path).status_code == 404


def test_people_vote_in_the_same_application(
    tmp_path: Path, site_of: Callable[..., Any]
) -> None:
    run = run_folder(tmp_path)
    names = ("g00/c00", "g00/c01")
    for index in range(2):
        propose(run, (0, index))
        train(run, names[index], 1.0, 2.0)
    Asking(0, names, 1, 2, 4e9, seed=1).save(run)
    client = site_of()
    question = client.get("/run/run/vote/").text.partition('name="question" value="')[2]
    fields = {
        "question": question.partition('"')[0],
        "action": "vote",
        "A": "1",
        "B": "2",
    }
    reply = client.post("/run/run/vote/", data=fields, headers=OWN)
    assert str(reply.url) == f"{URL}/run/run/vote/"
    assert [vote.line for vote in read_votes(run)] == ["A>B"]


def test_a_run_asks_people_from_its_questions_on_until_it_stops(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    with RunStore(run).locked():
        assert not run_line("run", run).asks
        Asking(0, ("g00/c00", "g00/c01"), 1, 2, 4e9, seed=1).save(run)
        assert run_line("run", run).asks
    # A run that was killed leaves its questions behind.
    assert not run_line("run", run).asks


def test_a_damaged_task_is_told_on_every_page_of_its_run(
    tmp_path: Path, site_of: Callable[..., Any]
) -> None:
    task = run_folder(tmp_path) / "task/task.yaml"
    task.write_text(task.read_text() + "nothing: 1\n")
    for page in ("/", "/run/run/"):
        assert "nothing" in site_of().get(page).text


def test_the_state_changes_when_the_run_goes_on(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    before = run_state(run)
    assert run_state(run) == before
    RunStore(run).event("trained", job="g00/c00/s0")
    after = run_state(run)
    assert after != before
    with RunStore(run).locked():
        assert run_state(run) != after


def test_runs_lie_in_folders_and_are_told_apart_by_name(tmp_path: Path) -> None:
    for place in ("one/run", "two/run", "three"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config.yaml").write_text(json.dumps({}))
    runs = run_folders([tmp_path, tmp_path / "three"])
    folders = {str(path.relative_to(tmp_path)) for path in runs.values()}
    assert folders == {"one/run", "two/run", "three"}
    assert {"three", "run"} < runs.keys()
    assert all(key.replace("-", "").isalnum() for key in runs)
