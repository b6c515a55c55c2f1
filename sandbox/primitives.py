"""The operations of a graph as functions of Traced arrays and of constants.

Each computes the values by numpy and records its node. Constants alone are computed and
not recorded. A reward's rows are never combined: what would do so is Untraceable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sandbox.operations import ARITHMETIC, LOGIC, ROW_AXIS
from sandbox.tape import Tape, Traced, Untraceable, is_truth, traced_in, value_of

# numpy computes these with truth values as it would with sets.
_OF_TRUTHS = {
    **dict.fromkeys(("add", "maximum", "fmax", "bitwise_or"), "logical_or"),
    **dict.fromkeys(("multiply", "minimum", "fmin", "bitwise_and"), "logical_and"),
    **dict.fromkeys(("bitwise_xor", "not_equal"), "logical_xor"),
    **dict.fromkeys(("invert",), "logical_not"),
}
BITS = frozenset({"bitwise_and", "bitwise_or", "bitwise_xor", "invert"})


def tape_of(*xs: Any) -> Tape | None:
    """The tape that some argument is recorded on, None for constants alone."""
    return next((x.tape for x in traced_in(xs)), None)


def _mask_of(*xs: Any) -> int | None:
    """The node of the rows that the arguments are selected by."""
    masks = {x.mask for x in traced_in(xs)}
    if len(masks) > 1:
        raise Untraceable(
            "rows that a condition selected, together with other rows: write "
            "np.where(condition, x, y) of whole arrays"
        )
    return next(iter(masks), None)


def elementwise(name: str, *xs: Any) -> Any:
    """One of the operations that treat each number alone."""
    tape = tape_of(*xs)
    function = getattr(np, name)
    if tape is None:
        return function(*xs)
    values = [value_of(x) for x in xs]
    result = function(*values)
    if all(map(is_truth, values)):
        name = _OF_TRUTHS.get(name, name)
    elif name in BITS:
        raise Untraceable("bits of whole numbers: use &, |, ^ and ~ of truth values")
    convert = tape.truth if name in LOGIC else tape.number
    node = tape.add(name, [convert(x) for x in xs], [])
    if name in ARITHMETIC and result.dtype == bool:
        raise Untraceable(f"np.{name} of truth values: make them numbers first")
    return Traced(tape, node, result, _mask_of(*xs))


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition is true, and y elsewhere."""
    tape = tape_of(condition, x, y)
    result = np.where(*(value_of(part) for part in (condition, x, y)))
    if tape is None:
        return result
    convert = tape.truth if result.dtype == bool else tape.number
    inputs = [tape.truth(condition), convert(x), convert(y)]
    mask = _mask_of(condition, x, y)
    return Traced(tape, tape.add("where", inputs, []), result, mask)


def fresh(x: Any, dtype: Any = None) -> Any:
    """A copy, as numbers of another type where one is given."""
    tape = tape_of(x)
    if tape is None:
        return np.array(x, dtype)
    kind = x.dtype if dtype is None else np.dtype(dtype)
    if kind.kind not in "fiub":
        raise Untraceable(f"an array of {kind}")
    if kind.kind == "b":
        node = tape.truth(x)
    elif kind.kind in "iu" and x.dtype.kind == "f":
        node = tape.add("trunc", [tape.number(x)], [])
    else:
        node = tape.number(x)
    return Traced(tape, node, x.value.astype(kind), x.mask)


def _recorded(
    x: Traced, operation: str, parameters: list[Any], result: Any, is_view: bool = True
) -> Traced:
    """The result of an operation that keeps the kind of its one input."""
    _require_all_rows(x)
    node = x.tape.add(operation, [x.node], parameters)
    traced = Traced(x.tape, node, result)
    return traced.join_memory(x) if is_view else traced


def _require_all_rows(x: Traced) -> None:
    if x.mask is not None:
        raise Untraceable(
            "rows that a condition selected can be computed with elementwise, and no "
            "more: write np.where(condition, x, y) of whole arrays"
        )


def along(x: Any, axis: int) -> int:
    """The axis, from 0; Untraceable where it is the rows."""
    axis = int(np.arange(np.ndim(x))[axis]) if np.ndim(x) else 0
    if isinstance(x, Traced) and x.shape[axis] == x.tape.n:
        raise Untraceable(
            f"an operation along the rows (axis {axis} of an array of shape "
            f"{_readable(x)}): rows are independent environments, so reduce the "
            "numbers of each row with axis=1"
        )
    return axis


