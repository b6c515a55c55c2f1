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
from envs.user_code import UserCodeError
from envs.yamlfile import did_you_mean

Widths = Mapping[str, int]

_SOURCE = re.compile(
    r"(?:(?P<kind>joint|body|geom|site|sensor|actuator)\.(?P<name>.+)\.(?P<attr>\w+)"
    r"|info\.(?P<info>[^\[\]]+)|obs(?=\[))"
    r"(?:\[(?P<start>\d+)(?::(?P<stop>\d+))?\])?"
)


@dataclass(frozen=True)
class Field:
    """One field of a task; a hidden one is recorded for the judge alone.

    sources: in task.yaml's notation, joined side by side. width: 0 for (n,), k for
    (n, k).
    """

    name: str
    sources: tuple[str, ...]
    unit: str
    doc: str
    hidden: bool = False
    width: int = 0


def columns(widths: Widths) -> dict[str, slice]:
    """The columns of each field in a frame."""
    slices, start = {}, 0
    for name, width in widths.items():
        slices[name] = slice(start, start + max(width, 1))
        start = slices[name].stop
    return slices


def total_width(widths: Widths) -> int:
    """Number of columns of a frame."""
    return sum(max(width, 1) for width in widths.values())


def unpack(frame: Array, widths: Widths) -> SimpleNamespace:
    """A frame (..., width) as one attribute per field: (...,) or (..., k)."""
    return SimpleNamespace(
        **{
            name: frame[..., column] if widths[name] else frame[..., column.start]
            for name, column in columns(widths).items()
        }
    )


def require_numbers(frames: Array, widths: Widths, steps: str) -> None:
    """UserCodeError where a field is nan or infinite in frames (n, width).

    steps: what the rows are, for the message.
    """
    if np.isfinite(frames).all():
        return
    for name, column in columns(widths).items():
        values = frames[:, column]
        wrong = ~np.isfinite(values).all(axis=1)
        if wrong.any():
            number = "nan" if np.isnan(values).any() else "infinite"
            raise UserCodeError(
                f"field '{name}' is {number} in {wrong.sum()} of {len(frames)} {steps};"
                " give it a number in the environment or leave it out of task.yaml"
            )


class SourceError(Exception):
    """A field's source does not exist in this environment."""

    field = ""


def own_joint(model: Any, name: str) -> str | int:
    """The joint that a source names, by its own name or that of its body.

    model: MjModel. Gives an index for the only nameless joint of a body of this name,
    else the name itself.
    """
    names = [model.joint(k).name for k in range(model.njnt)]
    bodies = [model.body(int(k)).name for k in model.jnt_bodyid]
    own = [k for k, body in enumerate(bodies) if body == name and not names[k]]
    return own[0] if name not in names and len(own) == 1 else name


def bind(source: str, world: Any, obs: Array) -> Array:
    """A live view (n, k) of a source, in world or in the obs array (n, d).

    world: has mujoco.batch.Batch's accessors by name (joint, body, ...) and info(key).
    SourceError says which names exist.
    """
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise SourceError(
            f"source '{source}' is not understood; write joint|body|geom|site|sensor|"
            "actuator.<name>.<MjData field>, with [i] or [i:j] after it if needed, "
            "or obs[i:j], or info.<key>"
        )
    try:
        view = _view(match, world, obs)
        if match["start"] is None:
            return view
        first = int(match["start"])
        last = int(match["stop"] or first + 1)
        if not 0 <= first < last <= view.shape[1]:
            raise SourceError(f"only 0 to {view.shape[1]} exist")
    except SourceError as error:
        raise SourceError(f"source '{source}': {error}") from None
    return view[:, first:last]


def _view(match: re.Match[str], world: Any, obs: Array) -> Array:
    if match["info"]:
        return np.asarray(world.info(match["info"]))
    if not match["kind"]:
        return obs
    kind, name, attr = match["kind"], match["name"], match["attr"]
    try:
        entity = getattr(world, kind)(name)
    except KeyError as error:
        valid = re.findall(r"'([^']*)'", str(error).split("Valid names:")[-1])
        raise SourceError(f"no {kind} '{name}'; {did_you_mean(name, valid)}") from None
    try:
        view = np.asarray(getattr(entity, attr))
    except AttributeError:
        attrs = [a for a in dir(entity) if not a.startswith("_")]
        hint = did_you_mean(attr, attrs) if attrs else "see MjData's fields"
        raise SourceError(f"a {kind} has no '{attr}'; {hint}") from None
    if view.shape[:1] != obs.shape[:1]:
        raise SourceError("that is a constant of the model, not part of its state")
    return view.reshape(len(obs), -1)


class Packer:
    """Copies the live views of all fields into a frame."""

    def __init__(self, fields: Sequence[Field], world: Any, obs: Array) -> None:
        views = [_bind_all(field, world, obs) for field in fields]
        self.widths = {
            field.name: _width(field, field_views)
            for field, field_views in zip(fields, views, strict=True)
        }
        self._views = [view for field_views in views for view in field_views]
        stops = np.cumsum([view.shape[1] for view in self._views]).tolist()
        self._slices = [
            slice(stop - view.shape[1], stop)
            for stop, view in zip(stops, self._views, strict=True)
        ]

    def fill(self, frame: Array) -> None:
        """Write the current values into frame (n, width)."""
        for view, place in zip(self._views, self._slices, strict=True):
            frame[:, place] = view


def _bind_all(field: Field, world: Any, obs: Array) -> list[Array]:
    try:
        return [bind(source, world, obs) for source in field.sources]
    except SourceError as error:
        error.field = field.name
        raise


def _width(field: Field, views: list[Array]) -> int:
    total = sum(view.shape[1] for view in views)
    is_scalar = total == 1 and len(field.sources) == 1 and ":" not in field.sources[0]
    return 0 if is_scalar else total


class Frames:
    """The columns of a frame: public fields, time, last action, hidden fields.

    A reward may read the first `public_width` columns, only the judge the others.
    """

    def __init__(
        self, fields: Sequence[Field], world: Any, obs: Array, action_dim: int
    ) -> None:
        self._public = Packer([f for f in fields if not f.hidden], world, obs)
        self._hidden = Packer([f for f in fields if f.hidden], world, obs)
        always = {"time": 0, "last_action": action_dim}
        self.public_widths = {**self._public.widths, **always}
        self.widths = {**self.public_widths, **self._hidden.widths}
        self.public_width = total_width(self.public_widths)
        self._time = total_width(self._public.widths)

    def fill(self, frame: Array, time: Array, last_action: Array) -> None:
        """Write the current values into frame (n, width)."""
        self._public.fill(frame)
        frame[:, self._time] = time
        frame[:, self._time + 1 : self.public_width] = last_action
        self._hidden.fill(frame[:, self.public_width :])
