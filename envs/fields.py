"""Fields: the named numbers that a reward may read, packed into one array.

A *frame* is a float64 array (n, width): one row per environment, the fields side by
side in the order of `widths`, a mapping of field name to 0 (a scalar, one column,
seen as (n,)) or k (k columns, seen as (n, k)).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from envs.bodies import Array
from envs.yamlfile import nearest

Widths = Mapping[str, int]

_SOURCE = re.compile(
    r"(?P<kind>joint|body|geom|site|sensor|actuator)\.(?P<name>.+)\.(?P<attr>\w+)"
    r"(?:\[(?P<start>\d+)(?P<range>:(?P<stop>\d+))?\])?"
    r"|obs\[(?P<o_start>\d+)(?::(?P<o_stop>\d+))?\]"
)


@dataclass(frozen=True)
class Field:
    """One field of a task. A hidden one is recorded for the judge alone."""

    name: str
    sources: tuple[str, ...]
    unit: str
    doc: str
    hidden: bool = False
    width: int = 0


def columns(widths: Widths) -> dict[str, slice]:
    """Which columns of a frame each field has."""
    found, start = {}, 0
    for name, width in widths.items():
        found[name] = slice(start, start + max(width, 1))
        start = found[name].stop
    return found


def total_width(widths: Widths) -> int:
    """Number of columns of a frame."""
    return sum(max(width, 1) for width in widths.values())


def unpack(frame: Array, widths: Widths) -> SimpleNamespace:
    """A frame (..., width) as one attribute per field: (...,) or (..., k)."""
    return SimpleNamespace(
        **{
            name: frame[..., part] if widths[name] else frame[..., part.start]
            for name, part in columns(widths).items()
        }
    )


class SourceError(Exception):
    """A field's source does not exist in this environment."""

    field = ""


def bind(source: str, batch: Any, obs: Array) -> Array:
    """A live view (n, k) of what source names, over batch (or the obs array).

    SourceError says which names exist.
    """
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise SourceError(
            f"source '{source}' is not understood; write joint|body|geom|site|sensor|"
            "actuator.<name>.<MjData field>, with [i] or [i:j] after it if needed, "
            "or obs[i:j]"
        )
    if match["kind"] is None:
        return _part(source, obs, match["o_start"], match["o_stop"])
    try:
        named = getattr(batch, match["kind"])(match["name"])
    except KeyError as error:
        raise SourceError(
            f"source '{source}': no {match['kind']} '{match['name']}'; "
            + _valid_names(match["name"], str(error))
        ) from None
    try:
        array = getattr(named, match["attr"])
    except AttributeError:
        attrs = [a for a in dir(named) if not a.startswith("_")]
        raise SourceError(
            f"source '{source}': a {match['kind']} has no '{match['attr']}'; "
            + (nearest(match["attr"], attrs) if attrs else "see MjData's fields")
        ) from None
    view = np.asarray(array)
    if view.shape[:1] != (obs.shape[0],):
        raise SourceError(f"source '{source}' is a constant of the model, not state")
    view = view.reshape(obs.shape[0], -1)
    if match["start"] is None:
        return view
    return _part(source, view, match["start"], match["stop"], bool(match["range"]))


def _part(
    source: str, view: Array, start: str, stop: str | None, is_range: bool = True
) -> Array:
    first = int(start)
    last = int(stop) if is_range and stop is not None else first + 1
    if not 0 <= first < last <= view.shape[1]:
        raise SourceError(f"source '{source}': only 0 to {view.shape[1]} exist")
    return view[:, first:last]


def _valid_names(name: str, message: str) -> str:
    return nearest(name, re.findall(r"'([^']+)'", message.split("Valid names:")[-1]))


class Packer:
    """Copies the live views of all fields into a frame."""

    def __init__(self, fields: Sequence[Field], batch: Any, obs: Array) -> None:
        views = [_bind_all(field, batch, obs) for field in fields]
        self.widths = {
            field.name: _width(field, parts)
            for field, parts in zip(fields, views, strict=True)
        }
        self._views = [view for parts in views for view in parts]
        stops = np.cumsum([view.shape[1] for view in self._views]).tolist()
        self._slices = [
            slice(stop - view.shape[1], stop)
            for stop, view in zip(stops, self._views, strict=True)
        ]

    def fill(self, frame: Array) -> None:
        """Write the present values into frame (n, width)."""
        for view, part in zip(self._views, self._slices, strict=True):
            frame[:, part] = view


def _bind_all(field: Field, batch: Any, obs: Array) -> list[Array]:
    try:
        return [bind(source, batch, obs) for source in field.sources]
    except SourceError as error:
        error.field = field.name
        raise


def _width(field: Field, parts: list[Array]) -> int:
    total = sum(part.shape[1] for part in parts)
    is_scalar = total == 1 and len(field.sources) == 1 and ":" not in field.sources[0]
    return 0 if is_scalar else total
