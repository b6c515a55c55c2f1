"""Candidates as the report shows them: a row each, and code for the important ones."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.feedback.reflection import (
    PAYS_WITHOUT_SERVING,
    pays_without_serving,
    trace_points,
)
from designer.report.charts import spark
from designer.report.markdown import candidate_line
from designer.report.record import RunRecord
from designer.run.candidates import Assessed, Candidate, Dropped, Failed, Rejected
from designer.selection.incumbent import ranked

# Characters of code and comparisons in a report, which stays under 1 MB.
CODE_BUDGET_CHARACTERS = 300_000
DIFF_CONTEXT_LINES = 2


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison; kind: added, removed, kept or place."""

    kind: str
    text: str


@dataclass(frozen=True)
class Alarm:
    """A sign that a policy found something that pays and does not serve the goal."""

    name: str
    finding: str
    own_return: str
    fitness: str


@dataclass(frozen=True)
class Card:
    """A candidate in the report.

    cells: of its row. fitness: to sort by, None without one. spark: points of its
    fitness over the training. source: '' where the code is left out.
    """

    name: str
    status: str
    cells: Mapping[str, str]
    fitness: float | None
    spark: str
    problem: str = ""
    source: str = ""
    diff: tuple[DiffLine, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The row's id in the page."""
        return self.name.replace("/", "-")


def cards_of(record: RunRecord) -> list[Card]:
    """A card for each candidate, in order."""
    candidates, curves = record.snapshot.candidates, record.mean_curves
    by_name = {c.name: c for c in candidates}
    with_code = _with_code(record)
    cards = []
    for c in candidates:
        parent = by_name.get(c.parent or "")
        is_assessed = isinstance(c.outcome, Assessed) and record.merit.knows(c)
        has_code = c.name in with_code
        cards.append(
            Card(
                c.name,
                type(c.outcome).__name__.lower(),
                candidate_line(c, record.merit),
                record.merit.of(c) if is_assessed else None,
                spark(curves[c.name].columns["fitness"]) if c.name in curves else "",
                _problem(c),
                c.source if has_code else "",
                diff(parent.source, c.source) if has_code and parent else (),
                c.findings if has_code else (),
            )
        )
    return cards


def ancestry(record: RunRecord) -> list[Candidate]:
    """The leader and its ancestors, the oldest first; [] where nothing leads."""
    by_name = {c.name: c for c in record.snapshot.candidates}
    line: list[Candidate] = []
    member = record.winner
    while member is not None and member not in line:
        line.append(member)
        member = by_name.get(member.parent or "")
    return line[::-1]


def alarms(record: RunRecord) -> list[Alarm]:
    """The candidates whose own return rose while their fitness fell."""
    rows = []
    for name, mean in record.mean_curves.items():
        own, fitness = mean.columns["return"], mean.columns["fitness"]
        length = mean.columns["length"]
        points = [trace_points(values) for values in (own / length, length, fitness)]
        if pays_without_serving(*points):
            rows.append(Alarm(name, PAYS_WITHOUT_SERVING, spark(own), spark(fitness)))
    return rows


def diff(old: str, new: str) -> tuple[DiffLine, ...]:
    """How a source differs from its parent's; () where they are equal."""
    kinds = {"+": "added", "-": "removed", "@": "place", " ": "kept"}
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), lineterm="", n=DIFF_CONTEXT_LINES
    )
    return tuple(DiffLine(kinds[line[:1] or " "], line) for line in list(lines)[2:])


def _with_code(record: RunRecord) -> frozenset[str]:
    """Names of the candidates whose code is shown: ancestors of the leader, then the
    best ones, as far as the budget reaches."""
    candidates = record.snapshot.candidates
    order: Sequence[Candidate] = (
        *ancestry(record)[::-1],
        *ranked(candidates, record.merit),
        *candidates,
    )
    names: dict[str, None] = {}
    characters = 0
    for c in order:
        if c.name in names or not c.source:
            continue
        characters += 2 * len(c.source)  # once as it is, once as a comparison
        if characters > CODE_BUDGET_CHARACTERS:
            break
        names[c.name] = None
    return frozenset(names)


def _problem(candidate: Candidate) -> str:
    """Why a candidate was not trained to the end, '' for one that was."""
    match candidate.outcome:
        case Rejected(problems):
            return "; ".join(problems)
        case Failed(kind, reason):
            return f"{kind}: {reason}"
        case Dropped(steps, _):
            return f"others were better after {steps:,} steps"
    return ""
