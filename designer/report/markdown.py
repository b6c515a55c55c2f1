"""report.md and best/: everything a run found, readable in a terminal."""

import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from designer.feedback.reflection import Trace, average, findings, traces
from designer.files import read_bytes, write_atomic, write_json
from designer.people.gather import merit_of
from designer.people.synthetic import describe
from designer.propose.messages import thought
from designer.records import Assessed, Candidate, Failed, Rejected, number
from designer.report.people import people_section
from designer.report.picture import fitness_picture
from designer.report.summary import Row, Summary, as_json, selection_luck
from designer.run import Run
from designer.search.merit import Merit
from designer.store import RunStore
from designer.training.curves import Curves
from envs.task import Task

_JINJA = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # Markdown; replies are shown in code blocks only
)


def write_report(
    run: Run, summary: Summary, usage: str, noticed: Sequence[str] = ()
) -> Path:
    """Write result.json, report.md, fitness.svg and best/; gives report.md's path."""
    store, task, sandbox = run.store, run.task, str(run.walls)
    candidates = store.candidates()
    merit = merit_of(run, candidates)
    winner = next((c for c in candidates if c.name == summary.winner), None)
    result = {**as_json(summary), "sandbox": sandbox}
    write_json(store.path / "result.json", result)
    write_atomic(
        store.path / "fitness.svg",
        fitness_picture(candidates, summary, task.goal, merit),
    )
    found = _traces(store, winner)
    text = _JINJA.get_template("report.md.jinja").render(
        task=task,
        summary=summary,
        table=table(summary),
        winner=winner,
        traces=found,
        noticed=(*(findings(found) if found else ()), *noticed),
        candidates=[_line(candidate, merit) for candidate in candidates],
        people=people_section(store.path, candidates),
        synthetic=describe(run.config.mistakes),
        settings=run.config.to_json(),
        usage=usage,
        sandbox=sandbox,
        luck=selection_luck(summary),
        merit=merit.unit,
        number=number,
    )
    path = store.path / "report.md"
    write_atomic(path, text)
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


def _cells(row: Row) -> list[str]:
    if row.fitness is None or row.interval is None:
        return [row.label, "-", row.note, "-", "0", "0", "0"]
    low, high = row.interval
    return [
        row.label,
        number(row.fitness),
        f"{number(low)} to {number(high)}",
        "-" if row.success is None else f"{row.success:.0%}",
        str(row.seeds),
        f"{row.steps:,}",
        f"{row.seconds:.0f}",
    ]


def _line(candidate: Candidate, merit: Merit) -> dict[str, str]:
    match candidate.outcome:
        case Assessed() as assessed:
            fitness = number(merit.of(candidate))
            by_seed = ", ".join(number(score) for score in assessed.scores)
            note = thought(candidate.source)
        case Failed(kind, reason):
            fitness, by_seed, note = "failed", kind, reason
        case Rejected(problems):
            fitness, by_seed, note = "rejected", "", "; ".join(problems)
    note = " ".join(note.split()).replace("|", "\\|")
    return {
        "name": candidate.name,
        "framing": candidate.framing,
        "parent": candidate.parent or "",
        "fitness": fitness,
        "by_seed": by_seed,
        "note": note[:160],
    }


def _traces(store: RunStore, winner: Candidate | None) -> tuple[Trace, ...]:
    if winner is None:
        return ()
    folder = store.folder(winner.generation, winner.index)
    curves = [Curves.load(path) for path in sorted(folder.glob("s*/curves.csv"))]
    return traces(average(curves))


def _write_best(
    store: RunStore, task: Task, winner: Candidate, summary: Summary
) -> None:
    """reward.py, the best of the retrained policies, and a card that says so."""
    best = store.path / "best"
    write_atomic(best / "reward.py", winner.source)
    designed = next(row for row in summary.rows if row.label == "designed")
    if designed.fitness is None:
        return
    scores = designed.scores or (designed.fitness,)  # people judge all seeds as one
    k = max(range(len(scores)), key=lambda i: scores[i])
    policy = store.path / "final" / "designed" / f"s{k}" / "policy.npz"
    write_atomic(best / "policy.npz", read_bytes(policy))
    card = _JINJA.get_template("card.md.jinja").render(
        task=task,
        summary=summary,
        fitness=number(scores[k]),
        mean=number(designed.fitness),
        seeds=designed.seeds,
        body=json.dumps(task.env),
    )
    write_atomic(best / "README.md", card)
