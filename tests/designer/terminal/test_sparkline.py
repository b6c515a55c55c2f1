"""A line of numbers as a line of text."""

import math

from designer.terminal.sparkline import sparkline


def test_bars_go_from_the_lowest_to_the_highest_value() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([7, 0]) == "█▁"


def test_more_values_than_width_are_averaged() -> None:
    assert sparkline([0, 0, 7, 7], width=2) == "▁█"


def test_a_constant_is_flat_and_no_numbers_are_nothing() -> None:
    assert sparkline([2, 2, 2]) == "▁▁▁"
    assert sparkline([math.nan, math.inf]) == ""
    assert sparkline([math.nan, 1, 2]) == "▁█"
