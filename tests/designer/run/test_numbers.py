"""Figures as people read them."""

import math

import pytest

from designer.run.candidates import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.56, "1235"),
        (-0.0421, "-0.0421"),
        (3e-7, "3e-07"),
        (0.3 - 0.1 * 3, "0"),  # -5.6e-17
        (None, "-"),
        (math.nan, "-"),
    ],
)
def test_a_figure_has_four_digits_and_no_rounding_error(
    value: float | None, text: str
) -> None:
    assert number(value) == text
