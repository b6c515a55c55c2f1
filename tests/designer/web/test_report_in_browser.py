"""report.html in a real browser: what is wrong with it for people, by axe-core."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.report.page import write_page
from designer.report.record import read_run
from tests.designer.report.folders import finished, propose, train
from tests.designer.web.browser import browser, new_page

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
SERIOUS = ("serious", "critical")
LOADING_MS = 60_000  # The page holds its films, and other tests share the cores.


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page_file(tmp_path: Path, clips: Path) -> Path:
    """The report of a run with clips, a lineage, an alarm and a rejected reward."""
    run = finished(tmp_path, (7, 8, 9), (1, 2, 3))
    for label, name in (("human", "g00/c00"), ("g00-c00", "g00/c01")):
        for file in ("clip.mp4", "clip.jpg"):
            shutil.copy(clips / name / file, run / "final" / label / file)
    propose(run, (0, 2), "Sway.", parent="g00/c00")
    train(run, "g00/c02", 1.0, 1.0, curve="falls")
    return write_page(read_run(run))


def test_the_clips_play_in_step_and_the_table_is_sorted(
    chromium: Any, page_file: Path
) -> None:
    page = new_page(chromium)
    page.set_default_timeout(LOADING_MS)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(page_file.as_uri(), timeout=LOADING_MS)
    page.locator('#scrub[max="2"]').wait_for()  # as long as the films
    page.get_by_role("slider").fill("1.2")
    times = "[...document.querySelectorAll('video')].map((v) => v.currentTime)"
    assert page.evaluate(times) == pytest.approx([1.2] * 2, abs=0.02)
    page.get_by_role("button", name="fitness").click()
    first = page.locator("table.sortable tbody th").first
    assert first.inner_text() == "g00/c00"
    page.locator('[data-row="g00-c02"]').click()
    assert page.url.endswith("#g00-c02")
    assert problems == []  # its own policy forbids nothing that it needs


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1200, "light"), (390, "dark"), (390, "light"), (1200, "dark")],
)
def test_it_has_no_serious_fault_of_accessibility_and_fits(
    chromium: Any, page_file: Path, width: int, scheme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is missing: npm install --prefix tests/designer/web")
    viewport = {"width": width, "height": 800}
    page = new_page(chromium, viewport=viewport, color_scheme=scheme)
    page.goto(page_file.as_uri(), timeout=LOADING_MS)
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    faults = page.evaluate("axe.run()")["violations"]
    serious = [
        f"{f['id']}: {f['nodes'][0]['html']}" for f in faults if f["impact"] in SERIOUS
    ]
    assert serious == []
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
