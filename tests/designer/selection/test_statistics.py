"""Student's t, against closed forms and tables."""

import math

import numpy as np
import pytest

from designer.selection.statistics import (
    interval,
    interval_between,
    t_probability,
    t_quantile,
)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.95])
def test_with_one_degree_of_freedom_t_is_a_tangent(level: float) -> None:
    assert t_quantile(level, 1) == pytest.approx(math.tan(math.pi * level / 2))


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 5.0])
def test_with_two_degrees_of_freedom_t_is_a_square_root(t: float) -> None:
    assert t_probability(t, 2) == pytest.approx(t / math.sqrt(2 + t * t))


@pytest.mark.parametrize(
    ("freedom", "t"), [(3, 3.182), (4, 2.776), (9, 2.262), (10, 2.228), (30, 2.042)]
)
def test_quantiles_are_those_of_any_table(freedom: int, t: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(t, abs=5e-4)


def test_quantiles_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for freedom in range(1, 60):
        for level in (0.5, 0.9, 0.99):
            expected = stats.t.ppf(0.5 + level / 2, freedom)
            assert t_quantile(level, freedom) == pytest.approx(expected)


def test_the_interval_of_three_values_by_hand() -> None:
    """Of 0, 3, 9: mean 4, s^2 = (16 + 1 + 25) / 2 = 21, so s / sqrt(3) = sqrt(7)."""
    reach = 4.30265 * math.sqrt(7)
    assert interval([0.0, 3.0, 9.0]) == pytest.approx((4 - reach, 4 + reach))


def test_the_interval_of_equal_values_is_that_value() -> None:
    assert interval([2.0, 2.0, 2.0]) == (2.0, 2.0)
    assert interval([2.0]) is None


def test_the_interval_between_unpaired_means_by_hand() -> None:
    """Of 0, 3, 9 and 1, 3: means 4 and 2, squared errors 7 and 1, so
    64 / (49 / 2 + 1 / 1) is 2.5 degrees of freedom, rounded down to 2."""
    reach = 4.30265 * math.sqrt(8)
    between = interval_between([0.0, 3.0, 9.0], [1.0, 3.0])
    assert between == pytest.approx((2 - reach, 2 + reach))


def test_between_equal_values_there_is_no_doubt_and_of_one_no_interval() -> None:
    assert interval_between([2.0, 2.0], [1.0, 1.0]) == (1.0, 1.0)
    assert interval_between([2.0], [1.0, 1.0]) is None
    low, high = interval_between([2.0, math.nan], [1.0, 1.0]) or (0, 0)
    assert math.isnan(low)
    assert math.isnan(high)


@pytest.mark.parametrize("unit", [1e-100, 1e100])
def test_the_interval_between_means_grows_with_the_unit(unit: float) -> None:
    first, second = [0.0, 3.0, 9.0], [1.0, 3.0]
    ends = interval_between(first, second) or (0, 0)
    scaled = interval_between([x * unit for x in first], [x * unit for x in second])
    assert scaled == pytest.approx([end * unit for end in ends])


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_interval_of_few_values_contains_the_mean_as_often_as_it_says(
    n: int,
) -> None:
    """Of 2,000 samples 95 % do, +- three standard errors of 0.5 %."""
    rng = np.random.default_rng(0)
    hits = 0
    for values in rng.normal(size=(2000, n)).tolist():
        low, high = interval(values) or (0.0, 0.0)
        hits += low <= 0.0 <= high
    assert abs(hits / 2000 - 0.95) <= 0.015


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_without_a_finite_value_there_is_no_interval(odd: float) -> None:
    assert np.isnan(interval([1.0, odd, 2.0])).all()
