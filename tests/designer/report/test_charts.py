"""The geometry of the report's charts."""

import math
from itertools import pairwise

import numpy as np
import pytest

from designer.report.charts import (
    SPARK_WIDTH,
    PixelScale,
    curve_chart,
    interval_chart,
    polyline,
    spark,
)
from designer.report.search_chart import UNTRAINED_Y, search_chart
from designer.report.summary import row_of
from designer.run.candidates import Dropped, Entry, Failed, Rejected
from designer.selection.merit import BY_FITNESS
from tests.designer.handmade import assessed, candidate


def test_a_scale_maps_its_ends_and_keeps_others_on_its_edge() -> None:
    scale = PixelScale(0.0, 10.0, 100.0, 0.0)
    assert [scale(v) for v in (0, 5, 10, 11, -1)] == [100, 50, 0, 0, 100]
    assert [tick.label for tick in scale.ticks(5)] == ["0", "2", "4", "6", "8", "10"]
    assert [t.label for t in PixelScale(0, 3e5, 0, 1).ticks(3)][-1] == "300k"


def test_numbers_that_are_none_are_left_out_of_a_line() -> None:
    scale = PixelScale(0.0, 2.0, 0.0, 2.0)
    assert polyline([0, 1, 2], [0, math.nan, 2], scale, scale) == "0,0 2,2"
    assert spark([1.0, math.nan]) == ""
    points = [tuple(map(float, p.split(","))) for p in spark([0, 1, 1, 0]).split()]
    assert points[0][0] == 1
    assert points[-1][0] == SPARK_WIDTH - 1
    assert points[0][1] > points[1][1] == points[2][1]  # up is a smaller y


def test_a_constant_has_a_line_in_the_middle() -> None:
    heights = {p.split(",")[1] for p in spark([3.0, 3.0, 3.0]).split()}
    assert heights == {"11"}


def test_each_row_has_its_seeds_its_mean_and_its_interval() -> None:
    rows = [row_of(Entry("human", "final/human", assessed(1.0, 3.0)))]
    chart = interval_chart(rows, "m")
    assert chart is not None
    seeds = [dot for dot in chart.dots if dot.style.startswith("seed")]
    (mean,) = [dot for dot in chart.dots if dot.style.startswith("mean")]
    assert len(seeds) == 2
    assert mean.x == pytest.approx(sum(dot.x for dot in seeds) / 2, abs=0.1)
    assert len(chart.lines) == 1
    assert (
        interval_chart([row_of(Entry("human", "x", Failed("crash", "")))], "m") is None
    )


def test_a_curve_has_a_thin_line_for_each_of_several_seeds() -> None:
    steps, mean = np.array([1.0, 2.0]), np.array([1.5, 2.5])
    seeds = [np.array([1.0, 2.0]), np.array([2.0, 3.0])]
    assert len(curve_chart("x", steps, seeds, mean).lines) == 3
    assert len(curve_chart("x", steps, seeds[:1], mean).lines) == 1
    assert curve_chart("x", steps[:0], [], mean[:0]).lines  # nothing trained yet


def test_every_outcome_has_its_place_in_the_search() -> None:
    candidates = [
        candidate(0, 0, assessed(1.0)),
        candidate(0, 1, Rejected(("no",))),
        candidate(0, 2, Failed("crash", "gone")),
        candidate(1, 0, Dropped(500, assessed(0.5).results)),
        candidate(1, 1, assessed(2.0), parent="g00/c00"),
    ]
    names = ["g00/c00", "g01/c01"]
    chart = search_chart(candidates, BY_FITNESS, "m", {"human": 1.5}, names)
    styles = [dot.style for dot in chart.dots]
    assert styles == ["leader", "rejected", "failed", "dropped", "leader"]
    heights = [dot.y for dot in chart.dots]
    assert heights[1] == heights[2] == UNTRAINED_Y
    assert heights[4] < heights[0] < heights[3]  # up is a smaller y
    assert chart.dots[4].row == "g01-c01"
    assert "dropped at 500 steps" in chart.dots[3].meaning
    assert len(chart.lines[0].points.split()) == 2
    assert chart.marks[0].label == "human 1.5"


def test_labels_of_levels_do_not_overlap() -> None:
    levels = {"human": 1.0, "sparse": 1.001, "designed": 1.002}
    chart = search_chart([candidate(0, 0, assessed(1.0))], BY_FITNESS, "m", levels, [])
    places = [mark.label_y for mark in chart.marks]
    assert all(b - a > 15.9 for a, b in pairwise(places))


def test_one_very_bad_candidate_does_not_flatten_all_others() -> None:
    scores = [*np.linspace(1.0, 2.0, 20), -1e6]
    candidates = [candidate(0, k, assessed(x)) for k, x in enumerate(scores)]
    chart = search_chart(candidates, BY_FITNESS, "m", {}, [])
    heights = [dot.y for dot in chart.dots]
    assert heights[0] - heights[19] > 50
    assert heights[20] == chart.bottom
