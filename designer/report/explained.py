"""explanation.json: what a run's report says of its winner, kept for later reports."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from designer.feedback.explanation import Explanation
from designer.report.html import render_page
from designer.report.terms import TermView
from designer.run.files import read_json_as, write_json

EXPLANATION_FILE = "explanation.json"


@dataclass(frozen=True)
class WinnerExplained:
    """What explanation.json holds; findings: sentences on the winner.

    explanation: None where the reward failed on its own episodes.
    """

    winner: str
    findings: tuple[str, ...]
    explanation: Explanation | None


def write_explanation(path: Path, explained: WinnerExplained) -> None:
    """Write explanation.json into a run folder, for its report."""
    write_json(path / EXPLANATION_FILE, asdict(explained))


def read_explanation(path: Path, winner: str) -> WinnerExplained | None:
    """The content of explanation.json; None where it is missing or of another winner.

    StoreError where it is damaged.
    """
    explained = read_json_as(WinnerExplained, path / EXPLANATION_FILE)
    return explained if explained and explained.winner == winner else None


def explanation_page(
    task: str, title: str, source: str, views: Sequence[TermView]
) -> str:
    """The terms of one reward as a page of their own, as HTML."""
    return render_page(
        "explanation.html.jinja", task=task, title=title, source=source, views=views
    )
