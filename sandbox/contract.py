"""The reward contract: the names, arguments and return value of a reward.

Runs in the reward process and on the trusted side; numpy and the standard library only.
The restricted builtins and the import hook give authors early and uniform errors. They
can be evaded and are no security boundary: the process is.
"""

from __future__ import annotations
import __future__

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from sandbox.advice import in_our_words
from sandbox.names import BUILTINS, MODULES
from sandbox.text import TERM_NAME_RULE, clean, is_term_name

MAX_TERMS = 32
MAX_TERM_NAME_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 2000

NO_ARRAY = (
    "a state is no array and no number and has no truth value: read one of its fields, "
    "as in s_next.time"
)
# Relative to the sum of the terms' sizes; float32 rounds to 1e-7 at each addition.
TOTAL_TOLERANCE = 1e-5
_FILE = "<reward>"


class ContractError(Exception):
    """The reward returned something other than named terms of shape (n,)."""


class Fields:
    """A batch of states: one read-only attribute per field, (n,) or (n, k)."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> np.ndarray:
        raise AttributeError(f"no field {name!r}; fields: {', '.join(self.__dict__)}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a reward must not change its inputs; use a local name")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __repr__(self) -> str:
        # Without an address, so that the text is the same in every process.
        return f"a state with the fields {', '.join(self.__dict__)}"

    def _no_array(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(NO_ARRAY)

    # numpy calls __array__; without it, it would make an array of one object.
    __array__ = __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = _no_array
    __float__ = __int__ = __index__ = __round__ = __call__ = _no_array
    __lt__ = __le__ = __gt__ = __ge__ = _no_array
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = _no_array
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = _no_array
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __and__ = __or__ = _no_array
    __neg__ = __pos__ = __abs__ = __invert__ = _no_array

    def __eq__(self, value: object) -> NoReturn:
        self._no_array()

    def __ne__(self, value: object) -> NoReturn:
        self._no_array()

    __hash__ = object.__hash__


def view(frame: np.ndarray, widths: Mapping[str, int]) -> Fields:
    """The fields of a packed frame, in the mapping's order.

    frame: (n, W), one column per scalar field (width 0) and k per field of width k.
    Gives read-only views of the frame: (n,) for width 0, (n, k) for width k.
    """
    frame = frame.view()
    frame.flags.writeable = False
    values, column = {}, 0
    for name, width in widths.items():
        values[name] = frame[:, column : column + width] if width else frame[:, column]
        column += width or 1
    return Fields(values)


def collect(result: object, n: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Names (terms,) and values (n, terms) of what a reward returned.

    Single numbers are repeated for all n rows. ContractError where the result breaks
    the contract, or comes with a total that is not the sum of the terms.
    """
    total: object = None
    if isinstance(result, tuple):
        if len(result) != 2:
            raise ContractError(f"reward returned a tuple of {len(result)}, {_WANTED}")
        total, result = result
    if not isinstance(result, dict):
        raise ContractError(f"reward returned {_kind(result)}, {_WANTED}")
    if not 1 <= len(result) <= MAX_TERMS:
        raise ContractError(
            f"reward returned {len(result)} terms, expected 1 to {MAX_TERMS}"
        )
    values = np.empty((n, len(result)))
    for column, (name, value) in enumerate(result.items()):
        if not is_term_name(name):
            raise ContractError(f"{TERM_NAME_RULE}; got {name!r:.80}")
        values[:, column] = _rows(name, value, n)
    if total is not None:
        _compare(np.broadcast_to(_rows(None, total, n), (n,)), values)
    return tuple(result), values


def _compare(total: np.ndarray, values: np.ndarray) -> None:
    """ContractError where the total (n,) is not the sum of the terms (n, terms)."""
    # Terms that are not finite are reported by the host, with their names.
    sums, sizes = values.sum(axis=1), np.abs(values).sum(axis=1)
    wrong = ~(np.abs(total - sums) <= TOTAL_TOLERANCE * (sizes + 1e-3)) & np.isfinite(
        sizes
    )
    if wrong.any():
        row = int(wrong.argmax())
        raise ContractError(
            f"the returned total is {total[row]:.6g} where the terms sum to "
            f"{sums[row]:.6g} (row {row}; {wrong.sum()} of {len(total)} rows differ): "
            "the sum of the terms is the reward, so give every term with its weight "
            "and sign as it is added, and no other; or return the dict alone"
        )


