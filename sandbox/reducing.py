"""numpy's functions that reduce the numbers of each row, in operations of a graph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sandbox.arranging import squeeze
from sandbox.lowering import plain
from sandbox.primitives import (
    elementwise,
    fresh,
    reduce,
    reshape,
    scan,
    take,
    tape_of,
    where,
)
from sandbox.tape import Untraceable

Axes = int | Sequence[int] | None


def _axes(x: Any, axis: Axes) -> list[int]:
    """The axes from 0, the last first; all of them for None."""
    if axis is None:
        axis = range(np.ndim(x))
    axes = [axis] if isinstance(axis, int | np.integer) else list(axis)
    return sorted({int(a) % max(np.ndim(x), 1) for a in axes}, reverse=True)


def reduced(
    name: str, x: Any, axis: Axes = None, *, keepdims: bool = False, dtype: Any = None
) -> Any:
    """A reduction along some axes, which may stay with size 1."""
    x = plain(x)
    x = x if dtype is None else fresh(x, dtype)
    shape = list(np.shape(x))
    for k in _axes(x, axis):
        x = reduce(name, x, k)
        shape[k] = 1
    return reshape(x, shape) if keepdims else x


def _count(x: Any, axis: Axes) -> int:
    return math.prod(np.shape(x)[k] for k in _axes(x, axis))


def mean(
    x: Any, axis: Axes = None, dtype: Any = None, *, keepdims: bool = False
) -> Any:
    """The average along some axes, as float64 whatever the type."""
    x = plain(x)
    total = reduced("sum", fresh(x, float), axis, keepdims=keepdims)
    return elementwise("divide", total, float(_count(x, axis)))


def weighted_mean(x: Any, axis: Axes = None, weights: Any = None) -> Any:
    """The average, with weights that are constants or arrays like x or its axis."""
    x = plain(x)
    if weights is None:
        return mean(x, axis)
    weights = plain(weights) if tape_of(weights) else np.asarray(weights, float)
    if np.ndim(weights) == 1 and isinstance(axis, int):
        shape = [1] * np.ndim(x)
        shape[axis] = -1
        weights = reshape(weights, shape)
    total = reduced("sum", elementwise("multiply", x, weights), axis)
    sizes = elementwise("multiply", weights, np.ones(np.shape(x)))
    return elementwise("divide", total, reduced("sum", sizes, axis))


def var(x: Any, axis: Axes = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance along some axes."""
    x = plain(x)
    offset = elementwise("subtract", x, mean(x, axis, keepdims=True))
    squares = reduced("sum", elementwise("square", offset), axis, keepdims=keepdims)
    return elementwise("divide", squares, float(_count(x, axis) - ddof))


def std(x: Any, axis: Axes = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation along some axes."""
    return elementwise("sqrt", var(x, axis, ddof=ddof, keepdims=keepdims))


def ptp(x: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """The range along some axes."""
    high = reduced("max", x, axis, keepdims=keepdims)
    return elementwise("subtract", high, reduced("min", x, axis, keepdims=keepdims))


def count_nonzero(x: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """How many are not zero."""
    truths = fresh(fresh(plain(x), bool), int)
    return reduced("sum", truths, axis, keepdims=keepdims)


def quantile(x: Any, q: float, axis: int = -1, *, keepdims: bool = False) -> Any:
    """One quantile along an axis, between the two nearest numbers."""
    ordered = scan("sort", plain(x), axis)
    k = axis % np.ndim(ordered)
    place = float(q) * (np.shape(ordered)[k] - 1)
    low, high = math.floor(place), math.ceil(place)
    ends = [take(ordered, k, [low]), take(ordered, k, [high])]
    step = elementwise("multiply", place - low, elementwise("subtract", *ends[::-1]))
    result = elementwise("add", ends[0], step)
    return result if keepdims else squeeze(result, k)


def median(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle number along an axis."""
    if axis is None:
        raise Untraceable("a median over the rows: use axis=1")
    return quantile(x, 0.5, axis, keepdims=keepdims)


def percentile(x: Any, q: float, axis: int = -1, *, keepdims: bool = False) -> Any:
    """As quantile, with q from 0 to 100."""
    return quantile(x, q / 100, axis, keepdims=keepdims)


def without_nan(name: str, other: float, x: Any, *args: Any, **keywords: Any) -> Any:
    """A reduction that leaves out nan."""
    x = plain(x)
    return reduced(name, where(elementwise("isnan", x), other, x), *args, **keywords)


def nanmean(x: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """The average without nan."""
    x = plain(x)
    numbers = fresh(elementwise("logical_not", elementwise("isnan", x)), float)
    total = without_nan("sum", 0.0, x, axis, keepdims=keepdims)
    return elementwise(
        "divide", total, reduced("sum", numbers, axis, keepdims=keepdims)
    )


def norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """The length of vectors, in the Euclidean, sum or maximum norm."""
    x = plain(x)
    if len(_axes(x, axis)) > 1 and ord not in (None, "fro"):
        raise Untraceable("a norm of matrices: use sums of squares")
    if ord in (None, 2, "fro"):
        squares = elementwise("square", fresh(x, float))
        return elementwise("sqrt", reduced("sum", squares, axis, keepdims=keepdims))
    size = elementwise("absolute", x)
    if ord in (1, np.inf, -np.inf):
        name = {1: "sum", np.inf: "max", -np.inf: "min"}[ord]
        return reduced(name, size, axis, keepdims=keepdims)
    total = reduced(
        "sum", elementwise("power", size, float(ord)), axis, keepdims=keepdims
    )
    return elementwise("power", total, 1.0 / float(ord))


def vector_norm(x: Any, axis: Axes = None, ord: Any = 2, keepdims: bool = False) -> Any:
    """As norm, with numpy's other order of arguments."""
    return norm(x, ord, axis, keepdims)
