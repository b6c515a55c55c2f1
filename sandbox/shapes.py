"""The rules of a graph's operations: which inputs fit, and the form of the result.

The number of rows is a symbol here. No result has two axes of rows, and no operation
reduces, orders, selects or joins along them. So a graph that passes works for any
number of rows, needs memory in proportion to it, and mixes no rows.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.operations import (
    ARITHMETIC,
    LOGIC,
    MAX_AXES,
    MAX_CELLS,
    MAX_CONSTANT,
    REDUCTIONS,
    ROW_AXIS,
    SCANS,
    TESTS,
    TRUTH_REDUCTIONS,
    Form,
)


class GraphError(ValueError):
    """The graph is not one that a reward can be; says what is wrong with it."""


def form_of(operation: str, inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    """The form of an operation's result; GraphError where it may not be computed.

    parameters: as they stand in the graph, of any type.
    """
    if operation in ARITHMETIC or operation in TESTS or operation in LOGIC:
        form = _elementwise(operation, inputs, parameters)
    elif operation in REDUCTIONS or operation in TRUTH_REDUCTIONS:
        form = _reduced(operation, inputs, parameters)
    elif operation in SCANS:
        axis = _axis(_single(inputs), _exactly(parameters, 1)[0])
        _require(not inputs[0].is_truth and axis >= 0, f"{operation} takes numbers")
        form = inputs[0]
    elif operation in _RULES:
        form = _RULES[operation](inputs, parameters)
    else:
        raise GraphError(f"there is no operation {operation!r:.60}")
    _require(len(form.shape) <= MAX_AXES, f"{operation} makes too many axes")
    _require(form.shape.count(ROW_AXIS) <= 1, f"{operation} makes two axes of rows")
    _require(cells(form) <= MAX_CELLS, f"{operation} makes {cells(form)} numbers a row")
    return form


def cells(form: Form) -> int:
    """How many numbers an array has for each row."""
    return math.prod(size for size in form.shape if size != ROW_AXIS)


def _require(condition: bool, violation: str) -> None:
    if not condition:
        raise GraphError(violation)


def _exactly(items: Sequence[Any], count: int) -> Sequence[Any]:
    _require(len(items) == count, f"{len(items)} parameters instead of {count}")
    return items


def _single(inputs: Sequence[Form]) -> Form:
    _require(len(inputs) == 1, f"{len(inputs)} inputs instead of 1")
    return inputs[0]


def _whole(value: Any, low: int, high: int) -> int:
    """The value, which must be a whole number from low to high."""
    if type(value) is not int or not low <= value <= high:
        raise GraphError(f"{value!r:.40} is no whole number from {low} to {high}")
    return value


def _axis(form: Form, axis: Any) -> int:
    """The axis, which must be one of the form's and not that of the rows."""
    axis = _whole(axis, 0, len(form.shape) - 1)
    _require(form.shape[axis] != ROW_AXIS, "an operation along the rows")
    return int(axis)


def shape_of(value: Any) -> tuple[int, ...]:
    """A shape in a graph: sizes from 1, and at most one axis of rows."""
    _require(isinstance(value, tuple) and len(value) <= MAX_AXES, "it is no shape")
    sizes = tuple(_whole(size, ROW_AXIS, MAX_CELLS) for size in value)
    _require(0 not in sizes and sizes.count(ROW_AXIS) <= 1, "a shape with such sizes")
    return sizes


def _broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The common shape, by numpy's rules; rows fit rows and single numbers alone."""
    axes = max(map(len, shapes))
    padded = [(1,) * (axes - len(shape)) + shape for shape in shapes]
    common = []
    for sizes in zip(*padded, strict=True):
        larger = {*sizes} - {1}
        _require(len(larger) <= 1, f"the shapes {shapes!r:.80} don't fit together")
        common.append(larger.pop() if larger else 1)
    return tuple(common)


def _elementwise(
    operation: str, inputs: Sequence[Form], parameters: Sequence[Any]
) -> Form:
    arity = (ARITHMETIC | TESTS | LOGIC)[operation]
    _exactly(parameters, 0)
    _require(len(inputs) == arity, f"{operation} takes {arity} inputs")
    is_logic = operation in LOGIC
    wanted = "truth values" if is_logic else "numbers"
    kinds = {form.is_truth for form in inputs}
    _require(kinds == {is_logic}, f"{operation} takes {wanted}")
    shape = _broadcast([form.shape for form in inputs])
    return Form(shape, operation not in ARITHMETIC)


