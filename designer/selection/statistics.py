"""Intervals of means over training seeds, and of their differences, by Student's t."""

import math
from collections.abc import Sequence

import numpy as np

LEVEL = 0.95


def interval(
    values: Sequence[float], level: float = LEVEL
) -> tuple[float, float] | None:
    """Interval of the mean, mean +- t s / sqrt(n) (Student 1908); None for n < 2.

    values: (n,), one per training seed, or their paired differences. NaN if a value is
    not finite. The interval is exact for normal
    values. The percentile bootstrap, which this field commonly reports, contains the
    mean of three normal values in 75 % of cases in place of 95 %.
    """
    data, n = np.asarray(values, dtype=float), len(values)
    if n < 2:
        return None
    if not np.isfinite(data).all():
        return math.nan, math.nan
    mean = float(data.mean())
    reach = t_quantile(level, n - 1) * float(data.std(ddof=1)) / math.sqrt(n)
    return mean - reach, mean + reach


def interval_between(
    first: Sequence[float], second: Sequence[float], level: float = LEVEL
) -> tuple[float, float] | None:
    """Interval of the difference of two means that are not paired; None for n < 2.

    Welch 1947, whose degrees of freedom are rounded down here, so the interval is at
    most a little too wide. NaN if a value is not finite.
    """
    if min(len(first), len(second)) < 2:
        return None
    data = [np.asarray(values, dtype=float) for values in (first, second)]
    if not all(np.isfinite(values).all() for values in data):
        return math.nan, math.nan
    mean = float(data[0].mean() - data[1].mean())
    errors = [float(values.var(ddof=1)) / len(values) for values in data]
    if not sum(errors):
        return mean, mean
    if not math.isfinite(sum(errors)):
        return math.nan, math.nan
    shares = [error / sum(errors) for error in errors]  # their squares can't overflow
    inverse = sum(w**2 / (len(v) - 1) for w, v in zip(shares, data, strict=True))
    freedom = max(1, math.floor(1 / inverse))  # rounding may leave a little less than 1
    reach = t_quantile(level, freedom) * math.sqrt(sum(errors))
    return mean - reach, mean + reach


def t_quantile(level: float, freedom: int) -> float:
    """The t with P(|T| < t) = level, for T with `freedom` degrees of freedom."""
    low, high = 0.0, 1.0
    while t_probability(high, freedom) < level:
        high *= 2
    for _ in range(60):
        middle = 0.5 * (low + high)
        if t_probability(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return high


def t_probability(t: float, freedom: int) -> float:
    """P(|T| < t) for T with `freedom` degrees of freedom.

    Abramowitz and Stegun 1964, 26.7.3 and 26.7.4, which are exact for whole numbers.
    """
    angle = math.atan(t / math.sqrt(freedom))
    cos2, odd = math.cos(angle) ** 2, freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cos2 * (k - 1) / k
    if odd:
        return (angle + math.sin(angle) * total) * 2 / math.pi
    return math.sin(angle) * total
