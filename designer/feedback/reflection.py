"""Summary of a training per reward term: what the next prompt says about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designer.rewards.sources import Array
from designer.training.curves import Curves

POINTS = 10


@dataclass(frozen=True)
class Trace:
    """One quantity over training: about ten points and their summary; NaN dropped.

    share: of the sum of all terms' magnitudes (terms only). correlation: with fitness
    over the training, None where either is constant or unknown.
    """

    name: str
    points: tuple[float, ...]
    mean: float
    low: float
    high: float
    share: float | None
    correlation: float | None


def average(curves: Sequence[Curves]) -> Curves:
    """Curves of several seeds as one, row by row, over what is known."""
    first = curves[0].columns
    return Curves({name: _mean([c.columns[name] for c in curves]) for name in first})


def traces(curves: Curves) -> tuple[Trace, ...]:
    """Terms and the reward itself per control step, then fitness, success and length.

    Per step, because sums over an episode say little but how long episodes were.
    """
    terms = [f"term/{term}" for term in curves.terms]
    per_step = {
        name: curves.columns[name] / curves.columns["length"]
        for name in (*terms, "return")
    }
    curves = Curves(curves.columns | per_step)
    size = {term: _size(curves.columns[term]) for term in terms}
    total = sum(size.values()) or 1.0
    return tuple(
        _trace(name, curves, size[name] / total if name in size else None)
        for name in (*terms, "return", "fitness", "success", "length")
    )


def findings(summary: Sequence[Trace]) -> tuple[str, ...]:
    """What arithmetic alone can say is wrong, for the author of the reward."""
    found = []
    for trace in summary:
        if trace.share is None:
            continue
        name = trace.name.removeprefix("term/")
        if trace.low == trace.high == 0.0:
            found.append(
                f"term '{name}' was zero all through training: it does nothing"
            )
        elif trace.share > 0.9 and len(summary) > 5:
            found.append(
                f"term '{name}' is {trace.share:.0%} of the reward: it drowns the rest"
            )
        elif trace.share < 0.005:
            found.append(
                f"term '{name}' is under 0.5% of the reward: unless it is a rare event "
                "it hardly counts"
            )
    last = {trace.name: trace for trace in summary}
    own, fitness = last["return"].points, last["fitness"].points
    if len(own) > 3 and len(fitness) > 3 and own[-1] > own[0]:
        peak = max(fitness)
        if fitness[-1] < 0.7 * peak and peak > 0:
            found.append(
                "the reward's own return rose while fitness fell from its peak: "
                "the policy found something that pays but does not serve the goal"
            )
    return tuple(found)


def _trace(name: str, curves: Curves, share: float | None) -> Trace:
    values = curves.columns[name]
    parts = [_known(part) for part in np.array_split(values, POINTS)]
    points = tuple(float(part.mean()) for part in parts if part.size)
    known = _known(values) if points else np.array([np.nan])
    return Trace(
        name,
        points,
        float(known.mean()),
        float(known.min()),
        float(known.max()),
        share,
        None if name == "fitness" else _correlation(values, curves.columns["fitness"]),
    )


def _correlation(x: Array, y: Array) -> float | None:
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if len(x) < 3 or x.std() < 1e-12 or y.std() < 1e-12:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _size(values: Array) -> float:
    known = np.abs(_known(values))
    return float(known.mean()) if known.size else 0.0


def _known(values: Array) -> Array:
    return values[~np.isnan(values)]


def _mean(rows: Sequence[Array]) -> Array:
    stack = np.stack(rows)
    count = (~np.isnan(stack)).sum(axis=0)
    return np.where(count, np.nansum(stack, axis=0) / np.maximum(count, 1), np.nan)
