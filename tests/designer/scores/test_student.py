"""Student's t intervals, against tables and by hand."""

import math

import pytest

from designer.scores.student import mean_interval, t_below, t_quantile

# 97.5 % quantiles of Student's t, as any table has them.
TABLE = {1: 12.7062, 2: 4.30265, 3: 3.18245, 4: 2.77645, 9: 2.26216, 30: 2.04227}


@pytest.mark.parametrize(("degrees", "quantile"), TABLE.items())
def test_quantiles_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(quantile, abs=1e-5)


def test_one_degree_of_freedom_is_the_cauchy_distribution() -> None:
    assert t_below(1.0, 1) == pytest.approx(0.75)
    assert t_below(0.0, 1) == t_below(0.0, 2) == 0.5


def test_an_interval_of_two_values_by_hand() -> None:
    # Mean 2, standard error 1: the standard deviation of 1 and 3 is sqrt(2).
    assert mean_interval([1.0, 3.0]) == pytest.approx((2 - 12.7062, 2 + 12.7062), 1e-4)


def test_one_value_has_no_interval() -> None:
    assert mean_interval([4.0]) is None
    assert mean_interval([]) is None


def test_equal_values_leave_no_doubt() -> None:
    assert mean_interval([2.0, 2.0, 2.0]) == (2.0, 2.0)


@pytest.mark.parametrize("wrong", [(0.4, 3), (1.0, 3), (0.9, 0), (math.nan, 3)])
def test_there_is_no_such_quantile(wrong: tuple[float, int]) -> None:
    with pytest.raises(ValueError, match="no such quantile"):
        t_quantile(*wrong)
