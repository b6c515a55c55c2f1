"""What a training did with each reward term, for the next prompt and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from designer.rewards.sources import Array
from designer.training.curves import Curves

MAX_POINTS = 10  # of a trace
PAYS_WITHOUT_SERVING = (
    "the reward's own return rose while fitness fell from its peak: the policy found "
    "something that pays but does not serve the goal"
)


@dataclass(frozen=True)
class Trace:
    """One quantity over training: about ten points and their summary, without NaN.

    share: of the sum of all terms' mean absolute values (None unless it is a term).
    correlation: with fitness over the training, None where either is constant or NaN.
    """

    name: str
    points: tuple[float, ...]
    mean: float
    low: float
    high: float
    share: float | None
    correlation: float | None


def average(curves: Sequence[Curves]) -> Curves:
    """Curves of several seeds, of as many rows, as one.

    Each number is a mean over the seeds that have it.
    """
    if len(curves) == 1:
        return curves[0]
    first = curves[0].columns
    return Curves(
        {name: _mean_of_numbers([c.columns[name] for c in curves]) for name in first}
    )


def traces(curves: Curves) -> tuple[Trace, ...]:
    """Terms and the reward itself per control step, then fitness, success and length.

    Per step, because a sum over an episode says little more than how long it lasted.
    """
    terms = [f"term/{term}" for term in curves.terms]
    per_step = {
        name: curves.columns[name] / curves.columns["length"]
        for name in (*terms, "return")
    }
    curves = Curves(curves.columns | per_step)
    size = {}
    for term in terms:
        values = np.abs(_without_nan(curves.columns[term]))
        size[term] = float(values.mean()) if values.size else 0.0
    total = sum(size.values()) or 1.0
    return tuple(
        _trace(name, curves, size[name] / total if name in size else None)
        for name in (*terms, "return", "fitness", "success", "length")
    )


def seed_traces(curves: Mapping[str, Curves]) -> tuple[Trace, ...]:
    """Fitness over each of several trainings, by name; () of a single one."""
    if len(curves) < 2:
        return ()
    return tuple(
        replace(_trace("fitness", one, None), name=f"fitness of {name}")
        for name, one in curves.items()
    )


def trace_findings(summary: Sequence[Trace]) -> tuple[str, ...]:
    """What the traces show to be wrong with a reward, one sentence each."""
    sentences = []
    has_several = sum(trace.share is not None for trace in summary) > 1
    for trace in summary:
        if trace.share is None or not trace.points:
            continue
        name = trace.name.removeprefix("term/")
        if trace.low == trace.high == 0.0:
            sentences.append(
                f"term '{name}' was zero all through training: it does nothing"
            )
        elif trace.share > 0.9 and has_several:
            sentences.append(
                f"term '{name}' is {trace.share:.0%} of the reward: it drowns the rest"
            )
        elif trace.share < 0.005:
            sentences.append(
                f"term '{name}' is under 0.5% of the reward: unless it is a rare event "
                "it hardly counts"
            )
    points = {trace.name: trace.points for trace in summary}
    curves = [points.get(name, ()) for name in ("return", "length", "fitness")]
    if pays_without_serving(*curves):
        sentences.append(PAYS_WITHOUT_SERVING)
    return tuple(sentences)


def pays_without_serving(
    own: Sequence[float], length: Sequence[float], fitness: Sequence[float]
) -> bool:
    """Whether the own return rose over a training while fitness fell from its peak.

    It rose if it did per step and per episode: where episodes become shorter or longer
    one of the two rises alone. Fitness fell if it lost three tenths of the peak; where
    that is not positive, of its size or of the range of fitness, whichever is larger.
    own: reward per control step, length: of episodes; all are points of their traces.
    """
    if min(len(own), len(length), len(fitness)) < 4 or own[-1] <= own[0]:
        return False
    if own[-1] * length[-1] <= own[0] * length[0]:
        return False
    peak = max(fitness)
    size = peak if peak > 0 else max(-peak, peak - min(fitness))
    return peak - fitness[-1] > 0.3 * size


def _trace(name: str, curves: Curves, share: float | None) -> Trace:
    values = curves.columns[name]
    points = trace_points(values)
    numbers = _without_nan(values) if points else np.array([np.nan])
    return Trace(
        name,
        points,
        float(numbers.mean()),
        float(numbers.min()),
        float(numbers.max()),
        share,
        None if name == "fitness" else _correlation(values, curves.columns["fitness"]),
    )


def trace_points(values: Array) -> tuple[float, ...]:
    """The means of about ten stretches of a curve, without those that are all NaN."""
    spans = [_without_nan(span) for span in np.array_split(values, MAX_POINTS)]
    return tuple(float(span.mean()) for span in spans if span.size)


def _correlation(x: Array, y: Array) -> float | None:
    are_numbers = ~(np.isnan(x) | np.isnan(y))
    x, y = x[are_numbers], y[are_numbers]
    if len(x) < 3 or x.std() < 1e-12 or y.std() < 1e-12:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _without_nan(values: Array) -> Array:
    return values[~np.isnan(values)]


def _mean_of_numbers(rows: Sequence[Array]) -> Array:
    """Column means of rows (seeds, rows of a curve); NaN where all are NaN."""
    stack = np.stack(rows)
    count = (~np.isnan(stack)).sum(axis=0)
    return np.where(count, np.nansum(stack, axis=0) / np.maximum(count, 1), np.nan)
