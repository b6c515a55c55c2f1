"""numpy's functions that shape, join and multiply arrays, in operations of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sandbox.primitives import (
    broadcast,
    concatenate,
    elementwise,
    fresh,
    reduce,
    reshape,
    take,
    transpose,
    where,
    window,
)
from sandbox.tape import Untraceable, value_of


def squeeze(x: Any, axis: Any = None) -> Any:
    """Without axes of size 1."""
    shape = np.shape(x)
    if axis is None:
        axis = [k for k, size in enumerate(shape) if size == 1]
    axes = {a % len(shape) for a in np.atleast_1d(np.asarray(axis, int))}
    return reshape(x, [size for k, size in enumerate(shape) if k not in axes])


def expand_dims(x: Any, axis: int) -> Any:
    """With a new axis of size 1."""
    axis = axis % (np.ndim(x) + 1)
    return reshape(x, [*np.shape(x)[:axis], 1, *np.shape(x)[axis:]])


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """The arrays side by side along a new axis."""
    axis = axis % (np.ndim(arrays[0]) + 1)
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


def concatenate_(arrays: Sequence[Any], axis: int = 0) -> Any:
    """The arrays joined along an axis."""
    return concatenate(arrays, axis % np.ndim(arrays[0]))


def hstack(arrays: Sequence[Any]) -> Any:
    """The arrays joined along axis 1, or axis 0 where they have no other."""
    return concatenate(arrays, min(1, np.ndim(arrays[0]) - 1))


def column_stack(arrays: Sequence[Any]) -> Any:
    """Arrays (n,) and (n, k) as columns."""
    return concatenate([expand_dims(x, 1) if np.ndim(x) == 1 else x for x in arrays], 1)


def vstack(arrays: Sequence[Any]) -> Any:
    """The arrays as rows of one."""
    return concatenate([expand_dims(x, 0) if np.ndim(x) == 1 else x for x in arrays], 0)


def append(x: Any, values: Any, axis: int = 0) -> Any:
    """Two arrays joined along an axis."""
    return concatenate_([x, values], axis)


def reshape_(x: Any, *shape: Any) -> Any:
    """As np.reshape, or as the method, which takes the sizes one by one."""
    sizes = shape[0] if len(shape) == 1 else shape
    return reshape(x, sizes)


def ravel(x: Any) -> Any:
    """With one axis."""
    return reshape(x, (-1,))


def transpose_(x: Any, *axes: Any) -> Any:
    """As np.transpose, or as the method, which takes the axes one by one."""
    order = axes[0] if len(axes) == 1 else axes
    return transpose(x, order if order else range(np.ndim(x))[::-1])


def swapaxes(x: Any, first: int, second: int) -> Any:
    """With two axes exchanged."""
    axes = [*range(np.ndim(x))]
    axes[first], axes[second] = axes[second], axes[first]
    return transpose(x, axes)


def moveaxis(x: Any, source: int, destination: int) -> Any:
    """With one axis in another place."""
    axes = [*range(np.ndim(x))]
    axis = axes.pop(source)
    axes.insert(destination % np.ndim(x), axis)
    return transpose(x, axes)


def flip(x: Any, axis: int) -> Any:
    """With an axis reversed."""
    return window(x, axis % np.ndim(x), slice(None, None, -1))


def take_(x: Any, indices: Any, axis: int) -> Any:
    """The numbers at constant indices of an axis; one index drops the axis."""
    axis = axis % np.ndim(x)
    if np.ndim(indices):
        return take(x, axis, indices)
    return squeeze(take(x, axis, [indices]), axis)


def roll(x: Any, shift: int, axis: int) -> Any:
    """With the numbers of an axis moved round."""
    return take(x, axis, np.roll(np.arange(np.shape(x)[axis]), shift))


def repeat(x: Any, repeats: int, axis: int) -> Any:
    """With each number of an axis repeated."""
    return take(x, axis, np.repeat(np.arange(np.shape(x)[axis]), repeats))


def tile(x: Any, repetitions: Any) -> Any:
    """With the axes repeated."""
    counts = list(np.atleast_1d(np.asarray(repetitions, int)))
    shape = [1] * (len(counts) - np.ndim(x)) + list(np.shape(x))
    counts = [1] * (len(shape) - len(counts)) + counts
    x = reshape(x, shape)
    for axis, count in enumerate(counts):
        if count != 1:
            x = take(x, axis, np.tile(np.arange(np.shape(x)[axis]), count))
    return x


def pad(x: Any, widths: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """With constant numbers before and after the axes."""
    if mode != "constant" or np.ndim(constant_values):
        raise Untraceable("np.pad with other numbers than one constant")
    sides = np.broadcast_to(np.asarray(widths, int), (np.ndim(x), 2))
    for axis, ends in enumerate(sides.tolist()):
        for side, count in enumerate(ends):
            if count:
                shape = [*np.shape(x)[:axis], count, *np.shape(x)[axis + 1 :]]
                border = np.full(shape, constant_values, value_of(x).dtype)
                x = concatenate([border, x] if side == 0 else [x, border], axis)
    return x


def diagonal_sum(x: Any, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal of two axes."""
    x = moveaxis(moveaxis(x, axis1, -1), axis2 - (axis2 > axis1), -1)
    diagonal = [x[..., k, k] for k in range(min(np.shape(x)[-2:]))]
    return reduce("sum", stack(diagonal, -1), np.ndim(x) - 2)


