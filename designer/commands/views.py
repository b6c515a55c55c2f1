"""What a run leaves to look at: clips, explanation.json and report.html."""

from collections.abc import Sequence
from pathlib import Path

from designer.feedback.explanation import Explanation, explain_terms
from designer.report.explained import WinnerExplained, write_explanation
from designer.report.page import write_page
from designer.report.summary import Summary
from designer.run.candidates import Candidate
from designer.search.films import film_final
from designer.search.session import Run
from sandbox import RewardFault


def write_views(
    run: Run, summary: Summary, winner: Candidate | None, findings: Sequence[str]
) -> Path:
    """Film the final policies, explain the winner, and write report.html; its path.

    findings: sentences on the winner.
    """
    path = run.store.path
    folders = {row.label: row.folder for row in summary.rows if row.seeds}
    film_final(path, run.task, run.config, run.watcher.say, folders)
    if winner is not None:
        explained = WinnerExplained(
            winner.name, tuple(findings), _explanation(run, winner)
        )
        write_explanation(path, explained)
    return write_page(path)


def _explanation(run: Run, winner: Candidate) -> Explanation | None:
    """The winner on its judged episodes; None where it fails there."""
    episodes = sorted(run.folder(winner).glob("s*/episodes.npz"))
    try:
        return explain_terms(run.task, run.bank, winner.source, episodes, run.walls)
    except RewardFault:
        return None
