"""Checks that no call of a reward changes the values of its module.

Runs in the reward process. Arrays become read-only; lists, dicts and sets are compared
after every call with their contents before; iterators and generators are refused. A
reward can make no other kind of value that changes.

Not covered: state that a reward keeps elsewhere, as in numpy itself, once it has evaded
the static check.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from operator import is_
from types import BuiltinFunctionType, CellType, FunctionType
from typing import Any

import numpy as np

from sandbox.contract import ContractError


class Memory:
    """The contents of a module's lists, dicts and sets right after it was loaded."""

    def __init__(self, module: dict[str, Any]) -> None:
        """Makes the module's arrays read-only; ContractError if it has an iterator."""
        module.setdefault("__warningregistry__", {})  # Python's own, at any warning
        self._held: list[tuple[str, Any, Any]] = [("", module, dict(module))]
        visited: dict[int, object] = {
            id(module): module
        }  # kept, so that ids stay theirs
        own = ((name, value) for name, value in module.items() if name[:2] != "__")
        waiting = list(own)
        while waiting:
            name, value = waiting.pop()
            if id(value) not in visited:
                visited[id(value)] = value
                waiting += (
                    (name, content) for content in self._contents(name, value, module)
                )

    def changed(self) -> str:
        """The module's name whose value has changed since loading; '' for none."""
        for name, value, before in self._held:
            if isinstance(value, set):
                same = value == before
            else:
                same = len(value) == len(before) and all(map(is_, value, before))
            if same and isinstance(value, dict):
                same = all(map(is_, value.values(), before.values()))
            if not same:
                return name or "a name of the module"
        return ""

    def _contents(self, name: str, value: Any, module: dict[str, Any]) -> Iterable[Any]:
        """The values inside a value, which is made read-only or copied for later."""
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
        if isinstance(value, Iterator):
            raise ContractError(
                f"{name!r} of the module is a {type(value).__name__}, which is used up "
                "by being read, and a reward keeps nothing between calls: make it a "
                "tuple or list, as in list(...)"
            )
        return ()  # a number, a text, a module or a type, none of which can change


def _inside(cell: CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # the name was never assigned
        return ()
