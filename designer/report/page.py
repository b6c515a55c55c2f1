"""Makes report.html: a run as one page that needs no network."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from designer.config import RunConfig
from designer.feedback.changes import lines, sheet
from designer.feedback.reflection import trace_findings, traces
from designer.report.cards import Card, alarms, ancestry, cards_of
from designer.report.charts import Chart, curve_chart, interval_chart, spark
from designer.report.explained import read_explanation
from designer.report.headline import headline
from designer.report.html import render_page
from designer.report.markdown import table
from designer.report.people import people_section
from designer.report.record import (
    RunRecord,
    model_costs,
    read_events,
    started_command,
)
from designer.report.search_chart import search_chart
from designer.report.summary import selection_luck
from designer.report.terms import TermView, per_step, term_views
from designer.run.files import read_bytes, write_atomic
from designer.selection.merit import ByFitness
from designer.training.curves import Curves
from designer.training.results import load_result

PAGE_FILE = "report.html"
CLIP_TYPES = {"clip.mp4": "video/mp4", "clip.jpg": "image/jpeg"}
MAX_CLIPS_OF_ALARMS = 4
MAX_ALARMS_SHOWN = 12

ClipAddress = Callable[[Path], str]
"""The address of a clip's file that the page uses: its content, or a path."""


@dataclass(frozen=True)
class Clip:
    """A film in the report; video, poster: addresses, '' where there is no film."""

    label: str
    style: str
    video: str
    poster: str


def write_page(record: RunRecord) -> Path:
    """Write report.html into a run's folder; gives its path."""
    page = record.path / PAGE_FILE
    write_atomic(page, report_page(record))
    return page


def embedded(file: Path) -> str:
    """The content of a clip's file as an address."""
    content = base64.b64encode(read_bytes(file)).decode()
    return f"data:{CLIP_TYPES[file.name]};base64,{content}"


def report_page(
    record: RunRecord, address: ClipAddress = embedded, state_address: str = ""
) -> str:
    """The report of a run, finished or not, as HTML.

    address: of clips. state_address: where a page that is served asks whether the run
    went on; '' for a file.
    """
    cards = cards_of(record)
    return render_page(
        "page.html.jinja",
        record=record,
        head=headline(record),
        status=record.status,
        summary=record.summary,
        table=table(record.summary),
        luck=selection_luck(record.summary),
        intervals=interval_chart(record.summary.rows, record.unit),
        clips=_final_clips(record, address),
        search=_search(record),
        under_way=_under_way(record),
        merit=record.merit.unit,
        winner=record.winner,
        reward=_reward(record),
        alarms=_alarms(record, address),
        lineage=_lineage(record, cards),
        term_changes=_term_changes(record),
        cards=cards,
        failures=[card for card in cards if card.problem],
        people=people_section(record.path, record.snapshot.candidates),
        costs=model_costs(record),
        settings=_settings(record.manifest.config),
        command=started_command(record.path),
        times=_times(record),
        state_address=state_address,
    )


def _final_clips(record: RunRecord, address: ClipAddress) -> list[Clip]:
    clips = [
        _clip(record.path / row.folder, row.label, row.label, address)
        for row in record.summary.rows
    ]
    return [clip for clip in clips if clip is not None]


def _clip(folder: Path, label: str, style: str, address: ClipAddress) -> Clip | None:
    video, poster = folder / "clip.mp4", folder / "clip.jpg"
    if not video.is_file():
        return None
    return Clip(
        label, style, address(video), address(poster) if poster.is_file() else ""
    )


@dataclass(frozen=True)
class UnderWay:
    """A training that is under way; share: of its steps. spark: of its own return."""

    name: str
    share: float
    spark: str