def _reduced(operation: str, inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form, is_truth = _single(inputs), operation in TRUTH_REDUCTIONS
    axis = _axis(form, _exactly(parameters, 1)[0])
    _require(form.is_truth == is_truth, f"{operation} of the wrong kind")
    return Form(form.shape[:axis] + form.shape[axis + 1 :], is_truth)


def _constant(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    shape, values = _exactly(parameters, 2)
    shape = shape_of(shape)
    _require(not inputs and ROW_AXIS not in shape, "a constant reads nothing")
    fits = isinstance(values, tuple) and len(values) == math.prod(shape) <= MAX_CONSTANT
    _require(fits, "a constant of the wrong size")
    return Form(shape)


def _numbers(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form = _constant(inputs, parameters)
    _require(all(type(x) is float for x in parameters[1]), "a constant of no numbers")
    return form


def _truths(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form = _constant(inputs, parameters)
    _require(all(type(x) is bool for x in parameters[1]), "a constant of no truths")
    return Form(form.shape, True)


def _number(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    _exactly(parameters, 0)
    _require(_single(inputs).is_truth, "only truth values become numbers")
    return Form(inputs[0].shape)


def _where(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    _exactly(parameters, 0)
    _require(len(inputs) == 3 and inputs[0].is_truth, "where takes a condition and two")
    _require(inputs[1].is_truth == inputs[2].is_truth, "where of two different kinds")
    return Form(_broadcast([form.shape for form in inputs]), inputs[1].is_truth)


def _concatenate(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    _require(len(inputs) > 0, "concatenate takes at least one input")
    first = inputs[0]
    axes = [_axis(form, _exactly(parameters, 1)[0]) for form in inputs]
    axis, size = axes[0], 0
    for form in inputs:
        others = form.shape[:axis] + form.shape[axis + 1 :]
        same = others == first.shape[:axis] + first.shape[axis + 1 :]
        _require(
            same and form.is_truth == first.is_truth, "concatenate of unlike inputs"
        )
        size += form.shape[axis]
    shape = (*first.shape[:axis], size, *first.shape[axis + 1 :])
    return Form(shape, first.is_truth)


def _reshape(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form, shape = _single(inputs), shape_of(_exactly(parameters, 1)[0])
    # The same products on both sides of the rows: each number stays in its row.
    _require(_sides(form.shape) == _sides(shape), "reshape moves numbers between rows")
    return Form(shape, form.is_truth)


def _sides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The number of cells before and after the axis of rows, or of all cells."""
    if ROW_AXIS not in shape:
        return (math.prod(shape),)
    k = shape.index(ROW_AXIS)
    return math.prod(shape[:k]), math.prod(shape[k + 1 :])


def _broadcast_to(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form, shape = _single(inputs), shape_of(_exactly(parameters, 1)[0])
    _require(_broadcast([form.shape, shape]) == shape, "broadcast to a shape too small")
    return Form(shape, form.is_truth)


def _transpose(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form, axes = _single(inputs), _exactly(parameters, 1)[0]
    _require(isinstance(axes, tuple), "transpose takes a list of axes")
    axes = tuple(_whole(axis, 0, len(form.shape) - 1) for axis in axes)
    _require(sorted(axes) == [*range(len(form.shape))], "transpose takes every axis")
    return Form(tuple(form.shape[axis] for axis in axes), form.is_truth)


def _slice(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form = _single(inputs)
    axis, start, count, step = _exactly(parameters, 4)
    axis = _axis(form, axis)
    size = form.shape[axis]
    _whole(start, 0, size - 1)
    _whole(count, 1, size)
    _require(_whole(step, -size, size) != 0, "a slice without a step")
    _whole(start + (count - 1) * step, 0, size - 1)
    return _resized(form, axis, count)


def _take(inputs: Sequence[Form], parameters: Sequence[Any]) -> Form:
    form = _single(inputs)
    axis, indices = _exactly(parameters, 2)
    axis = _axis(form, axis)
    fits = isinstance(indices, tuple) and 1 <= len(indices) <= MAX_CONSTANT
    _require(fits, "a selection of the wrong size")
    for index in indices:
        _whole(index, 0, form.shape[axis] - 1)
    return _resized(form, axis, len(indices))


def _resized(form: Form, axis: int, size: int) -> Form:
    shape = (*form.shape[:axis], size, *form.shape[axis + 1 :])
    return Form(shape, form.is_truth)


_RULES: dict[str, Callable[[Sequence[Form], Sequence[Any]], Form]] = {
    "numbers": _numbers,
    "truths": _truths,
    "number": _number,
    "where": _where,
    "concatenate": _concatenate,
    "reshape": _reshape,
    "broadcast": _broadcast_to,
    "transpose": _transpose,
    "slice": _slice,
    "take": _take,
}
