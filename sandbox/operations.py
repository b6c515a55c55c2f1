"""The operations that a reward's graph is made of, and what each of them computes.

The tracer writes them in the reward process, and the host checks and computes them.
There are two kinds of arrays, numbers (floats) and truth values. No operation can move
or combine rows, so what a row gets depends on no other row, whoever wrote the graph.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

ROW_AXIS = -1  # in a shape: the axis of the rows, whose number a graph doesn't know
MAX_NODES = 4000
MAX_JSON_CHARACTERS = 1 << 20
MAX_AXES = 6
MAX_CONSTANT = 4096  # numbers in one constant, and indices in one selection
MAX_CELLS = 20_000  # numbers that all nodes together make of one row

# By their names in numpy and in jax.numpy.
_ONE_NUMBER = """
    absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh exp exp2
    expm1 floor log log10 log1p log2 negative reciprocal rint sign sin sinh sqrt square
    tan tanh trunc
    """
_TWO_NUMBERS = """
    add arctan2 copysign divide floor_divide fmax fmin fmod heaviside hypot logaddexp
    logaddexp2 maximum minimum multiply power remainder subtract
    """
ARITHMETIC = {
    **dict.fromkeys(_ONE_NUMBER.split(), 1),
    **dict.fromkeys(_TWO_NUMBERS.split(), 2),
}
_COMPARISONS = "equal greater greater_equal less less_equal not_equal"
TESTS = {
    **dict.fromkeys(("isfinite", "isinf", "isnan", "signbit"), 1),
    **dict.fromkeys(_COMPARISONS.split(), 2),
}
LOGIC = {"logical_not": 1, "logical_and": 2, "logical_or": 2, "logical_xor": 2}
# Along one axis, which is not that of the rows.
REDUCTIONS = frozenset({"sum", "prod", "max", "min", "argmax", "argmin"})
TRUTH_REDUCTIONS = frozenset({"all", "any"})
SCANS = frozenset({"cumsum", "cumprod", "sort", "argsort"})


@dataclass(frozen=True)
class Form:
    """The shape of an array, with ROW_AXIS for its axis of rows, and what it holds."""

    shape: tuple[int, ...]
    is_truth: bool = False


@dataclass(frozen=True)
class Node:
    """One operation: indices of the nodes that it reads, and its parameters.

    form: of its result. Everything in it can be hashed.
    """

    operation: str
    inputs: tuple[int, ...]
    parameters: tuple[Any, ...]
    form: Form


def compute(xp: Any, node: Node, inputs: list[Any], n: int, dtype: Any) -> Any:
    """The result of a checked node, but for the inputs of the reward.

    xp: numpy or jax.numpy. n: number of rows. dtype: of all numbers.
    """
    name, parameters = node.operation, node.parameters
    match name:
        case "numbers" | "truths":
            kind = dtype if name == "numbers" else bool
            shape, values = parameters
            return xp.asarray(np.array(values, kind).reshape(shape))
        case "number":
            return inputs[0].astype(dtype)
        case "where":
            return xp.where(*inputs)
        case "concatenate":
            return xp.concatenate(inputs, axis=parameters[0])
        case "reshape":
            return inputs[0].reshape(_sizes(parameters[0], n))
        case "broadcast":
            return xp.broadcast_to(inputs[0], _sizes(parameters[0], n))
        case "transpose":
            return xp.transpose(inputs[0], parameters[0])
        case "slice":
            axis, start, count, step = parameters
            stop = start + count * step
            window = slice(start, None if stop < 0 else stop, step)
            return inputs[0][(slice(None),) * axis + (window,)]
        case "take":
            axis, indices = parameters
            return xp.take(inputs[0], xp.asarray(indices), axis=axis)
        case "argsort":
            order = xp.argsort(inputs[0], axis=parameters[0], stable=True)
            return order.astype(dtype)
        case "argmax" | "argmin":
            return getattr(xp, name)(inputs[0], axis=parameters[0]).astype(dtype)
    if name in REDUCTIONS or name in TRUTH_REDUCTIONS or name in SCANS:
        return getattr(xp, name)(inputs[0], axis=parameters[0])
    return getattr(xp, name)(*inputs)


def _sizes(shape: tuple[int, ...], n: int) -> tuple[int, ...]:
    return tuple(n if size == ROW_AXIS else size for size in shape)
