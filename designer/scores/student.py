"""Student's t intervals of means over training seeds."""

import math
from collections.abc import Sequence

import numpy as np

LEVEL = 0.95


def mean_interval(
    values: Sequence[float], level: float = LEVEL
) -> tuple[float, float] | None:
    """Student's t interval of the mean; None for fewer than two values.

    values: (n,), one per training seed. For normal values it holds the mean in `level`
    of all cases, however few they are.
    """
    n = len(values)
    if n < 2:
        return None
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    half = t_quantile(0.5 + level / 2, n - 1) * error
    mean = float(np.mean(values))
    return mean - half, mean + half


def t_quantile(probability: float, degrees: int) -> float:
    """The value that Student's t exceeds with 1 - probability; by bisection.

    ValueError unless 0.5 <= probability < 1 and degrees >= 1.
    """
    if not (0.5 <= probability < 1 and degrees >= 1):
        raise ValueError(f"no such quantile: {probability} at {degrees} degrees")
    low, high = 0.0, 1.0
    while t_below(high, degrees) < probability:
        high *= 2
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        if t_below(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return high


def t_below(t: float, degrees: int) -> float:
    """The probability that Student's t is below t >= 0, for whole degrees of freedom.

    Abramowitz and Stegun 1964, 26.7.3 (odd degrees) and 26.7.4 (even).
    """
    angle = math.atan(t / math.sqrt(degrees))
    square = math.cos(angle) ** 2
    first = 1 + degrees % 2
    factors = [k / (k + 1) for k in range(first, degrees - 2, 2)]
    total = term = 1.0
    for factor in factors:
        term *= factor * square
        total += term
    if degrees % 2 == 0:
        return 0.5 * (1 + math.sin(angle) * total)
    series = 0.0 if degrees == 1 else math.sin(angle) * math.cos(angle) * total
    return 0.5 + (angle + series) / math.pi