_WANTED = "expected a dict {'name': array of shape (n,), ...} or (total, dict)"


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, int):
        return "an integer that no float can hold"
    return "None" if value is None else f"a {type(value).__name__}"


def _rows(name: str | None, value: object, n: int) -> np.ndarray:
    """The value as float64, of shape (n,) or one that broadcasts to it."""
    if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == (n,):
        return value
    subject = "the total" if name is None else f"term {name!r}"
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        raise ContractError(f"{subject} is not an array, but {_kind(value)}") from None
    if array.dtype.kind not in "fiub":
        raise ContractError(f"{subject} must hold numbers, got {_kind(value)}")
    if array.shape not in ((n,), (), (1,)):
        hint = ": one number per row of the batch is needed"
        if array.shape == (n, 1):
            hint = ": drop the last axis with [:, 0]"
        elif array.ndim == 2 and array.shape[0] == n:
            hint = ": reduce the last axis, for example with .sum(axis=1)"
        elif array.ndim == 1:
            hint = (
                ": x[0] is the first row of x, and x[:, 0] number 0 of every row, as "
                "in a[:, 0]"
            )
        expected = f"expected (n,) = ({n},)"
        raise ContractError(f"{subject} has shape {array.shape}, {expected}{hint}")
    return array.astype(np.float64, copy=False)


def explain_error(error: BaseException, source: str) -> str:
    """A traceback of the reward's own lines, innermost last, and the error.

    At most MAX_TEXT_CHARACTERS.
    """
    lines = source.split("\n")
    places = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            places.append((trace.tb_lineno, trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        places.append((error.lineno or 1, "<module>"))
    text = ""
    for number, name in places[-5:]:  # endless recursion has a thousand
        line = "".join(lines[number - 1 : number]).strip()
        text += f"line {number}, in {name}: {line:.200}\n"
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # an exception of the reward's own
        message = "(it can't be shown)"
    return clean(
        f"{text[:1200]}{type(error).__name__}: {in_our_words(message)}",
        MAX_TEXT_CHARACTERS,
    )


def _importer(numpy: Any) -> Callable[..., Any]:
    """The import hook of a reward that has this module as numpy."""

    def import_module(name: str, *arguments: Any, **keywords: Any) -> Any:
        # numpy's compiled code imports its own modules late, through its caller's hook.
        if name.partition(".")[0] not in MODULES:
            raise ImportError(f"a reward can import only numpy and math, not {name}")
        module = __import__(name, *arguments, **keywords)
        return numpy if module is np else module

    return import_module


def run_module(source: str, numpy: Any = np) -> dict[str, Any]:
    """Runs a reward's source; gives its module's names, with a callable ``reward``.

    numpy: what it gets as np. Raises whatever the source raises.
    """
    real = vars(sys.modules["builtins"])
    builtins = {name: real[name] for name in (*BUILTINS, "print")}
    names: dict[str, Any] = {
        "__name__": "reward",
        "__builtins__": {**builtins, "__import__": _importer(numpy)},
        "np": numpy,
        "math": math,
    }
    # Annotations are not evaluated, so a reward may contain any.
    flags = __future__.annotations.compiler_flag
    exec(compile(source, _FILE, "exec", flags=flags, dont_inherit=True), names)
    if not callable(names.get("reward")):
        raise NameError("no function reward(s, a, s_next) at the top level")
    return names


def load(source: str, numpy: Any = np) -> Callable[..., object]:
    """The function ``reward`` of a source; raises whatever the source raises."""
    function: Callable[..., object] = run_module(source, numpy)["reward"]
    return function
