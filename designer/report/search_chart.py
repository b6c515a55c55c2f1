"""The chart of a search: every candidate as a point, by generation."""

import math
from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from designer.report.charts import Chart, Dot, Mark, PixelScale, Polyline, Tick
from designer.run.candidates import (
    Assessed,
    Candidate,
    Dropped,
    Failed,
    Rejected,
    number,
)
from designer.selection.incumbent import incumbents
from designer.selection.merit import Merit

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 60.0, WIDTH - 130.0, 14.0, HEIGHT - 64.0
UNTRAINED_Y = BOTTOM + 16  # the row of rewards that were never judged
LEVEL_LABEL_HEIGHT = 16.0
MOST_GENERATION_LABELS = 20
LOW_QUANTILE = 0.1  # Candidates far below it are drawn on the lower edge.


def search_chart(
    candidates: Sequence[Candidate],
    merit: Merit,
    unit: str,
    levels: Mapping[str, float],
    ancestry: Sequence[str],
) -> Chart:
    """Merit by generation.

    levels: fitness of the baselines and of the retrained winner. ancestry: names of
    the leader and its ancestors, which a line connects.
    """
    figures = {c.name: _figure(c, merit) for c in candidates}
    numbers = [f for f in figures.values() if f is not None] + list(levels.values())
    y = _scale(numbers)
    generations = max((c.generation for c in candidates), default=0) + 1
    count = max((c.index for c in candidates), default=0) + 1
    x = PixelScale(-0.5, generations - 0.5, LEFT, RIGHT)

    def centre(c: Candidate) -> tuple[float, float]:
        # The candidates of a generation stand side by side, over 0.7 of its width.
        place = x(c.generation + (c.index - (count - 1) / 2) / count * 0.7)
        figure = figures[c.name]
        return place, UNTRAINED_Y if figure is None else y(figure)

    leaders = {c.name for _, c in incumbents(candidates, merit) if c is not None}
    dots = []
    for c in candidates:
        style = "leader" if c.name in leaders else _style(c)
        row = c.name.replace("/", "-")
        dots.append(
            Dot(*centre(c), style, f"{c.name}: {_words(c, figures[c.name])}", row)
        )
    path = [centre(c) for c in candidates if c.name in ancestry]
    line = Polyline(" ".join(f"{a:g},{b:g}" for a, b in path), "ancestry")
    stride = max(1, generations // MOST_GENERATION_LABELS)
    word = "generation " if generations < 7 else ""
    names = tuple(Tick(x(g), f"{word}{g}") for g in range(0, generations, stride))
    return Chart(
        f"{merit.unit} of {len(candidates)} rewards by generation",
        WIDTH,
        HEIGHT,
        LEFT,
        RIGHT,
        TOP,
        BOTTOM,
        x_ticks=names,
        y_ticks=y.ticks(6),
        y_label=unit,
        lines=(line,) if len(path) > 1 else (),
        dots=tuple(dots),
        marks=tuple(_marks(levels, y)),
    )


def _scale(numbers: Sequence[float]) -> PixelScale:
    values = np.array([0.0, *numbers])
    high = float(values.max())
    low, quantile = float(values.min()), float(np.quantile(values, LOW_QUANTILE))
    low = max(low, min(0.0, quantile - 2 * (high - quantile)))
    margin = 0.06 * (high - low) or 1.0
    return PixelScale(low - margin, high + margin, BOTTOM, TOP)


def _figure(candidate: Candidate, merit: Merit) -> float | None:
    """The merit, or for a dropped one its fitness at the rung; None without any."""
    match candidate.outcome:
        case Assessed():
            value = merit.of(candidate) if merit.knows(candidate) else math.nan
        case Dropped(_, results):
            scores = [result.judgement.fitness for result in results]
            value = float(np.mean(scores)) if scores else math.nan
        case Failed() | Rejected():
            return None
        case _:
            assert_never(candidate.outcome)
    return value if math.isfinite(value) else None


def _style(candidate: Candidate) -> str:
    return type(candidate.outcome).__name__.lower()


def _words(candidate: Candidate, figure: float | None) -> str:
    match candidate.outcome:
        case Assessed():
            return number(figure)
        case Dropped(steps, _):
            return f"dropped at {steps:,} steps, {number(figure)} there"
        case Failed(kind, _):
            return f"failed ({kind})"
        case Rejected():
            return "rejected, never trained"
        case _:
            assert_never(candidate.outcome)


def _marks(levels: Mapping[str, float], y: PixelScale) -> list[Mark]:
    """The level lines from the top, with labels that do not overlap."""
    marks, label_y = [], -100.0
    for name in sorted(levels, key=lambda name: -levels[name]):
        label_y = max(y(levels[name]) + 4, label_y + LEVEL_LABEL_HEIGHT)
        label = f"{name} {number(levels[name])}"
        marks.append(Mark(y(levels[name]), name, label, label_y))
    return marks
