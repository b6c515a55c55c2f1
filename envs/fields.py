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
from envs.conditions import Clock, Condition
from envs.user_code import UserCodeError
from envs.yamlfile import did_you_mean

Widths = Mapping[str, int]

_SOURCE = re.compile(
    r"(?:(?P<kind>joint|body|geom|site|sensor|actuator|tendon)"
    r"\.(?P<name>.+)\.(?P<attr>\w+)"
    r"|info\.(?P<info>[^\[\]]+)|obs(?=\[))"
    r"(?:\[(?P<start>\d+)(?::(?P<stop>\d+))?\])?"
)


@dataclass(frozen=True)
class Field:
    """One field of a task; a hidden one is recorded for the judge alone.

    sources: in task.yaml's notation, joined side by side; none for a draw and for a
    clock. since: the condition since which a clock counts the seconds. width: 0 for
    (n,), k for (n, k).
    """

    name: str
    sources: tuple[str, ...]
    unit: str
    doc: str
    hidden: bool = False
    width: int = 0
    since: Condition | None = None


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
    """A source of a field or a draw does not exist in this environment.

    field: of which; kind: fields, draws or ends, the key of task.yaml where it stands.
    """

    def __init__(self, message: str, kind: str = "fields", field: str = "") -> None:
        super().__init__(message)
        self.kind, self.field = kind, field


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
            "actuator|tendon.<name>.<MjData field>, with [i] or [i:j] after it if "
            "needed, or obs[i:j], or info.<key>"
        )
    try:
        return indexed(_view(match, world, obs), match)
    except SourceError as error:
        raise SourceError(f"source '{source}': {error}") from None


def indexed(view: Array, match: re.Match[str]) -> Array:
    """The columns of view (n, k) that a source's [i] or [i:j] names; SourceError."""
    if match["start"] is None:
        return view
    first = int(match["start"])
    last = int(match["stop"] or first + 1)
    if not 0 <= first < last <= view.shape[1]:
        count = view.shape[1]
        raise SourceError(f"it has {count} number{'s'[: count != 1]}, from [0] on")
    return view[:, first:last]


def is_observed(source: str) -> bool:
    """Whether a source reads the observation of the body."""
    return source.startswith("obs[")


def observed(source: str, obs: Any) -> Any:
    """The columns of obs (n, d), of any array library, that such a source names."""
    match = _SOURCE.fullmatch(source)
    assert match is not None, source
    return indexed(obs, match)


def object_source(source: str) -> re.Match[str]:
    """The groups kind, name, attr, start and stop of a source of a MuJoCo object."""
    match = _SOURCE.fullmatch(source)
    if match is None or not match["kind"]:
        raise SourceError(
            f"'{source}' can't be written; write joint|body|geom|site|actuator|tendon."
            "<name>.<attribute of MjData or MjModel>, with [i] or [i:j] if needed"
        )
    return match


def named_object(world: Any, match: re.Match[str]) -> Any:
    """The object of a source; SourceError names the nearest that exists."""
    kind, name = match["kind"], match["name"]
    try:
        return getattr(world, kind)(name)
    except KeyError as error:
        valid = re.findall(r"'([^']*)'", str(error).split("Valid names:")[-1])
        raise SourceError(f"no {kind} '{name}'; {did_you_mean(name, valid)}") from None


def attribute(world: Any, entity: Any, match: re.Match[str]) -> Array:
    """The numbers of an object that a source names; SourceError names the nearest."""
    kind, attr = match["kind"], match["attr"]
    try:
        return np.asarray(getattr(entity, attr))
    except AttributeError:
        hint = did_you_mean(attr, world.attributes(kind))
        raise SourceError(f"the {kind} has no '{attr}'; {hint}") from None


def _view(match: re.Match[str], world: Any, obs: Array) -> Array:
    if match["info"]:
        return np.asarray(world.info(match["info"]))
    if not match["kind"]:
        return obs
    view = attribute(world, named_object(world, match), match)
    if view.shape[:1] != obs.shape[:1]:
        raise SourceError("that is a constant of the model, not part of its state")
    return view.reshape(len(obs), -1)


class Frames:
    """The columns of a frame: public fields, time, last action, hidden fields.

    A reward may read the first `public_width` columns, only the judge the others.
    draws: the live values (n,) or (n, k) of the fields that are draws. clocks: those of
    the fields that are clocks.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        world: Any,
        obs: Array,
        action_dim: int,
        draws: Mapping[str, Array],
    ) -> None:
        n = len(obs)
        views = {f.name: _views(f, world, obs, draws) for f in fields if not f.since}
        widths = {f.name: _width(f, views[f.name]) for f in fields if not f.since}
        always = {"time": 0, "last_action": action_dim}
        for clock in (field for field in fields if field.since):
            widths[clock.name] = _clock_width(clock, {**widths, **always})
            views[clock.name] = [np.zeros((n, max(widths[clock.name], 1)))]
        public = {f.name: widths[f.name] for f in fields if not f.hidden}
        self.public_widths = {**public, **always}
        hidden = {f.name: widths[f.name] for f in fields if f.hidden}
        self.widths = {**self.public_widths, **hidden}
        self.public_width = total_width(self.public_widths)
        self.columns = columns(self.widths)
        self.clocks = [
            Clock(f.since, views[f.name][0], self.columns, self.columns[f.name])
            for f in fields
            if f.since
        ]
        self._pairs = [
            pair for name in views for pair in _placed(views[name], self.columns[name])
        ]

    def fill(self, frame: Array, time: Array, last_action: Array) -> None:
        """Write the current values into frame (n, width)."""
        for view, place in self._pairs:
            frame[:, place] = view
        frame[:, self.columns["time"].start] = time
        frame[:, self.columns["last_action"]] = last_action


def _views(
    field: Field, world: Any, obs: Array, draws: Mapping[str, Array]
) -> list[Array]:
    if not field.sources:
        return [draws[field.name].reshape(len(obs), -1)]
    try:
        return [bind(source, world, obs) for source in field.sources]
    except SourceError as error:
        error.field = field.name
        raise


def _width(field: Field, views: list[Array]) -> int:
    total = sum(view.shape[1] for view in views)
    if not field.sources:
        return field.width
    is_scalar = total == 1 and len(field.sources) == 1 and ":" not in field.sources[0]
    return 0 if is_scalar else total


def _clock_width(field: Field, widths: Widths) -> int:
    """Width of a clock; widths: of the fields before it, which it may count by."""
    assert field.since is not None
    width = condition_width(field.since, widths, field.name)
    return width if field.since.index is None else 0


def condition_width(
    condition: Condition, widths: Widths, place: str, section: str = "fields"
) -> int:
    """The width of a condition's field; SourceError where it does not exist.

    place, section: of the condition in task.yaml.
    """
    name, index = condition.field, condition.index
    count = max(widths.get(name, 0), 1)
    if name in widths and (index is None or index < count):
        return widths[name]
    message = f"there is no field '{name}'; {did_you_mean(name, widths)}"
    if name in widths:
        message = f"field '{name}' has {count} number{'s' if count > 1 else ''}"
        message += ", from [0] on"
    raise SourceError(f"'{condition}': {message}", section, place)


def _placed(views: list[Array], column: slice) -> list[tuple[Array, slice]]:
    """Each view of a field with its columns of the frame."""
    stops = column.start + np.cumsum([view.shape[1] for view in views])
    return [
        (view, slice(int(stop) - view.shape[1], int(stop)))
        for view, stop in zip(views, stops, strict=True)
    ]