def differences(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Each number less the one before it, along an axis."""
    axis = axis % np.ndim(x)
    for _ in range(n):
        ends = window(x, axis, slice(1, None)), window(x, axis, slice(None, -1))
        x = elementwise("subtract", *ends)
    return x


def take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    """The numbers at computed indices of an axis."""
    axis, size = axis % np.ndim(x), np.shape(x)[axis]
    shape = [1] * (np.ndim(x) + 1)
    shape[axis + 1] = size
    index = where(elementwise("less", indices, 0), indices + size, indices)
    places = elementwise(
        "equal", expand_dims(index, axis + 1), np.arange(float(size)).reshape(shape)
    )
    return reduce("sum", where(places, expand_dims(x, axis), 0.0), axis + 1)


def matmul(x: Any, y: Any) -> Any:
    """The product of matrices and vectors; few numbers each, so by sums."""
    left = expand_dims(x, 0) if np.ndim(x) == 1 else x
    right = expand_dims(y, 1) if np.ndim(y) == 1 else y
    products = elementwise(
        "multiply", expand_dims(left, np.ndim(left)), expand_dims(right, -3)
    )
    result = reduce("sum", products, np.ndim(products) - 2)
    if np.ndim(x) == 1:
        result = squeeze(result, -2)
    return squeeze(result, -1) if np.ndim(y) == 1 else result


def dot(x: Any, y: Any) -> Any:
    """The product of matrices and vectors with one or two axes, or of numbers."""
    if not (np.ndim(x) and np.ndim(y)):
        return elementwise("multiply", x, y)
    if max(np.ndim(x), np.ndim(y)) > 2:
        raise Untraceable("np.dot of more than two axes: use np.matmul")
    return matmul(x, y)


def inner(x: Any, y: Any) -> Any:
    """Sums of products along the last axes."""
    return matmul(x, y if np.ndim(y) < 2 else swapaxes(y, -1, -2))


def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """Sums of products along an axis."""
    products = elementwise("multiply", x, y)
    return reduce("sum", products, axis % np.ndim(products))


def outer(x: Any, y: Any) -> Any:
    """All products of two vectors."""
    return elementwise("multiply", expand_dims(x, 1), expand_dims(y, 0))


def cross(x: Any, y: Any, axis: int = -1) -> Any:
    """The cross product of vectors of three numbers in the last axis."""
    if axis not in (-1, np.ndim(x) - 1):
        raise Untraceable("np.cross along another axis than the last")
    (a, b, c), (d, e, f) = ([v[..., k] for k in range(3)] for v in (x, y))
    return stack([b * f - c * e, c * d - a * f, a * e - b * d], -1)


def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """Sums of products, by letters."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    names = left.split(",")
    if not all(name.isalpha() and len({*name}) == len(name) for name in names):
        raise Untraceable("np.einsum with '...' or a letter twice in one array")
    letters = sorted({*"".join(names)})
    if not arrow:
        right = "".join(c for c in letters if "".join(names).count(c) == 1)
    order = right + "".join(c for c in letters if c not in right)
    result: Any = 1.0
    for name, x in zip(names, operands, strict=True):
        x = transpose(x, sorted(range(len(name)), key=lambda k: order.index(name[k])))
        sizes = dict(zip(sorted(name, key=order.index), np.shape(x), strict=True))
        aligned = reshape(x, [sizes.get(c, 1) for c in order])
        result = elementwise("multiply", result, aligned)
    for axis in range(len(order) - 1, len(right) - 1, -1):
        result = reduce("sum", result, axis)
    return result


def split(x: Any, parts: Any, axis: int = 0) -> list[Any]:
    """The parts of an axis."""
    ends = np.array_split(np.arange(np.shape(x)[axis]), parts)
    return [window(x, axis, slice(end[0], end[-1] + 1)) for end in map(list, ends)]


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays repeated to their common shape."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in arrays))
    return tuple(broadcast(x, shape) for x in arrays)


def like(fill: Any, x: Any, dtype: Any = None) -> Any:
    """An array of the shape of x, with one number everywhere."""
    return np.full(np.shape(x), fill, value_of(x).dtype if dtype is None else dtype)


def full_like(x: Any, fill: Any, dtype: Any = None) -> Any:
    """An array of the shape and type of x, filled with one of another shape."""
    kind = value_of(x).dtype if dtype is None else dtype
    return fresh(broadcast(fill, np.shape(x)), kind)
