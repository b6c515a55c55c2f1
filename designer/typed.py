"""Checks plain data out of JSON, YAML or a command line against type annotations."""

import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

MAX_SHOWN_CHARACTERS = 60
TYPE_NAMES = {
    int: "a whole number",
    float: "a finite number",
    str: "text",
    bool: "true or false",
    NoneType: "null",
    Path: "a path",
}


class Mismatch(ValueError):  # noqa: N818 (names what the data is, not a fault of ours)
    """Data of another type: names the key, what was expected, and what came."""


@dataclass(frozen=True)
class Pattern:
    """Text must match all of this regular expression; words say what it is."""

    regex: str
    words: str


NULL_IS_NAN = "null is NaN"
# A figure that was not measured is NaN here and null in JSON.
Measured = Annotated[float, NULL_IS_NAN]


def read_as(kind: Any, data: Any, key: str = "") -> Any:
    """Data as a value of this type: a scalar, Literal, tuple, dict or dataclass.

    Validators in an annotation give the allowed range. Keys that a dataclass does not
    have are left out. Mismatch names the key that is wrong.
    """
    arguments = get_args(kind)
    match get_origin(kind):
        case _ if is_dataclass(kind):
            return _fields_as(kind, data, key)
        case origin if origin is Annotated:
            return _annotated(arguments[0], arguments[1:], data, key)
        case origin if origin is Union or origin is UnionType:
            return _one_of(arguments, data, key)
        case origin if origin is Literal:
            if any(type(data) is type(word) and data == word for word in arguments):
                return data
            raise _mismatch(f"one of {', '.join(map(str, arguments))}", data, key)
        case origin if origin is tuple:
            return _items(arguments, data, key)
        case origin if origin is dict:
            if not isinstance(data, Mapping):
                raise _mismatch("a mapping", data, key)
            return {
                read_as(arguments[0], name, key): read_as(
                    arguments[1], value, _in(key, name)
                )
                for name, value in data.items()
            }
    return _scalar(kind, data, key)


def _scalar(kind: Any, data: Any, key: str) -> Any:
    if kind is float and type(data) in (int, float):
        # An integer may be too large for a float, and JSON's 1e999 is infinite.
        if abs(data) < 1e300:
            return float(data)
    elif kind is Path and isinstance(data, str | Path) and "\0" not in str(data):
        return Path(data)
    elif kind is str and isinstance(data, str):
        # A lone surrogate can be written in JSON, but in no other file.
        return data.encode("utf-8", "replace").decode("utf-8")
    elif kind in (int, bool, NoneType) and type(data) is kind:
        return data
    raise _mismatch(TYPE_NAMES[kind], data, key)


def _annotated(kind: Any, notes: tuple[Any, ...], data: Any, key: str) -> Any:
    if data is None and NULL_IS_NAN in notes:
        return math.nan
    value = read_as(kind, data, key)
    for note in notes:
        if isinstance(note, Pattern) and not re.fullmatch(note.regex, value):
            raise _mismatch(note.words, data, key)
        for validator in getattr(note, "validator", ()):
            try:
                validator(kind, value)
            except ValueError as error:
                raise _mismatch(_range(str(error)), data, key) from None
    return value


def _range(message: str) -> str:
    """A validator's `Must be >= 1.` as words after `must be`."""
    return message.removeprefix("Must be ").rstrip(".")


def _one_of(kinds: tuple[Any, ...], data: Any, key: str) -> Any:
    if data is None and NoneType in kinds:
        return None
    return read_as(next(kind for kind in kinds if kind is not NoneType), data, key)


def _items(kinds: tuple[Any, ...], data: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise _mismatch("a list", data, key)
    if kinds[-1] is ...:
        kinds = (kinds[0],) * len(data)
    if len(data) != len(kinds):
        raise _mismatch(f"a list of {len(kinds)}", data, key)
    return tuple(
        read_as(kind, item, _in(key, k))
        for k, (kind, item) in enumerate(zip(kinds, data, strict=True))
    )


def _fields_as(kind: Any, data: Any, key: str) -> Any:
    if not isinstance(data, Mapping):
        raise _mismatch("a mapping", data, key)
    values = {}
    for name, field_kind, is_required in _fields(kind):
        if name in data:
            values[name] = read_as(field_kind, data[name], _in(key, name))
        elif is_required:
            raise Mismatch(f"'{_in(key, name)}' is missing")
    return kind(**values)


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type, and whether it is required, of each field of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    )


def _in(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _mismatch(expected: str, data: Any, key: str) -> Mismatch:
    text = repr(data) if not isinstance(data, int) or abs(data) < 1e18 else "more"
    if len(text) > MAX_SHOWN_CHARACTERS:
        text = text[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return Mismatch(
        f"'{key}' must be {expected}, got {text}"
        if key
        else f"expected {expected}, got {text}"
    )
