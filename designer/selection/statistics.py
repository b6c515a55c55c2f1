"""Intervals over training seeds."""

from collections.abc import Sequence

import numpy as np

RESAMPLES = 10_000


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean (Efron and Tibshirani 1993, ch. 13).

    values: (n,), one per training seed; with n = 1 both ends are that value. The
    resampling is seeded, so the same values give the same interval. NaN if a value is
    not finite. The interval is too narrow for few values: for normal ones it contains
    the mean in 85 % of cases with n = 5 and in 92 % with n = 10.
    """
    data = np.asarray(values, dtype=float)
    if not np.isfinite(data).all():
        return float("nan"), float("nan")
    rng = np.random.default_rng(0)
    means = data[rng.integers(len(data), size=(RESAMPLES, len(data)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
