"""The record of what a reward computes, and the arrays that write it.

Runs in the reward process. A ``Traced`` stands for an array with one axis of rows: it
has the value on some real rows, by numpy, and the node of the graph that computes it.
"""

from __future__ import annotations

import json
import math
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from sandbox.operations import MAX_CONSTANT, MAX_NODES, ROW_AXIS

WHERE = "write np.where(condition, x, y)"
INSTEAD = (
    "use arithmetic, np.where(condition, x, y), and sums, means, extremes with axis=1"
)


class Untraceable(Exception):  # noqa: N818 (what a reward does, not a broken machine)
    """The reward does what a graph can't hold; says what to write instead."""


class Tape:
    """The nodes of a graph as they are recorded, for a batch of n rows.

    call: applies a numpy function to arguments of which some are Traced.
    """

    def __init__(self, n: int, call: Callable[..., Any]) -> None:
        self.n, self.call = n, call
        self.nodes: list[list[Any]] = []
        self._indices: dict[str, int] = {}

    def add(self, operation: str, inputs: list[int], parameters: list[Any]) -> int:
        """The index of a node, which is an earlier one where that is the same."""
        node = [operation, inputs, parameters]
        key = json.dumps(node)
        if key not in self._indices:
            if len(self.nodes) == MAX_NODES:
                raise Untraceable(
                    f"more than {MAX_NODES:,} operations: compute with whole arrays "
                    "instead of loops"
                )
            self._indices[key] = len(self.nodes)
            self.nodes.append(node)
        return self._indices[key]

    def sizes(self, shape: tuple[int, ...]) -> list[int]:
        """A shape as the graph writes it; the number of rows is its symbol."""
        if shape.count(self.n) > 1:
            raise Untraceable("an array of all rows by all rows: rows are independent")
        return [ROW_AXIS if size == self.n else size for size in shape]

    def constant(self, value: Any) -> int:
        """The node of a constant; one that has rows must be the same in each."""
        value = np.asarray(value)
        if value.dtype.kind not in "fiub":
            raise Untraceable(f"an array of {value.dtype} among the numbers")
        if self.n in value.shape:
            axis = value.shape.index(self.n)
            row = value.take([0], axis=axis)
            if not np.array_equal(np.broadcast_to(row, value.shape), value, True):
                raise Untraceable(
                    "an array that counts the rows, as np.arange(n) does: rows are "
                    "independent and have no number"
                )
            shape = self.sizes(value.shape)
            return self.add("broadcast", [self.constant(row)], [shape])
        if value.size > MAX_CONSTANT:
            raise Untraceable(f"a constant of more than {MAX_CONSTANT:,} numbers")
        flat = value.ravel().tolist()
        if value.dtype == bool:
            return self.add("truths", [], [list(value.shape), flat])
        numbers = [_written(float(number)) for number in flat]
        return self.add("numbers", [], [list(value.shape), numbers])

    def number(self, x: Any) -> int:
        """The node of numbers, made of truth values where x has those."""
        if not isinstance(x, Traced) and np.asarray(x).dtype == bool:
            x = np.asarray(x, dtype=float)
        index = self._index(x)
        return self.add("number", [index], []) if is_truth(x) else index

    def truth(self, x: Any) -> int:
        """The node of truth values, made of numbers where x has those."""
        index = self._index(x)
        if is_truth(x):
            return index
        return self.add("not_equal", [index, self.constant(0.0)], [])

    def _index(self, x: Any) -> int:
        return x.node if isinstance(x, Traced) else self.constant(x)

    def wrapped(self, value: Any) -> Any:
        """An array with rows that are all alike as a Traced, others as they are."""
        if isinstance(value, np.ndarray) and self.n in value.shape:
            try:
                return Traced(self, self.constant(value), value)
            except Untraceable:  # it may never be used with the inputs
                return value
        return value


def _written(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)


def is_truth(x: Any) -> bool:
    """Whether an argument holds truth values."""
    return bool(np.asarray(value_of(x)).dtype == bool)


def value_of(x: Any) -> Any:
    """An argument with the values of its Traced arrays, in lists and dicts too."""
    match x:
        case Traced():
            return x.value
        case list() | tuple():
            items = [value_of(item) for item in x]
            return items if isinstance(x, list) else tuple(items)
        case dict():
            return {key: value_of(item) for key, item in x.items()}
    return x


def traced_in(x: Any) -> Iterator[Traced]:
    """The Traced arrays in an argument."""
    match x:
        case Traced():
            yield x
        case list() | tuple():
            for item in x:
                yield from traced_in(item)
        case dict():
            yield from traced_in(list(x.values()))