def _readable(x: Traced) -> str:
    sizes = ["n" if size == x.tape.n else str(size) for size in x.shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def reduce(name: str, x: Any, axis: int) -> Any:
    """Along one axis: sum, prod, max, min, argmax, argmin, all or any."""
    if tape_of(x) is None:
        return getattr(np, name)(x, axis=axis)
    _require_all_rows(x)
    axis, tape = along(x, axis), x.tape
    result = getattr(np, name)(x.value, axis=axis)
    if name in ("max", "min") and is_truth(x):
        name = "any" if name == "max" else "all"
    convert = tape.truth if name in ("all", "any") else tape.number
    return Traced(tape, tape.add(name, [convert(x)], [axis]), result)


def scan(name: str, x: Any, axis: int) -> Any:
    """Along one axis: cumsum, cumprod, sort or argsort."""
    if tape_of(x) is None:
        return getattr(np, name)(x, axis=axis)
    _require_all_rows(x)
    axis = along(x, axis)
    result = getattr(np, name)(x.value, axis=axis)
    node = x.tape.add(name, [x.tape.number(x)], [axis])
    return Traced(x.tape, node, result)


def reshape(x: Any, shape: Sequence[int]) -> Any:
    """Another shape of the same numbers, each of which stays in its row."""
    if tape_of(x) is None:
        return np.reshape(x, shape)
    _require_all_rows(x)
    result = x.value.reshape(tuple(shape) if np.ndim(shape) else shape)
    before, after = x.tape.sizes(x.shape), x.tape.sizes(result.shape)
    if ROW_AXIS not in after or _left_of_rows(before) != _left_of_rows(after):
        raise Untraceable(
            "a reshape that moves numbers between rows: keep the rows as first axis"
        )
    if before == after:
        return Traced(x.tape, x.node, result).join_memory(x)
    return _recorded(x, "reshape", [after], result)


def _left_of_rows(shape: list[int]) -> int:
    return math.prod(shape[: shape.index(ROW_AXIS)])


def transpose(x: Any, axes: Sequence[int]) -> Any:
    """The same numbers with the axes in this order."""
    if tape_of(x) is None:
        return np.transpose(x, axes)
    axes = [int(axis) % x.ndim for axis in axes]
    return _recorded(x, "transpose", [axes], x.value.transpose(axes))


def window(x: Any, axis: int, part: slice) -> Any:
    """A part of one axis, which is not that of the rows unless it is all of it."""
    selection = range(*part.indices(np.shape(x)[axis]))
    index = (slice(None),) * axis + (part,)
    if tape_of(x) is None:
        return x[index]
    result = x.value[index]
    if selection == range(x.shape[axis]):
        return Traced(x.tape, x.node, result).join_memory(x)
    axis = along(x, axis)
    if not selection:
        raise Untraceable("an empty part of an array")
    parameters = [axis, selection[0], len(selection), selection.step]
    return _recorded(x, "slice", parameters, result)


def take(x: Any, axis: int, indices: Any) -> Any:
    """The numbers at these indices of one axis."""
    if tape_of(x) is None:
        return np.take(x, indices, axis=axis)
    axis = along(x, axis)
    result = np.take(x.value, indices, axis=axis)
    positive = [int(index) % x.shape[axis] for index in indices]
    if not positive:
        raise Untraceable("an empty part of an array")
    return _recorded(x, "take", [axis, positive], result, is_view=False)


def broadcast(x: Any, shape: Sequence[int], tape: Tape | None = None) -> Any:
    """The numbers repeated to this shape."""
    tape = tape_of(x) or tape
    result = np.broadcast_to(value_of(x), shape)
    if tape is None or not (isinstance(x, Traced) or tape.n in result.shape):
        return result
    if not isinstance(x, Traced):
        return Traced(tape, tape.constant(result), result)
    return _recorded(x, "broadcast", [tape.sizes(result.shape)], result)


def concatenate(xs: Sequence[Any], axis: int) -> Any:
    """The arrays joined along an axis, which is not that of the rows."""
    tape = tape_of(*xs)
    result = np.concatenate([value_of(x) for x in xs], axis=axis)
    if tape is None:
        return result
    for x in xs:
        axis = along(x, axis)
    if tape.n in result.shape and result.shape.index(tape.n) == axis:
        raise Untraceable("arrays joined along the rows: rows are independent")
    _require_all_rows(next(traced_in(list(xs))))
    convert = tape.truth if result.dtype == bool else tape.number
    node = tape.add("concatenate", [convert(x) for x in xs], [axis])
    return Traced(tape, node, result)
