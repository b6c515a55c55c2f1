"""Where the sources of fields and observations lie in mjx.Data."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import jax.numpy as jnp
import mujoco
import numpy as np

from envs.bodies import Array, XArray
from envs.fields import SourceError, indexed, named_object, object_source, own_joint
from envs.mjx.library import mjx
from envs.mjx.state import PhysicsState, Readings
from envs.physics import FORCES, MOCAP, MOMENTA
from envs.yamlfile import TaskError

STATE_ARRAYS = ("qpos", "qvel", "act", "ctrl")


@dataclass(frozen=True)
class DataPlace:
    """Numbers that lie side by side in one array of MjData.

    start: the first, counted as in the flattened array. shape: of these numbers.
    """

    array: str
    start: int
    shape: tuple[int, ...]

    @property
    def columns(self) -> slice:
        """Of the flattened array."""
        return slice(self.start, self.start + int(np.prod(self.shape)))


def data_place(model: Any, source: str) -> DataPlace:
    """The place of a source, or of a whole array of MjData; TaskError if there is none.

    source: that fits the model, in task.yaml's notation or the name of an array.
    """
    data = mujoco.MjData(model)
    if "." not in source:
        return DataPlace(source, 0, getattr(data, source).shape)
    match = object_source(source)
    try:
        part = indexed(_view(data, model, match).reshape(1, -1), match)
    except (AttributeError, SourceError):
        raise TaskError(f"source '{source}' is not among MJX's data") from None
    address = part.__array_interface__["data"][0]
    for array in _candidates(match["kind"], match["attr"]):
        if (values := getattr(data, array, None)) is None:
            continue
        offset = address - values.__array_interface__["data"][0]
        if 0 <= offset < values.nbytes:
            return DataPlace(array, offset // values.itemsize, (part.size,))
    raise TaskError(f"source '{source}' is not among MJX's data")


def _view(data: Any, model: Any, match: re.Match[str]) -> Array:
    """The part of MjData's arrays that belongs to an object."""
    kind, attr = match["kind"], match["attr"]
    if kind == "joint":
        entity = data.joint(own_joint(model, match["name"]))
    else:
        entity = named_object(data, match)
    if attr in MOCAP:
        number = int(model.body_mocapid[entity.id])
        return np.asarray(getattr(data, attr)[number])
    return np.asarray(getattr(entity, attr))


def _candidates(kind: str, attr: str) -> tuple[str, ...]:
    """Names of arrays that may hold the attribute of an object of a kind."""
    return attr, f"{kind}_{attr}", f"{kind}{attr}", f"ten_{attr}"


class DataReader:
    """Reads places from mjx.Data, all in one vector, so that few arrays are carried."""

    def __init__(
        self, template: Any, places: Iterable[DataPlace], written: Any
    ) -> None:
        self._written = written  # arrays that are part of the state here
        groups: tuple[list[DataPlace], ...] = ([], [], [])
        for position in dict.fromkeys(places):
            if position.array in STATE_ARRAYS or position.array in written:
                continue
            if not has(template, position.array):
                raise TaskError(f"MJX does not compute '{position.array}'")
            groups[_group(position.array)].append(position)
        self._plain, self._sensors, self._late = groups
        self._columns = {
            position: (group, columns)
            for group, members in enumerate(groups)
            for position, columns in _side_by_side(members)
        }
        late = {position.array for position in self._late}
        self.has_forces = not late.isdisjoint(FORCES)
        self.has_momenta = not late.isdisjoint(MOMENTA)

    def nothing(self) -> Readings:
        """Zeros for all readings of one world."""
        sizes = (
            sum(int(np.prod(position.shape)) for position in group)
            for group in (self._plain, self._sensors, self._late)
        )
        return Readings(*map(jnp.zeros, sizes))

    def read(self, data: Any) -> tuple[XArray, XArray]:
        """The plain readings and those of sensors; data: mjx.Data of one world."""
        return _vector(data, self._plain), _vector(data, self._sensors)

    def read_late(self, model: Any, data: Any) -> XArray:
        """The late readings."""
        if self.has_forces:
            data = mjx.rne_postconstraint(model, data)
        if self.has_momenta:
            data = mjx.subtree_vel(model, data)
        return self.late(data)

    def late(self, data: Any) -> XArray:
        """The late readings of data in which they have been computed."""
        return _vector(data, self._late)

    def values(
        self, position: DataPlace, state: PhysicsState, readings: Readings, ctrl: XArray
    ) -> XArray:
        """The numbers at a place in n worlds: (n, *shape)."""
        if position in self._columns:
            group, columns = self._columns[position]
            flat = readings[group][:, columns]
        else:
            arrays = {**state._asdict(), **state.written, "ctrl": ctrl}
            flat = arrays[position.array].reshape(len(ctrl), -1)[:, position.columns]
        return flat.reshape(len(ctrl), *position.shape)


def _group(array: str) -> int:
    if array in FORCES + MOMENTA:
        return 2
    return 1 if array == "sensordata" else 0


def _side_by_side(places: Sequence[DataPlace]) -> Iterable[tuple[DataPlace, slice]]:
    start = 0
    for position in places:
        size = int(np.prod(position.shape))
        yield position, slice(start, start + size)
        start += size


def _vector(data: Any, places: Sequence[DataPlace]) -> XArray:
    if not places:
        return jnp.zeros(0)
    return jnp.concatenate(
        [_array(data, p.array).reshape(-1)[p.columns] for p in places]
    )


def _array(data: Any, name: str) -> Any:
    # mjx.Data itself would give what is its engine's alone, with a warning.
    return getattr(data if _is_shared(data, name) else data._impl, name)


def has(data: Any, name: str) -> bool:
    """Whether mjx.Data has an array of this name."""
    return _is_shared(data, name) or name in _names(data._impl)


def _is_shared(data: Any, name: str) -> bool:
    """Whether an array of mjx.Data is there for every engine."""
    return name in _names(data)


def _names(record: Any) -> set[str]:
    return {field.name for field in fields(record)}
