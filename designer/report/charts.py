"""The charts of report.html as geometry in pixels; charts.html.jinja draws them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.report.summary import ResultRow
from designer.rewards.sources import Array
from designer.run.candidates import number

Numbers = Sequence[float] | Array
SPARK_WIDTH, SPARK_HEIGHT = 96, 22


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in pixels."""

    place: float
    label: str


@dataclass(frozen=True)
class Polyline:
    """A polyline; points: as SVG wants them. style: a class of page.css."""

    points: str
    style: str
    label: str = ""


@dataclass(frozen=True)
class Dot:
    """A point with its meaning in words; row: id of the row that it stands for."""

    x: float
    y: float
    style: str
    meaning: str
    row: str = ""


@dataclass(frozen=True)
class Mark:
    """A level line across the chart; label_y: where its label stands."""

    y: float
    style: str
    label: str
    label_y: float


@dataclass(frozen=True)
class Chart:
    """A chart; its data lie between left, right, top and bottom, all in pixels.

    meaning: the chart in words, for those who can't see it. title, remark: above it.
    """

    meaning: str
    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    x_label: str = ""
    y_label: str = ""
    lines: tuple[Polyline, ...] = ()
    bands: tuple[Polyline, ...] = ()
    dots: tuple[Dot, ...] = ()
    marks: tuple[Mark, ...] = ()
    title: str = ""
    remark: str = ""


@dataclass(frozen=True)
class PixelScale:
    """A linear map from values low..high to pixels first..last."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """The pixel of a value; one outside the range lies on its edge."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        pixel = self.first + (self.last - self.first) * min(max(share, 0.0), 1.0)
        return round(pixel, 1)

    def ticks(self, count: int = 5) -> tuple[Tick, ...]:
        """About so many round values."""
        rough = (self.high - self.low) / count
        if not rough > 0 or not math.isfinite(rough):
            return (Tick(self(self.low), f"{self.low:.3g}"),)
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next((unit * k for k in (1, 2, 5) if unit * k >= rough), unit * 10)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(
            Tick(self(k * step), _short(k * step)) for k in range(first, last + 1)
        )


def scale_of(values: Iterable[float], first: float, last: float) -> PixelScale:
    """A scale over the finite ones of some values, with a small margin."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return PixelScale(low - margin, high + margin, first, last)


def polyline(xs: Numbers, ys: Numbers, x: PixelScale, y: PixelScale) -> str:
    """Points of a line, without those that are no numbers."""
    return " ".join(
        f"{x(float(a)):g},{y(float(b)):g}"
        for a, b in zip(xs, ys, strict=True)
        if math.isfinite(a) and math.isfinite(b)
    )


def spark(values: Numbers) -> str:
    """Points of a line of SPARK_WIDTH x SPARK_HEIGHT pixels; '' for fewer than two."""
    finite = [float(value) for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    x = PixelScale(0, len(finite) - 1, 1, SPARK_WIDTH - 1)
    y = PixelScale(min(finite), max(finite), SPARK_HEIGHT - 2, 2)
    if y.low == y.high:
        y = PixelScale(y.low - 1, y.high + 1, y.first, y.last)
    return polyline(range(len(finite)), finite, x, y)


def interval_chart(rows: Sequence[ResultRow], unit: str) -> Chart | None:
    """The rewards of the final comparison: seeds, mean and interval of each.

    None where no row has a figure.
    """
    measured = [row for row in rows if row.fitness is not None]
    if not measured:
        return None
    row_height, left, width = 46, 92, 720
    height = row_height * len(measured) + 44
    values = [0.0]
    for row in measured:
        values += [*row.scores, *(row.interval or ()), row.fitness or 0.0]
    x = scale_of(values, left, width - 20)
    lines, dots, ticks, meanings = [], [], [], []
    for k, row in enumerate(measured):
        y = 26.0 + row_height * k
        fitness = row.fitness or 0.0
        ticks.append(Tick(y, row.label))
        if row.interval is not None:
            low, high = (x(end) for end in row.interval)
            lines.append(Polyline(f"{low},{y} {high},{y}", f"whisker {row.label}"))
        dots += [
            Dot(
                x(score),
                y,
                f"seed {row.label}",
                f"{row.label}, a seed: {number(score)}",
            )
            for score in row.scores
        ]
        between = " to ".join(map(number, row.interval)) if row.interval else "one seed"
        meaning = f"{row.label}: {number(fitness)} {unit} ({between})"
        dots.append(Dot(x(fitness), y, f"mean {row.label}", meaning))
        meanings.append(meaning)
    return Chart(
        "Fitness of each reward, mean with 95 % interval and every seed. "
        + "; ".join(meanings),
        width,
        height,
        left,
        width - 20,
        8,
        height - 34,
        x_ticks=x.ticks(6),
        y_ticks=tuple(ticks),
        x_label=unit,
        lines=tuple(lines),
        dots=tuple(dots),
    )


def curve_chart(
    title: str,
    steps: Numbers,
    seeds: Sequence[Array],
    mean: Array,
    style: str = "designed",
) -> Chart:
    """One quantity over a training: a thin line a seed, a thick one for the mean.

    steps, mean: (rows,). seeds: (rows,) each.
    """
    everything = np.concatenate([*seeds, mean]) if len(mean) else np.zeros(0)
    chart = blank_chart(f"{title} over the training", steps, everything)
    x, y = scales(chart, steps, everything)
    thin = [Polyline(polyline(steps, row, x, y), f"thin {style}") for row in seeds]
    thick = Polyline(polyline(steps, mean, x, y), f"thick {style}")
    return replace(chart, title=title, lines=(*(thin if len(seeds) > 1 else ()), thick))


def blank_chart(
    meaning: str, xs: Numbers, ys: Numbers, width: int = 250, height: int = 130
) -> Chart:
    """A small chart with its axes and without data."""
    chart = Chart(meaning, width, height, 44, width - 8, 8, height - 22)
    x, y = scales(chart, xs, ys)
    return replace(chart, x_ticks=x.ticks(3), y_ticks=y.ticks(3))


def scales(chart: Chart, xs: Numbers, ys: Numbers) -> tuple[PixelScale, PixelScale]:
    """The scales of a chart for such data."""
    finite = [float(value) for value in xs if math.isfinite(value)] or [0.0, 1.0]
    x = PixelScale(min(finite), max(finite), chart.left, chart.right)
    return x, scale_of(map(float, ys), chart.bottom, chart.top)


def _short(value: float) -> str:
    """A value of an axis: thousands and millions by letter."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}" if value else "0"