def _under_way(record: RunRecord) -> list[UnderWay]:
    """The trainings at work, in a run that goes on."""
    trainings = []
    paths = record.path.glob("*/*/s[0-9]*/curves.csv")
    for path in sorted(paths) if record.status == "running" else ():
        name = str(path.parent.relative_to(record.path))
        if load_result(path.parent) is not None:
            continue
        curves = Curves.load(path)
        steps = curves.columns["steps"]
        if len(steps):
            share = min(float(steps[-1]) / record.snapshot.steps, 1.0)
            trainings.append(UnderWay(name, share, spark(curves.columns["return"])))
    return trainings


def _search(record: RunRecord) -> Chart | None:
    candidates = record.snapshot.candidates
    if not candidates:
        return None
    levels: dict[str, float] = {}
    if isinstance(record.merit, ByFitness):
        levels = {
            row.label: row.fitness
            for row in record.summary.rows
            if row.fitness is not None
        }
    unit = record.unit if isinstance(record.merit, ByFitness) else record.merit.unit
    names = [c.name for c in ancestry(record)]
    return search_chart(candidates, record.merit, unit, levels, names)


@dataclass(frozen=True)
class RewardView:
    """The leading reward: its terms, its other curves, and what was noticed.

    has_curves: whether any episode ended while it was trained.
    """

    has_curves: bool
    terms: tuple[TermView, ...]
    curves: tuple[Chart, ...]
    findings: tuple[str, ...]


def _reward(record: RunRecord) -> RewardView | None:
    winner = record.winner
    if winner is None or winner.name not in record.mean_curves:
        return None
    mean, seeds = record.mean_curves[winner.name], record.curves(winner)
    summary = traces(mean)
    explained = read_explanation(record.path, winner.name)
    explanation = explained.explanation if explained is not None else None
    titles = {"fitness": f"fitness, {record.unit}", "length": "episode length, steps"}
    if record.manifest.config.judge == "people":
        del titles["fitness"]
    charts = [per_step("return", "reward per step", mean, seeds)] + [
        curve_chart(
            title,
            mean.columns["steps"],
            [seed.columns[name] for seed in seeds],
            mean.columns[name],
        )
        for name, title in titles.items()
    ]
    has_curves = any(trace.points for trace in summary)
    findings = (*(trace_findings(summary) if has_curves else ()), *winner.findings)
    if explained is not None:
        findings = explained.findings
    return RewardView(
        has_curves,
        tuple(term_views(explanation, summary, mean, seeds)),
        tuple(charts) if has_curves else (),
        findings,
    )


def _alarms(record: RunRecord, address: ClipAddress) -> list[dict[str, Any]]:
    rows, clips = [], 0
    for alarm in alarms(record)[:MAX_ALARMS_SHOWN]:
        clip = None
        if clips < MAX_CLIPS_OF_ALARMS:
            clip = _clip(record.path / alarm.name, alarm.name, "alarm", address)
            clips += clip is not None
        rows.append({"alarm": alarm, "clip": clip})
    return rows


def _lineage(record: RunRecord, cards: Sequence[Card]) -> list[dict[str, Any]]:
    by_name = {card.name: card for card in cards}
    return [{"candidate": c, "card": by_name[c.name]} for c in ancestry(record)]


def _term_changes(record: RunRecord) -> tuple[str, ...]:
    curves = record.mean_curves
    sheets = [
        sheet(c, [curves[c.name]])
        for c in record.snapshot.candidates
        if c.name in curves
    ]
    return lines(s for s in sheets if s is not None)


def _settings(config: RunConfig) -> list[dict[str, Any]]:
    usual = RunConfig().to_json()
    return [
        {"name": key, "value": value, "changed": value != usual[key]}
        for key, value in config.to_json().items()
    ]


def _times(record: RunRecord) -> dict[str, str]:
    rows = read_events(record.path)
    if not rows:
        return {}
    first, last = (datetime.fromtimestamp(row["time"]) for row in (rows[0], rows[-1]))
    return {
        "began": f"{first:%Y-%m-%d %H:%M}",
        "last": f"{last:%Y-%m-%d %H:%M}",
    }
