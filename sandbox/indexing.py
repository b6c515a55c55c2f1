"""Reading and writing by index, in the operations of a graph.

Indices are constants, but for conditions: x[condition] stands for all rows, of which
the condition's alone are used, so it goes back into x[condition] = ... only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sandbox.arranging import expand_dims, squeeze, take_along_axis
from sandbox.primitives import (
    broadcast,
    concatenate,
    fresh,
    reshape,
    take,
    where,
    window,
)
from sandbox.tape import WHERE, Traced, Untraceable, is_truth

_ONE_ROW = (
    "one row of the batch as index: rows are independent environments; number k of "
    f"every row is x[:, k], and to choose per row, {WHERE}"
)
_BY_VALUES = (
    f"an array's values as index: {WHERE}, or np.take_along_axis(x, i[:, None], axis=1)"
)


def getitem(x: Traced, key: Any) -> Any:
    """x[key]: by whole numbers, slices, lists of them, or a condition on the rows."""
    if _numbers_rows(x, key):
        indices = expand_dims(key[1], 1)
        return squeeze(take_along_axis(x, indices, 1), 1)
    parts = _parts(x, key)
    if isinstance(parts[0], Traced):
        return _selected(getitem(x, (slice(None), *parts[1:])), parts[0])
    shape: list[int] = []
    result, axis = x, 0
    for part in parts:
        if part is None:
            shape.append(1)
            continue
        if isinstance(part, int):
            if result.shape[axis] == x.tape.n:
                raise Untraceable(_ONE_ROW)
            result = window(result, axis, _one(part, result.shape[axis]))
            shape.append(0)
        elif isinstance(part, slice):
            result = window(result, axis, part)
        else:
            result = take(result, axis, part)
        if not isinstance(part, int):
            shape.append(result.shape[axis])
        axis += 1
    view = reshape(result, [size for size in shape if size])
    if all(isinstance(part, int | slice | None) for part in parts):
        view.origin = (x, key)
    return view


def _numbers_rows(x: Traced, key: Any) -> bool:
    """Whether a key is (np.arange(n), i): number i[row] of each row of (n, k)."""
    match key:
        case (np.ndarray() as rows, Traced() as index) if index.dtype.kind in "iu":
            is_each_row = np.array_equal(rows, np.arange(x.tape.n))
            return is_each_row and index.ndim == 1 and x.ndim == 2
    return False


def _one(index: int, size: int) -> slice:
    return slice(index % size, index % size + 1)


def _parts(x: Traced, key: Any) -> tuple[Any, ...]:
    """A key with one part for each axis, and None for each new one."""
    parts = list(key) if isinstance(key, tuple) else [key]
    parts = [_part(part) for part in parts]
    used = sum(part is not None and part is not Ellipsis for part in parts)
    used += sum(part.ndim - 1 for part in parts if isinstance(part, Traced))
    where_rest = [k for k, part in enumerate(parts) if part is Ellipsis]
    rest = [slice(None)] * (x.ndim - used)
    k = where_rest[0] if where_rest else len(parts)
    parts[k : k + 1] = rest
    if sum(not isinstance(part, int | slice | None) for part in parts) > 1:
        raise Untraceable(f"several lists as index: {WHERE}")
    if any(isinstance(part, Traced) for part in parts[1:]):
        raise Untraceable(_BY_VALUES)
    return tuple(parts)


def _part(part: Any) -> Any:
    if isinstance(part, Traced):
        if not is_truth(part):
            raise Untraceable(_BY_VALUES)
        return part
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    index = np.asarray(part)
    if index.ndim == 0 and index.dtype.kind in "iu":
        return int(index)
    if index.ndim == 1 and index.dtype.kind in "iub":
        return np.flatnonzero(index) if index.dtype == bool else index
    raise Untraceable(f"a {type(part).__name__} as index: {WHERE}")


def _selected(x: Traced, condition: Traced) -> Traced:
    """The rows of x where the condition is true; its node computes all of them."""
    if condition.shape != x.shape[: condition.ndim] or condition.ndim != x.ndim:
        raise Untraceable(f"a condition as index of an array with more axes: {WHERE}")
    return Traced(x.tape, x.node, x.value[condition.value], condition.node)


def setitem(x: Traced, key: Any, value: Any) -> Any:
    """The array that x is after x[key] = value."""
    parts = _parts(x, key)
    if isinstance(parts[0], Traced):
        condition = parts[0]
        if len(parts) > 1 and condition.ndim == 1:
            rest = (slice(None), *parts[1:])
            column = fresh(getitem(x, rest))
            mask = condition
            for _ in range(column.ndim - 1):
                mask = expand_dims(mask, mask.ndim)
            new = where(mask, _unmasked(value, condition), column)
            return setitem(x, rest, new)
        return fresh(where(condition, _unmasked(value, condition), x), x.dtype)
    if all(isinstance(part, slice) and part == slice(None) for part in parts):
        return fresh(broadcast(value, x.shape, x.tape), x.dtype)
    return _replaced(x, parts, value)


def _unmasked(value: Any, condition: Traced) -> Any:
    """What goes into the rows of a condition, computed for all rows."""
    if not isinstance(value, Traced):
        if np.ndim(value):
            raise Untraceable(f"an array into selected rows: {WHERE}")
        return value
    if value.mask != condition.node:
        raise Untraceable(f"other rows than those that are selected: {WHERE}")
    whole = np.zeros(condition.value.shape, value.value.dtype)
    whole[condition.value] = value.value
    return Traced(value.tape, value.node, whole)


def _replaced(x: Traced, parts: tuple[Any, ...], value: Any) -> Any:
    """x with the value at constant places: taken from both, side by side."""
    first = parts[0]
    is_whole = isinstance(first, slice) and first == slice(None)
    if x.shape[0] != x.tape.n or not is_whole:
        raise Untraceable("a change in place of some rows: keep the rows as first axis")
    places = np.arange(math.prod(x.shape[1:])).reshape(x.shape[1:])
    chosen = places[parts[1:]]
    value = fresh(broadcast(value, (x.tape.n, *chosen.shape), x.tape), x.dtype)
    sides = [reshape(y, (x.tape.n, -1)) for y in (fresh(x), value)]
    index = places.ravel().copy()
    index[chosen.ravel()] = places.size + np.arange(chosen.size)
    return reshape(take(concatenate(sides, 1), 1, index), x.shape)
