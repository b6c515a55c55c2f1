"""A comparison as Markdown and as one HTML file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from designer.report.comparison import RunsComparison
from designer.report.curves_picture import curves_picture
from designer.report.leader_curves import at
from designer.report.markdown import escaped
from designer.report.over_tasks import Figure
from designer.report.run_figures import RunFigures
from designer.run.candidates import number
from designer.run.files import to_json

BUDGET_SHARES = (0.25, 0.5, 0.75, 1.0)
HOW_NORMALISED = (
    "A normalised score is (method - sparse) / |human - sparse|, with the means of the "
    "task's own rewards over all runs here, and nothing where these two can't be told "
    "apart. Steps: of each training in the final comparison. Intervals are 95 %, by "
    "Student's t."
)
HOW_OVER_TASKS = (
    "IQM: mean of the middle half of all normalised scores. Rank: of a method's mean "
    "score among the methods, averaged over tasks; 1 is best. P(better): probability "
    "that a run of the row's method beats one of the column's, ties counted half. "
    "Intervals are 95 % stratified bootstraps over runs (Agarwal et al. 2021)."
)
HOW_DIFFERENT = (
    "Mean of the first minus that of the second, in the task's unit, with its 95 % "
    "interval: by Student's t over the differences of equal seeds where they are "
    "paired, by Welch's where not. P(better): probability that a training (a search, "
    "where a method has several) of the first beats one of the second, ties counted "
    "half."
)
HOW_BUDGET = (
    "Fitness in the search of the reward that leads, after so many environment steps "
    "of all its trainings together; the last column is the largest budget that all "
    "methods have spent. These scores are selected, so they are too good; the tables "
    "above are of new seeds."
)


@dataclass(frozen=True)
class _Section:
    """A titled table with a sentence under it; rows[0] is the header."""

    title: str
    rows: Sequence[Sequence[str]]
    note: str = ""
    picture: str = ""


def as_markdown(comparison: RunsComparison) -> str:
    """The comparison as Markdown."""
    blocks = []
    for section in _sections(comparison):
        header, *rows = [[escaped(cell) for cell in row] for row in section.rows]
        lines = [f"## {section.title}", ""]
        lines += [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        blocks.append("\n".join([*lines, *(["", section.note] * bool(section.note))]))
    for title, sentences in _lists(comparison):
        lines = [f"- {escaped(sentence)}" for sentence in sentences]
        blocks.append("\n".join([f"## {title}", "", *lines]))
    return "\n\n".join(["# Comparison", *blocks]) + "\n"


def as_html(comparison: RunsComparison) -> str:
    """The comparison as one HTML file that loads nothing else."""
    blocks = []
    for section in _sections(comparison):
        header, *rows = [[escape(cell) for cell in row] for row in section.rows]
        lines = [f"<h2>{escape(section.title)}</h2>{section.picture}<table>"]
        lines.append(f"<tr><th>{'</th><th>'.join(header)}</th></tr>")
        lines += [f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows]
        blocks.append("\n".join([*lines, f"</table><p>{escape(section.note)}</p>"]))
    for title, sentences in _lists(comparison):
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        blocks.append(f"<h2>{title}</h2><ul>{items}</ul>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Comparison</title>'
        "<style>body{font:15px/1.5 system-ui;margin:2em auto;max-width:70em;padding:0 "
        "1em}table{border-collapse:collapse}td,th{border-bottom:1px solid #cbd5e1;"
        "padding:.3em .8em;text-align:left}svg{max-width:48em;display:block}p{color:"
        "#475569}</style><h1>Comparison</h1>\n" + "\n".join(blocks) + "</html>\n"
    )


def _lists(comparison: RunsComparison) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Titles and sentences of the lists under the tables, without empty ones."""
    lists = {"To bear in mind": comparison.cautions, "Left out": comparison.left_out}
    yield from ((title, lines) for title, lines in lists.items() if lines)


def _sections(comparison: RunsComparison) -> list[_Section]:
    sections = []
    if comparison.methods:
        sections.append(_over_tasks(comparison))
    if comparison.tasks:
        sections.append(_per_task(comparison))
    if comparison.leads:
        sections.append(_leads(comparison))
    sections += _budgets(comparison)
    if any(settings for settings in comparison.settings.values()):
        sections.append(_settings(comparison))
    sections.append(_costs(comparison.runs))
    return sections


