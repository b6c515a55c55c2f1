"""What outlives a call of a reward: the values of its module, which no call may change.

Runs in the reward process. Arrays become read-only; lists, dicts and sets are compared
after every call with what they held before; iterators and generators are refused.

Not covered: what a reward that has got around the static check keeps elsewhere, as in
numpy itself. There is no other kind of value that changes among those it can make.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from operator import is_
from types import BuiltinFunctionType, CellType, FunctionType
from typing import Any

import numpy as np

from sandbox.contract import ContractError


class Memory:
    """The lists, dicts and sets that a module holds, as they are once it is loaded."""

    def __init__(self, module: dict[str, Any]) -> None:
        """Makes the module's arrays read-only; ContractError for what can't be kept."""
        module.setdefault("__warningregistry__", {})  # Python's own, at any warning
        self._held: list[tuple[str, Any, Any]] = [("", module, dict(module))]
        seen: dict[int, object] = {id(module): module}  # kept, so that ids stay theirs
        own = ((name, value) for name, value in module.items() if name[:2] != "__")
        waiting = list(own)
        while waiting:
            name, value = waiting.pop()
            if id(value) not in seen:
                seen[id(value)] = value
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
        if isinstance(value, Iterator):
            raise ContractError(
                f"{name!r} of the module is a {type(value).__name__}, which is used up "
                "by being read, and a reward keeps nothing between calls: make it a "
                "tuple or list, as in list(...)"
            )
        return ()  # a number, a text, a module, a type: nothing that can change


def _inside(cell: CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:  # a name that was never given a value
        return ()
