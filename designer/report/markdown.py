"""Writes report.md and best/, which are readable in a terminal."""

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from designer.feedback.reflection import Trace, average, trace_findings, traces
from designer.raters.synthetic import describe_rater
from designer.report.people import people_section
from designer.report.picture import fitness_picture
from designer.report.summary import ResultRow, Summary, selection_luck
from designer.report.summary_json import as_json
from designer.run.candidates import (
    NO_THOUGHT,
    Assessed,
    Candidate,
    Dropped,
    Failed,
    Rejected,
    number,
)
from designer.run.files import read_bytes, write_atomic, write_json
from designer.run.folder import RunStore
from designer.search.plan import merit
from designer.search.session import Run
from designer.search.snapshot import Snapshot
from designer.selection.merit import Merit
from designer.training.curves import load_curves
from designer.training.results import counted_folders
from envs.task import Task
from envs.yamlfile import read_yaml
from prompts import fenced
from sandbox import clean, one_line

_JINJA = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # Markdown, not HTML
)
NOTE_CHARACTERS = 160
# Characters with a meaning in a line or a cell of Markdown, and those of bare links.
_MARKS = re.compile(
    r"[\\`*|<\[\]~]|^[#>+]|^-(?!\d)|(?<=:)/(?=/)|(?<=www)\.", re.IGNORECASE
)


def escaped(text: str) -> str:
    """Text as one line of Markdown in which no character has a meaning."""
    return _MARKS.sub(r"\\\g<0>", " ".join(clean(text).split()))


_JINJA.filters |= {"fenced": fenced, "escaped": escaped}


def write_report(
    run: Run, snapshot: Snapshot, summary: Summary, usage: str, findings: Sequence[str]
) -> Path:
    """Write result.json, report.md, fitness.svg and best/; gives report.md's path.

    usage: model calls and costs, in words. findings: sentences on the winner.
    """
    store, task, sandbox = run.store, run.task, str(run.walls)
    candidates = snapshot.candidates
    score = merit(snapshot, run.config, candidates)
    winner = next((c for c in candidates if c.name == summary.winner), None)
    unanswered = snapshot.missing(run.config.generations, run.config.candidates)
    result = {**as_json(summary), "sandbox": sandbox, "unanswered": unanswered}
    write_json(store.path / "result.json", result)
    write_atomic(
        store.path / "fitness.svg",
        fitness_picture(candidates, summary, task.goal, score),
    )
    winner_traces = _traces(store, winner)
    text = _JINJA.get_template("report.md.jinja").render(
        task=task,
        summary=summary,
        table=table(summary),
        winner=winner,
        traces=winner_traces,
        findings=(*(trace_findings(winner_traces) if winner_traces else ()), *findings),
        candidates=[candidate_line(candidate, score) for candidate in candidates],
        unanswered=unanswered,
        people=people_section(store.path, candidates),
        synthetic=describe_rater(run.config.mistakes),
        settings=run.config.to_json(),
        versions=read_yaml(store.path / "config.yaml").data.get("versions", {}),
        run=store.path,
        usage=usage,
        sandbox=sandbox,
        luck=selection_luck(summary),
        merit=score.unit,
        people_select=run.config.judge != "metric",
        number=number,
    )
    path = store.path / "report.md"
    write_atomic(path, text)
    _remove_best(store.path / "best")
    if winner:
        _write_best(store, task, winner, summary)
    return path


def table(summary: Summary) -> list[list[str]]:
    """Header and rows of the final comparison, as text."""
    unit = summary.unit if summary.by == "people" else f"fitness ({summary.unit})"
    header = ["reward", unit, "95 % interval", "success"]
    return [
        [*header, "seeds", "steps", "seconds"],
        *[_cells(row) for row in summary.rows],
    ]


def _cells(row: ResultRow) -> list[str]:
    between = row.note or ("one seed" if row.interval is None else "")
    if row.interval is not None:
        between = " to ".join(map(number, row.interval))
    return [
        row.label,
        number(row.fitness),
        between,
        "-" if row.success is None else f"{row.success:.0%}",
        str(row.seeds),
        f"{row.steps:,}",
        f"{row.seconds:.0f}",
    ]


def candidate_line(candidate: Candidate, merit: Merit) -> dict[str, str]:
    """The cells of a candidate's row in the report, as text."""
    match candidate.outcome:
        case Assessed() as assessed:
            fitness = number(merit.of(candidate) if merit.knows(candidate) else None)
            scores = [score for score in assessed.scores if not math.isnan(score)]
            by_seed = ", ".join(map(number, scores))
            note = candidate.thought or NO_THOUGHT
        case Dropped(steps, _):
            fitness, by_seed = f"dropped at {steps:,} steps", ""
            note = candidate.thought or NO_THOUGHT
        case Failed(kind, reason):
            fitness, by_seed, note = "failed", kind, reason
        case Rejected(problems):
            fitness, by_seed, note = "rejected", "", "; ".join(problems)
        case _:
            assert_never(candidate.outcome)
    return {
        "name": candidate.name,
        "framing": candidate.framing,
        "parent": candidate.parent or "",
        "fitness": fitness,
        "by_seed": by_seed,
        "note": one_line(note, NOTE_CHARACTERS),
    }


def _traces(store: RunStore, winner: Candidate | None) -> tuple[Trace, ...]:
    if winner is None:
        return ()
    folder = store.folder(winner.generation, winner.index)
    curves = load_curves(counted_folders(folder, winner.outcome))
    return traces(average([*curves.values()])) if curves else ()


def _remove_best(best: Path) -> None:
    """Remove the files of an earlier report, whose winner may be another one."""
    for name in ("reward.py", "policy.npz", "README.md", "clip.mp4", "clip.gif"):
        (best / name).unlink(missing_ok=True)
    with suppress(OSError):  # a person may have put other files there
        best.rmdir()


def _write_best(
    store: RunStore, task: Task, winner: Candidate, summary: Summary
) -> None:
    """Write reward.py, the best of the retrained policies, and a card about them."""
    best = store.path / "best"
    write_atomic(best / "reward.py", winner.source)
    designed = next(row for row in summary.rows if row.label == "designed")
    if not designed.seeds:
        return
    scores = designed.scores or (0.0,)  # votes are on all seeds together
    k = max(range(len(scores)), key=lambda i: scores[i])
    # A seed whose environment failed has no policy, and no score.
    policies = sorted(
        (store.path / designed.folder).glob("s*/policy.npz"),
        key=lambda path: int(path.parent.name[1:]),
    )
    write_atomic(best / "policy.npz", read_bytes(policies[k]))
    card = _JINJA.get_template("card.md.jinja").render(
        task=task,
        summary=summary,
        fitness=number(scores[k]),
        mean=number(designed.fitness),
        seeds=designed.seeds,
        body=json.dumps(task.env),
    )
    write_atomic(best / "README.md", card)
