"""The head of the report: what came out, in a few words and figures."""

from dataclasses import dataclass

from designer.report.record import RunRecord
from designer.report.so_far import summary_so_far
from designer.report.summary import Gap, gap
from designer.run.candidates import number

STANDING_HEADINGS = {
    "better": "Better than the human-written reward",
    "worse": "Worse than the human-written reward",
    "open": "Not told apart from the human-written reward",
    "few seeds": "Too few seeds to tell it from the human-written reward",
}


@dataclass(frozen=True)
class Figure:
    """A figure with the words above and below it."""

    name: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Headline:
    """The head of the report; standing: a class of page.css. advice: what to type."""

    standing: str
    heading: str
    sentence: str
    figures: tuple[Figure, ...]
    advice: str = ""


def headline(record: RunRecord) -> Headline:
    """What a run has come to: its verdict, or how far it is."""
    if not record.summary.verdict:
        return _so_far(record)
    difference = _against_human(record)
    figures = (*_differences(record, difference), *_budget(record))
    if difference is not None:
        standing = difference.standing
        heading = STANDING_HEADINGS[standing]
    elif record.winner is None:
        standing, heading = "open", "Nothing was chosen"
    elif record.summary.by == "people":
        standing, heading = "open", f"Chosen by votes: {record.winner.name}"
    else:
        standing, heading = "open", "Not compared with a human-written reward"
    advice = ""
    if record.winner is None and record.manifest.config.judge != "metric":
        advice = f"designer ask {record.path}, then designer resume {record.path}"
    return Headline(standing, heading, record.summary.verdict, figures, advice)


def _so_far(record: RunRecord) -> Headline:
    config = record.manifest.config
    text, facts = summary_so_far(record.snapshot, config, record.unit)
    count, planned = facts["done"], facts["planned"]
    verb = "Still running" if record.status == "running" else "Stopped before its end"
    figures = [Figure("rewards done", f"{count} of {planned}")]
    fitness: dict[str, float] = facts["fitness"]
    if (name := facts["leading"]) is not None:
        value = number(fitness[name]) if name in fitness else "leads"
        figures.append(Figure(f"best so far, {name}", f"{value} {record.unit}".strip()))
    for label, value in facts["baselines"].items():
        figures.append(Figure(label, f"{number(value)} {record.unit}"))
    advice = "" if record.status == "running" else f"designer resume {record.path}"
    heading = f"{verb}: {count} of {planned} rewards are done"
    sentence = (
        f"{text.splitlines()[-1]} There is no verdict before the final comparison."
    )
    return Headline("going", heading, sentence, (*figures, *_budget(record)), advice)


def _against_human(record: RunRecord) -> Gap | None:
    rows = {row.label: row for row in record.summary.rows}
    if record.summary.by == "people" or not {"designed", "human"} <= rows.keys():
        return None
    return gap(rows["designed"], rows["human"])


def _differences(record: RunRecord, difference: Gap | None) -> tuple[Figure, ...]:
    if difference is None:
        return ()
    between = f"{number(difference.low)} to {number(difference.high)} {record.unit}"
    return (
        Figure(
            "against human",
            f"{difference.mean:+.4g} {record.unit}",
            f"95 % interval {between}" if difference.seeds > 1 else "one seed",
        ),
        Figure(
            "evidence",
            f"{difference.seeds} seed{'s' if difference.seeds > 1 else ''}",
            "unused by the search, paired, trained from scratch",
        ),
    )


def _budget(record: RunRecord) -> tuple[Figure, ...]:
    trainings = len(record.snapshot.results)
    return (
        Figure(
            "budget",
            f"{trainings} trainings",
            f"{record.steps / 1e6:.3g} M steps in all, {duration(record.seconds)} of "
            "training",
        ),
    )


def duration(seconds: float) -> str:
    """Seconds in the unit that suits."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
