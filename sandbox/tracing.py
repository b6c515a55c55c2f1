"""Traces a numpy reward: calls it with arrays that record what it computes.

Runs in the reward process, and for a task's own rewards on the trusted side. The reward
is called for two numbers of rows, and both graphs must be the same. Values are numpy's
own, on real rows; where a function that is written in operations of the graph gives
something else, it is refused.

Not covered: a reward that computes something else when it is traced, or with other
rows; so the graph is compared with the reward before use.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from sandbox.contract import Fields, collect, view
from sandbox.functions import FUNCTIONS, METHODS
from sandbox.lowering import plain
from sandbox.operations import MAX_JSON_CHARACTERS
from sandbox.primitives import broadcast, elementwise, fresh, where
from sandbox.tape import INSTEAD, WHERE, Tape, Traced, Untraceable, traced_in, value_of

TRACE_ROWS = (251, 257)  # primes, unlike the width of any field
_REDUCE = {
    "add": np.sum, "multiply": np.prod, "maximum": np.max, "minimum": np.min,
    "logical_and": np.all, "logical_or": np.any,
}  # fmt: skip
_ACCUMULATE = {"add": np.cumsum, "multiply": np.cumprod}


def trace(
    load: Callable[[Any], Callable[..., object]],
    frames: tuple[np.ndarray, np.ndarray, np.ndarray],
    widths: Mapping[str, int],
) -> str:
    """The graph of a reward, as JSON; Untraceable, or whatever the reward raises.

    load: gives the reward's function, made with the module that it gets as numpy.
    frames: s, a, s_next, of max(TRACE_ROWS) real rows or more.
    """
    texts = {_trace(load, frames, widths, n) for n in TRACE_ROWS}
    if len(texts) > 1:
        raise Untraceable(
            "a computation that depends on the number of rows, or on which rows there "
            f"are: rows are independent environments; to choose per row, {WHERE}"
        )
    text = texts.pop()
    if len(text) > MAX_JSON_CHARACTERS:
        raise Untraceable("constants of too many numbers")
    return text


def _trace(
    load: Callable[[Any], Callable[..., object]],
    frames: tuple[np.ndarray, np.ndarray, np.ndarray],
    widths: Mapping[str, int],
    n: int,
) -> str:
    tape = Tape(n, recorded_call)
    states = [
        Fields(
            {
                name: Traced(tape, tape.add("field", [], [label, name]), value)
                for name, value in vars(view(frame[:n], widths)).items()
            }
        )
        for label, frame in (("s", frames[0]), ("s_next", frames[2]))
    ]
    actions = frames[1][:n].view()
    actions.flags.writeable = False
    action = Traced(tape, tape.add("action", [], []), actions)
    with np.errstate(all="ignore"):
        result = load(TracingNumpy(tape, np))(states[0], action, states[1])
        collect(value_of(result), n)
        terms = result[1] if isinstance(result, tuple) else result
        assert isinstance(terms, dict)
        outputs = {name: tape.number(plain(value)) for name, value in terms.items()}
    if any(x.mask is not None for x in traced_in(terms)):
        raise Untraceable(f"a term of selected rows: {WHERE}")
    return _text(tape.nodes, outputs)


def _text(nodes: list[list[Any]], outputs: dict[str, int]) -> str:
    """The JSON of the nodes that the outputs need."""
    needed = {*outputs.values()}
    for index in range(len(nodes) - 1, -1, -1):
        if index in needed:
            needed.update(nodes[index][1])
    places = {index: place for place, index in enumerate(sorted(needed))}
    kept = [
        [operation, [places[i] for i in inputs], parameters]
        for operation, inputs, parameters in (nodes[index] for index in places)
    ]
    terms = {name: places[index] for name, index in outputs.items()}
    return json.dumps({"nodes": kept, "terms": terms}, allow_nan=False)


class TracingNumpy:
    """numpy as a traced reward has it: functions that record what they get."""

    def __init__(self, tape: Tape, module: ModuleType) -> None:
        self._tape, self._module = tape, module

    def __getattr__(self, name: str) -> Any:
        # Memory that was never written differs from call to call.
        name = {"empty": "zeros", "empty_like": "zeros_like"}.get(name, name)
        value = getattr(self._module, name)
        if value is np.linalg:
            return TracingNumpy(self._tape, value)
        if value is np.ndarray:
            return value, Traced  # for isinstance
        if isinstance(value, np.ufunc) or (
            callable(value) and not isinstance(value, type)
        ):
            return _Function(self._tape, value)
        return value


class _Function:
    """A numpy function that records its call where an argument is Traced."""

    def __init__(self, tape: Tape, function: Any) -> None:
        self._tape, self._function = tape, function

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if any(True for _ in traced_in([args, keywords])):
            return recorded_call(self._function, args, keywords)
        return self._tape.wrapped(self._function(*args, **keywords))

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._function, name)
        if name not in ("reduce", "accumulate", "outer"):
            return method

        def recorded(*args: Any, **keywords: Any) -> Any:
            if any(True for _ in traced_in(list(args))):
                return recorded_call((self._function, name), args, keywords)
            return self._tape.wrapped(method(*args, **keywords))

        return recorded


def recorded_call(
    function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Any:
    """Applies a numpy function, or a method by its name, to Traced arrays.

    A pair of a ufunc and 'reduce', 'accumulate' or 'outer' is such a method of it.
    """
    if function in (np.shape, np.ndim, np.size):
        return getattr(plain(args[0]), function.__name__)
    if isinstance(function, tuple):
        return _ufunc_method(function[0], function[1], args, dict(keywords))
    keywords = dict(keywords)
    out = keywords.pop("out", None)
    out = out[0] if isinstance(out, tuple) else out
    condition: Any = True
    if isinstance(function, np.ufunc):
        condition = keywords.pop("where", True)
    name, compute, lowering = _lookup(function)
    expected = compute(*value_of(args), **value_of(keywords))
    if lowering is None:
        raise Untraceable(f"{name}, which no graph has: {INSTEAD}")
    try:
        result = lowering(*args, **keywords)
    except (TypeError, AttributeError, IndexError):
        raise Untraceable(f"{name} with such arguments: {INSTEAD}") from None
    tape = next(traced_in([*args, keywords])).tape
    result = _as_expected(name, result, expected, tape)
    if condition is not True:
        if out is None:
            raise Untraceable(f"{name} with where= and without out=: {WHERE}")
        result = where(condition, result, out)
    return result if out is None else _into(out, result, name)


def _lookup(function: Any) -> tuple[str, Any, Any]:
    """Its name, what computes values, and what records nodes (None without it)."""
    if function == "getitem":
        return "an index", lambda x, key: x[key], FUNCTIONS["getitem"]
    if function == "setitem":
        return "x[...] = ...", _set, FUNCTIONS["setitem"]
    if isinstance(function, str):
        name = function.removeprefix("method ")
        return f"x.{name}", getattr(np.ndarray, name), METHODS[name]
    name = function.__name__
    if getattr(function, "__module__", "") == "numpy.linalg":
        name = f"linalg.{name}"
    return f"np.{name}", function, FUNCTIONS.get(name)


def _set(x: Any, key: Any, value: Any) -> Any:
    changed = x.copy()
    changed[key] = value
    return changed


def _as_expected(name: str, result: Any, expected: Any, tape: Tape) -> Any:
    """The result with numpy's own values; Untraceable where they are different."""
    if isinstance(expected, list | tuple):
        pairs = zip(result, expected, strict=True)
        return type(expected)(_as_expected(name, x, y, tape) for x, y in pairs)
    x, y = np.asarray(value_of(result)), np.asarray(expected)
    same = x.shape == y.shape and (x.dtype == bool) == (y.dtype == bool)
    # A reward that computes in float32 or float16 is traced in float64.
    tolerance = (
        1e-9 if y.dtype.itemsize == 8 else 1e-5 if y.dtype.itemsize == 4 else 1e-2
    )
    if not same or not np.allclose(
        x, y, rtol=tolerance, atol=tolerance, equal_nan=True
    ):
        raise Untraceable(
            f"{name} with such arguments, which a graph computes otherwise"
        )
    if not isinstance(result, Traced):
        return tape.wrapped(expected)
    result.value = y
    return result


def _into(out: Any, result: Any, name: str) -> Any:
    """The array that a result was written into, as x += y does."""
    if not isinstance(out, Traced):
        raise Untraceable(f"{name} into a constant array: write x = x + y")
    if not np.can_cast(result.dtype, out.dtype, "same_kind"):
        raise TypeError(
            f"Cannot cast ufunc {name} output from {result.dtype} to {out.dtype}"
        )
    if out.mask is None:
        result = broadcast(result, out.shape)
    out.assign(fresh(result, out.dtype))
    return out


def _ufunc_method(ufunc: Any, method: str, args: Any, keywords: Any) -> Any:
    if method == "outer":
        x, y = (plain(argument) for argument in args)
        shape = (*np.shape(x), *(1,) * np.ndim(y))
        return elementwise(ufunc.__name__, recorded_call(np.reshape, (x, shape), {}), y)
    functions = {"reduce": _REDUCE, "accumulate": _ACCUMULATE}.get(method, {})
    if ufunc.__name__ not in functions:
        raise Untraceable(f"np.{ufunc.__name__}.{method}: {INSTEAD}")
    keywords.setdefault("axis", 0)
    return recorded_call(functions[ufunc.__name__], args, keywords)
