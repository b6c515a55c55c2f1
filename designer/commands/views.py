"""What a run shows while it goes on and leaves to look at: clips and report.html."""

from collections.abc import Sequence
from pathlib import Path

from designer.config import RunConfig
from designer.feedback.explanation import Explanation, explain_terms
from designer.llm import Ledger
from designer.report.cards import alarms
from designer.report.explained import WinnerExplained, write_explanation
from designer.report.page import MAX_CLIPS_OF_ALARMS, write_page
from designer.report.record import read_run
from designer.report.summary import Summary
from designer.rewards.sources import BASELINES
from designer.run.candidates import Candidate
from designer.search.films import film_final
from designer.search.session import Run
from designer.selection.allocation import most_work
from sandbox import RewardFault


def write_views(
    run: Run, summary: Summary, winner: Candidate | None, findings: Sequence[str]
) -> Path:
    """Film the final policies, explain the winner, and write report.html; its path.

    findings: sentences on the winner.
    """
    path = run.store.path
    folders = {row.label: row.folder for row in summary.rows if row.seeds}
    record = read_run(path)
    alarmed = [alarm.name for alarm in alarms(record)[:MAX_CLIPS_OF_ALARMS]]
    film_final(path, run.task, run.config, run.watcher.say, folders, alarmed)
    if winner is not None:
        explained = WinnerExplained(
            winner.name, tuple(findings), _explanation(run, winner)
        )
        write_explanation(path, explained)
    return write_page(record)


def planned_steps(run: Run) -> int:
    """Environment steps of all trainings that a run may need."""
    baselines = sum(run.hidden.baseline(name) is not None for name in BASELINES)
    return most_work(run.config, run.task.train.steps, baselines)[1]


def spending(config: RunConfig, ledger: Ledger | None) -> str:
    """What the model has cost so far, and what is left, in words; '' without one."""
    if ledger is None:
        return ""
    words = [f"{ledger.calls} calls"]
    if ledger.usd is not None:
        words.append(f"{ledger.usd:.4f} USD spent")
        if config.max_usd is not None:
            words.append(f"{max(config.max_usd - ledger.usd, 0):.4f} USD left")
    return ", ".join(words)


def _explanation(run: Run, winner: Candidate) -> Explanation | None:
    """The winner on its judged episodes; None where it fails there."""
    episodes = sorted(run.folder(winner).glob("s*/episodes.npz"))
    try:
        return explain_terms(run.task, run.bank, winner.source, episodes, run.walls)
    except RewardFault:
        return None
