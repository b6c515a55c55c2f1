"""numpy's functions, written in the operations of a graph.

Each function here has the name, or stands in the table under the name, of the numpy
function that it equals; its arguments are numpy's. What is missing can't be traced.
"""

from __future__ import annotations

import math
from functools import partial
from functools import reduce as fold
from typing import Any

import numpy as np

from sandbox.arranging import stack
from sandbox.primitives import (
    elementwise,
    fresh,
    where,
)
from sandbox.tape import Traced

PI = math.pi


def array(x: Any, dtype: Any = None, **_: Any) -> Any:
    """A new array; lists of arrays are stacked."""
    if isinstance(x, list | tuple):
        x = stack([array(item) for item in x])
    return fresh(x, dtype)


def asarray(x: Any, dtype: Any = None, **keywords: Any) -> Any:
    """The array itself where it is one of this type."""
    if isinstance(x, Traced) and dtype in (None, x.dtype):
        return x
    return array(x, dtype)


def plain(x: Any) -> Any:
    """An argument as an array, where it is a list of some."""
    return array(x) if isinstance(x, list | tuple) else x


def each(name: str, *xs: Any, dtype: Any = None) -> Any:
    """An operation on each number, of lists of arrays, too."""
    result = elementwise(name, *map(plain, xs))
    return result if dtype is None else fresh(result, dtype)


def power(x: Any, y: Any) -> Any:
    """As numpy's ** does, which squares and takes roots."""
    if np.ndim(y) == 0 and not isinstance(y, Traced) and float(y) in (2.0, 0.5):
        return elementwise("square" if float(y) == 2.0 else "sqrt", x)
    return elementwise("power", x, y)


def clip(x: Any, low: Any = None, high: Any = None, **bounds: Any) -> Any:
    """Between two bounds, each of which may be None."""
    low = bounds.get("a_min", bounds.get("min", low))
    high = bounds.get("a_max", bounds.get("max", high))
    x = fresh(plain(x))
    x = x if low is None else elementwise("maximum", x, plain(low))
    return x if high is None else elementwise("minimum", x, plain(high))


def round_(x: Any, decimals: int = 0) -> Any:
    """To so many digits after the point."""
    if not decimals:
        return elementwise("rint", x)
    scale = 10.0 ** abs(decimals)
    there, back = ("multiply", "divide") if decimals > 0 else ("divide", "multiply")
    return elementwise(back, elementwise("rint", elementwise(there, x, scale)), scale)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """With numbers in the place of nan and of infinities."""
    most = float(np.finfo(float).max)
    result = where(elementwise("isnan", x), nan, x)
    high, low = (most if posinf is None else posinf, neginf)
    result = where(elementwise("equal", x, math.inf), high, result)
    return where(
        elementwise("equal", x, -math.inf), -most if low is None else low, result
    )


def isclose(
    x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether finite numbers are nearly equal."""
    size = elementwise("multiply", rtol, elementwise("absolute", y))
    distance = elementwise("absolute", elementwise("subtract", x, y))
    return elementwise("less_equal", distance, elementwise("add", atol, size))


def sinc(x: Any) -> Any:
    """The sine of pi x, divided by pi x."""
    y = elementwise("multiply", math.pi, where(elementwise("equal", x, 0.0), 1e-20, x))
    return elementwise("divide", elementwise("sin", y), y)


def select(conditions: Any, choices: Any, default: Any = 0) -> Any:
    """The choice of the first condition that is true."""
    result = default
    for condition, choice in reversed([*zip(conditions, choices, strict=True)]):
        result = where(condition, choice, result)
    return result


def piecewise(x: Any, conditions: Any, functions: Any) -> Any:
    """A function or number for each condition, of which the last true one counts."""
    result: Any = 0.0
    if len(functions) > len(conditions):
        otherwise = functions[-1]
        result = otherwise(x) if callable(otherwise) else otherwise
    for condition, function in zip(conditions, functions, strict=False):
        result = where(
            condition, function(x) if callable(function) else function, result
        )
    return result


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Along the lines between constant points."""
    xs, ys = np.asarray(xp, float), np.asarray(fp, float)
    result: Any = float(ys[0])
    for k in range(len(xs) - 1):
        part = clip(elementwise("subtract", x, xs[k]), 0.0, xs[k + 1] - xs[k])
        slope = (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k])
        result = elementwise("add", result, elementwise("multiply", slope, part))
    if left is not None:
        result = where(elementwise("less", x, xs[0]), left, result)
    if right is not None:
        result = where(elementwise("greater", x, xs[-1]), right, result)
    return result


def isin(x: Any, numbers: Any) -> Any:
    """Whether it is one of some constants."""
    tests = [elementwise("equal", x, k) for k in np.ravel(numbers)]
    return fold(partial(elementwise, "logical_or"), tests)


def polyval(p: Any, x: Any) -> Any:
    """A polynomial, by its factors from the highest power on."""
    result: Any = 0.0
    for factor in np.asarray(p, float):
        result = elementwise("add", elementwise("multiply", result, x), factor)
    return result


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """How many of the rising bins lie below."""
    test = "greater" if right else "greater_equal"
    return fold(
        partial(elementwise, "add"),
        [fresh(elementwise(test, x, edge), int) for edge in np.asarray(bins, float)],
    )


def searchsorted(a: Any, v: Any, side: str = "left") -> Any:
    """Where numbers would stand in a sorted constant."""
    return digitize(v, a, right=side == "left")
