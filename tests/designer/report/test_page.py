"""report.html: what it says first, of which runs, and what it lets through."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from designer.commands.report import read_report
from designer.report.cards import CODE_BUDGET_CHARACTERS
from designer.report.page import report_page
from designer.report.record import read_run
from designer.run.folder import RunStore
from tests.designer.report.folders import finished, propose, run_folder, train

HOSTILE = '</script><script>alert(1)</script> <img src=x> \x1b[2J\u202e & "quoted"'


class Elements(HTMLParser):
    """The elements of a page in order, with their attributes, and all text by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self._open, []).append(data)


@pytest.mark.parametrize(
    ("designed", "human", "heading"),
    [
        ((7.0, 8.0, 9.0), (1.0, 2.0, 3.0), "Better than the human-written reward"),
        ((1.0, 2.0, 3.0), (7.0, 8.0, 9.0), "Worse than the human-written reward"),
        ((1.0, 5.0, 9.0), (9.0, 5.0, 1.0), "Not told apart from the human-written"),
    ],
)
def test_the_verdict_comes_first(
    tmp_path: Path,
    designed: tuple[float, ...],
    human: tuple[float, ...],
    heading: str,
) -> None:
    page = Elements(report_page(read_run(finished(tmp_path, designed, human))))
    assert page.text["h1"][0].startswith(heading)
    tags = [tag for tag, _ in page.elements]
    assert tags.index("h1") < tags.index("h2")


def test_difference_evidence_and_budget_stand_below_the_verdict(tmp_path: Path) -> None:
    page = Elements(report_page(read_run(finished(tmp_path, (7, 8, 9), (1, 2, 3)))))
    assert page.text["dd"][0] == "+6 s"  # each seed is 6 s better
    assert "3 seeds" in page.text["dd"]
    # 2 trainings of the search, 3 of each row of the final comparison
    assert "11 trainings" in page.text["dd"]


def test_a_stopped_run_says_how_far_it_came_and_how_it_goes_on(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    propose(run)
    train(run, "g00/c00", 5.0, 6.0)
    page = Elements(report_page(read_run(run)))
    assert page.text["h1"][0] == "Stopped before its end: 1 of 2 rewards are done"
    assert f"designer resume {run}" in page.text["code"]


def test_a_run_that_goes_on_shows_its_trainings_under_way(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    propose(run)
    train(run, "g00/c00", 5.0, 6.0)
    (run / "g00/c00/s1/result.json").unlink()
    with RunStore(run).locked():
        page = report_page(read_run(run))
    assert "Still running: 0 of 2" in page
    assert "g00/c00/s1: 100 % of its steps" in page


def test_a_run_in_which_nothing_happened_yet_has_a_page(tmp_path: Path) -> None:
    assert "No reward is done yet" in report_page(read_run(run_folder(tmp_path)))


def test_text_from_models_and_people_has_no_meaning_in_the_page(tmp_path: Path) -> None:
    run = finished(tmp_path, (7, 8, 9), (1, 2, 3))
    proposal = run / "g00/c00/proposal.json"
    data = json.loads(proposal.read_text())
    data |= {"thought": HOSTILE, "framing": HOSTILE, "findings": [HOSTILE]}
    data["source"] += f"# {HOSTILE}\n"
    proposal.write_text(json.dumps(data))
    (run / "g00/c00/reward.py").write_text(data["source"])
    (run / "command.txt").write_text(HOSTILE)
    page = report_page(read_run(run))
    elements = Elements(page).elements
    assert [tag for tag, _ in elements].count("script") == 1
    assert "img" not in [tag for tag, _ in elements]
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not any(name.startswith("on") for _, names in elements for name in names)


def test_the_page_allows_its_own_script_and_style_alone_and_no_network(
    tmp_path: Path,
) -> None:
    page = report_page(read_run(finished(tmp_path, (7, 8, 9), (1, 2, 3))))
    policy = next(
        str(names["content"])
        for tag, names in Elements(page).elements
        if names.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        source = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert source is not None
        digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "http://" not in page
    assert "https://" not in page
    assert "style=" not in page


def test_clips_lie_inside_the_page(tmp_path: Path) -> None:
    run = finished(tmp_path, (7, 8, 9), (1, 2, 3))
    (run / "final/human/clip.mp4").write_bytes(b"film")
    (run / "final/human/clip.jpg").write_bytes(b"poster")
    videos = [
        names
        for tag, names in Elements(report_page(read_run(run))).elements
        if tag == "video"
    ]
    assert [video["src"] for video in videos] == ["data:video/mp4;base64,ZmlsbQ=="]
    assert videos[0]["poster"] == "data:image/jpeg;base64,cG9zdGVy"


def test_return_that_rises_while_fitness_falls_is_an_alarm(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    propose(run)
    propose(run, (0, 1), thought="Shake.")
    train(run, "g00/c00", 5.0, 6.0)
    train(run, "g00/c01", 1.0, 1.0, curve="falls")
    page = report_page(read_run(run))
    alarms = page[page.index('id="alarms"') :].partition("</section>")[0]
    assert "g00/c01" in alarms
    assert "g00/c00" not in alarms


def test_the_leader_stands_with_its_ancestors_and_what_was_changed(
    tmp_path: Path,
) -> None:
    run = run_folder(tmp_path, generations=2, candidates=1)
    propose(run)
    propose(run, (1, 0), thought="Balance well.", parent="g00/c00")
    train(run, "g00/c00", 5.0, 6.0)
    train(run, "g01/c00", 8.0, 9.0)
    page = report_page(read_run(run))
    lineage = page[page.index('class="lineage"') :].partition("</ol>")[0]
    assert lineage.index("g00/c00") < lineage.index("g01/c00")
    assert '<span class="removed">-    &#34;&#34;&#34;Balance.' in lineage
    assert '<span class="added">+    &#34;&#34;&#34;Balance well.' in lineage


def test_code_beyond_the_budget_is_left_out_but_not_that_of_the_leader(
    tmp_path: Path,
) -> None:
    run = run_folder(tmp_path, candidates=4)
    padding = "# a long remark\n" * (CODE_BUDGET_CHARACTERS // 16 // 5)
    for index in range(4):
        propose(run, (0, index), padding=padding)
        train(run, f"g00/c{index:02d}", float(index), float(index))
    page = report_page(read_run(run))
    assert "code of g00/c03" in page
    assert "code of g00/c02" in page
    assert "code of g00/c00" not in page
    assert "The code of 2 of them is left out here" in page


@pytest.mark.slow
def test_400_candidates_need_less_than_a_megabyte(tmp_path: Path) -> None:
    run = run_folder(tmp_path, candidates=20, generations=20, seeds=1)
    for place in ((g, c) for g in range(20) for c in range(20)):
        parent = f"g{place[0] - 1:02d}/c{place[1]:02d}" if place[0] else None
        propose(run, place, HOSTILE, parent, padding="# a remark\n" * 150)
        train(run, f"g{place[0]:02d}/c{place[1]:02d}", float(sum(place)))
    assert len(report_page(read_run(run)).encode()) < 1_000_000


def test_the_command_writes_the_page_beside_the_text(tmp_path: Path) -> None:
    run = run_folder(tmp_path)
    text, facts = read_report(run)
    assert text.endswith(f"page: {run / 'report.html'}")
    assert facts["page"] == str(run / "report.html")
    assert (run / "report.html").is_file()