def _refusal(message: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise Untraceable(message)

    return refuse


_ONE_NUMBER = (
    "a value of one row as a Python number: compute with whole arrays, by np.exp and "
    f"so on instead of math.exp, and choose per row: {WHERE}"
)


class Traced(NDArrayOperatorsMixin):
    """An array of the traced reward.

    value: on the rows of the tape, by numpy. mask: node of the rows that x[condition]
    has selected; value then holds those rows alone, and the node computes all.
    origin: the array and the key that it is a view of.
    """

    __slots__ = ("__weakref__", "_group", "mask", "node", "origin", "tape", "value")

    def __init__(
        self, tape: Tape, node: int, value: Any, mask: int | None = None
    ) -> None:
        self.tape, self.node, self.value = tape, node, np.asarray(value)
        self.mask = mask
        if mask is None:
            tape.sizes(self.value.shape)  # refuses rows by rows
        self.origin: tuple[Traced, Any] | None = None
        self._group = [weakref.ref(self)]  # arrays that would share its memory

    def join_memory(self, other: Traced) -> Traced:
        """This array, as one that shares its memory with another one."""
        self._group = other._group
        self._group.append(weakref.ref(self))
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape on the rows of the tape; of selected rows the reward can't know."""
        if self.mask is not None:
            raise Untraceable(f"the number of rows that a condition selects: {WHERE}")
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """Number of numbers."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """As numpy would have it."""
        return self.value.dtype

    @property
    def T(self) -> Any:  # noqa: N802 (numpy's name)
        """With the axes reversed."""
        return self.tape.call(np.transpose, (self,), {})

    @property
    def real(self) -> Traced:
        """Itself."""
        return self

    __bool__ = _refusal(
        "a Python 'if', 'and', 'or', 'not', min, max or comparison of an array's "
        f"values: {WHERE}, and &, |, ~, np.minimum, np.maximum"
    )
    __float__ = __int__ = __index__ = __complex__ = _refusal(_ONE_NUMBER)
    item = tolist = _refusal(_ONE_NUMBER)
    __array__ = _refusal(
        "an array in a place where numpy makes it a plain one: use np.array, np.stack "
        "and functions of whole arrays"
    )
    nonzero = _refusal(f"nonzero: {WHERE}")

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if self.mask is not None or self.shape[:1] == (self.tape.n,):
            raise Untraceable(
                f"a Python loop over the rows: compute with whole arrays, or {WHERE}"
            )
        return iter([self[k] for k in range(len(self))])

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
    ) -> Any:
        if method == "__call__":
            return self.tape.call(ufunc, inputs, keywords)
        return self.tape.call((ufunc, method), inputs, keywords)

    def __array_function__(
        self, function: Any, types: Any, args: Any, keywords: Mapping[str, Any]
    ) -> Any:
        return self.tape.call(function, args, keywords)

    def __getitem__(self, key: Any) -> Any:
        return self.tape.call("getitem", (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Traced) and value.origin and value.origin[1] is key:
            return  # x[:, 0] += 1 changed the view, and x with it
        self.assign(self.tape.call("setitem", (self, key, value), {}))

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            if name[:2] != "__" and hasattr(np.ndarray, name):
                raise Untraceable(f"x.{name}, which no graph has: {INSTEAD}")
            raise AttributeError(f"an array has no attribute {name!r}")

        def method(*args: Any, **keywords: Any) -> Any:
            return self.tape.call(f"method {name}", (self, *args), keywords)

        return method

    def assign(self, new: Any) -> None:
        """Changes it in place, and the array that it is a view of.

        Untraceable where another array shares its memory.
        """
        sharing = [array for ref in self._group if (array := ref()) is not None]
        others = [array for array in sharing if array is not self]
        if others and not (self.origin and others == [self.origin[0]]):
            raise Untraceable(
                "a change in place of an array with views of it: write x = x + ..."
            )
        if not self.value.flags.writeable:
            raise ValueError("assignment destination is read-only")
        self.node, self.value = new.node, new.value
        if self.origin and others:
            base, key = self.origin
            base._group = [weakref.ref(base)]
            base[key] = new
            base._group = self._group


_NAMES = """
    all any argmax argmin argsort astype clip copy cumprod cumsum dot flatten max mean
    min prod ptp ravel repeat reshape round squeeze std sum swapaxes take trace
    transpose var
    """
_METHODS = frozenset(_NAMES.split())
