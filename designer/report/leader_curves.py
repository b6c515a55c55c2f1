"""Step curves: the fitness of a search's leader after so many environment steps."""

import math
from collections.abc import Sequence

import numpy as np


def mean_curve(
    curves: Sequence[Sequence[tuple[int, float]]],
) -> tuple[tuple[int, float], ...]:
    """The mean of step curves, from where all have begun to where the first ends."""
    curves = [curve for curve in curves if curve]
    if not curves:
        return ()
    start, end = max(c[0][0] for c in curves), min(c[-1][0] for c in curves)
    steps = sorted({s for curve in curves for s, _ in curve if start <= s <= end})
    return tuple((s, float(np.mean([at(c, s) for c in curves]))) for s in steps)


def at(curve: Sequence[tuple[int, float]], steps: float) -> float:
    """The leader's fitness once so many steps were trained; NaN before the first."""
    return next((f for s, f in reversed(curve) if s <= steps), math.nan)