def _over_tasks(comparison: RunsComparison) -> _Section:
    names = [row.method for row in comparison.methods]
    better = [f"P(better than {name})" for name in names] if len(names) > 1 else []
    rows = [["method", "IQM of normalised scores", "rank", *better]]
    for row in comparison.methods:
        cells = [_figure(row.beats[n]) if n in row.beats else "" for n in names]
        cells = cells if better else []
        rows.append([row.method, _figure(row.iqm), _figure(row.rank), *cells])
    return _Section("Over tasks", rows, HOW_OVER_TASKS)


def _per_task(comparison: RunsComparison) -> _Section:
    rows = [
        ["task", "steps", "method", "fitness", "normalised", "human", "sparse", "n"]
    ]
    for row in comparison.tasks:
        n = f"{row.searches} searches"
        if row.over != "searches":
            n = row.over
        rows.append(
            [
                row.task,
                "-" if row.steps is None else f"{row.steps:,}",
                row.method,
                f"{_figure(row.fitness)} {row.unit}",
                _figure(row.normalised),
                number(row.human),
                number(row.sparse),
                n,
            ]
        )
    return _Section("Per task, on new seeds", rows, HOW_NORMALISED)


def _leads(comparison: RunsComparison) -> _Section:
    rows = [["task", "first", "second", "difference", "paired", "P(better)"]]
    for row in comparison.leads:
        rows.append(
            [
                row.task,
                row.first,
                row.second,
                f"{_figure(Figure(row.mean, row.interval))} {row.unit}",
                "yes" if row.is_paired else "no",
                f"{row.better:.2f}",
            ]
        )
    return _Section("Differences, on new seeds", rows, HOW_DIFFERENT)


def _budgets(comparison: RunsComparison) -> list[_Section]:
    """A table for each task with curves: the leader's fitness at equal budgets."""
    sections = []
    for task, curves in comparison.curves.items():
        if not curves or not all(curves.values()):
            continue
        budget = min(curve[-1][0] for curve in curves.values())
        marks = [round(share * budget) for share in BUDGET_SHARES]
        rows = [["method", *[f"{mark:,} steps" for mark in marks]]]
        for method, curve in curves.items():
            rows.append([method, *[number(at(curve, mark)) for mark in marks]])
        picture = curves_picture(curves, task)
        title = f"{task}: at equal budgets"
        sections.append(_Section(title, rows, HOW_BUDGET, picture))
    return sections


def _settings(comparison: RunsComparison) -> _Section:
    keys = list(next(iter(comparison.settings.values())))
    rows = [["method", *keys]]
    for method, settings in comparison.settings.items():
        rows.append([method, *[_setting(key, settings[key]) for key in keys]])
    return _Section("Settings that differ", rows)


def _setting(key: str, value: object) -> str:
    if value is None:
        return "the engine's own" if key == "envs" else "the task's own"
    return str(to_json(value))


def _costs(runs: Sequence[RunFigures]) -> _Section:
    """What models have cost, for each run and together."""
    rows = [["run", "calls", "tokens", "USD"]]
    for run in runs:
        rows.append([run.name, f"{run.calls:,}", f"{run.tokens:,}", _usd(run.usd)])
    prices = [run.usd for run in runs if run.usd is not None]
    total = sum(prices) if len(prices) == len(runs) else None
    calls, tokens = sum(run.calls for run in runs), sum(run.tokens for run in runs)
    rows.append(["all together", f"{calls:,}", f"{tokens:,}", _usd(total)])
    note = "Author and judge model together; one unknown price makes the sum unknown."
    return _Section("Money and tokens", rows, note)


def _usd(usd: float | None) -> str:
    return "unknown" if usd is None else f"{usd:.4f}"


def _figure(figure: Figure) -> str:
    if figure.interval is None:
        return number(figure.value)
    low, high = figure.interval
    return f"{number(figure.value)} ({number(low)} to {number(high)})"
