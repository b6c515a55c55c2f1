"""What outlives a call of a reward: the values of its module, which no call may change.

Runs in the reward process. Arrays become read-only; lists, dicts and sets are compared
after every call with what they held before; what changes by being used (iterators,
generators) and what this file does not know are refused.

Not covered: what a reward that has got around the static check keeps in numpy itself.
"""

from __future__ import annotations

import sys
from collections.abc import ItemsView, Iterable, KeysView, ValuesView
from operator import is_
from types import BuiltinFunctionType, CellType, FunctionType, GenericAlias, UnionType
from typing import Any

import numpy as np

from sandbox.contract import ContractError

_UNCHANGING = (
    *(int, float, complex, str, bytes, range, slice, type, type(None), type(...)),
    *(np.generic, np.dtype, np.ufunc, np.finfo, type(np.sum), type(sys)),
)
_TYPES, _TYPING = (GenericAlias, UnionType), ("typing", "__future__")


class Memory:
    """The lists, dicts and sets that a module holds, as they are once it is loaded."""

    def __init__(self, module: dict[str, Any]) -> None:
        """Makes the module's arrays read-only; ContractError for what can't be kept."""
        self._held: list[tuple[str, Any, Any]] = [("", module, dict(module))]
        seen = {id(module)}
        own = ((name, value) for name, value in module.items() if name[:2] != "__")
        waiting = list(own)
        while waiting:
            name, value = waiting.pop()
            if id(value) not in seen:
                seen.add(id(value))
                waiting += ((name, part) for part in self._parts(name, value, module))

    def changed(self) -> str:
        """The name of the module through which something was changed; '' for none."""
        for name, now, before in self._held:
            if isinstance(now, set):
                same = now == before
            else:
                same = len(now) == len(before) and all(map(is_, now, before))
            if same and isinstance(now, dict):
                same = all(map(is_, now.values(), before.values()))
            if not same:
                return name or "a name of the module"
        return ""

    def _parts(self, name: str, value: Any, module: dict[str, Any]) -> Iterable[Any]:
        """What a value holds; the value itself is frozen or written down."""
        match value:
            case np.ndarray():
                value.flags.writeable = False
                return value.ravel() if value.dtype == object else ()
            case list() | set():
                self._held.append((name, value, value.copy()))
                return value
            case dict():
                self._held.append((name, value, value.copy()))
                return [*value, *value.values()]
            case tuple() | frozenset():
                return value
            case FunctionType():
                if value.__globals__ is not module:  # one of numpy's own
                    return ()
                defaults = value.__defaults__, value.__kwdefaults__
                cells = value.__closure__ or ()
                return [*defaults, value.__dict__, *filter(None, map(_inside, cells))]
            case BuiltinFunctionType():  # of a module, or a method of a value
                return (value.__self__,)
        if isinstance(value, KeysView | ValuesView | ItemsView):  # of a dict
            return value
        kind = type(value)
        if (
            isinstance(value, _UNCHANGING)
            or kind in _TYPES
            or kind.__module__ in _TYPING
        ):
            return ()
        raise ContractError(
            f"{name!r} of the module is a {kind.__name__}, which changes when it is "
            "used, and a reward keeps nothing between calls: make it a tuple, list, "
            "dict, number or array, for example list(...)"
        )


def _inside(cell: CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # a name that was never given a value
        return ()
