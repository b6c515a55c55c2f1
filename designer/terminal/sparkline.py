"""A line of numbers as a line of text."""

import math
from collections.abc import Sequence
from itertools import pairwise

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 12) -> str:
    """Values as bars from the lowest to the highest, at most `width` characters.

    Numbers that are not finite are left out; '' where none is left.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    count = min(width, len(finite))
    edges = [k * len(finite) // count for k in range(count + 1)]
    means = [
        sum(finite[first:last]) / (last - first) for first, last in pairwise(edges)
    ]
    low, high = min(means), max(means)
    if high <= low:
        return BARS[0] * count
    top = len(BARS) - 1
    return "".join(BARS[round((mean - low) / (high - low) * top)] for mean in means)
