"""Frames of n worlds: fields, time, last action and draws side by side, as in Env."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from envs.bodies import XArray
from envs.conditions import Condition
from envs.fields import Field, Widths, columns, is_observed, observed
from envs.mjx.sources import DataPlace, DataReader
from envs.mjx.state import PhysicsState, Readings


class FrameMaker:
    """Makes frames (n, width) of a layout.

    widths: as in Env. draws: the columns of each draw among the values of all draws.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        widths: Widths,
        draws: Mapping[str, slice],
        places: Mapping[str, DataPlace],
        reader: DataReader,
        dt: float,
    ) -> None:
        self._fields = {field.name: field for field in fields}
        self._draws, self._places, self._reader = draws, places, reader
        self._dt = jnp.float32(dt)
        self.columns = columns(widths)

    def frame(
        self,
        state: PhysicsState,
        readings: Readings,
        ctrl: XArray,
        own: Mapping[str, XArray],
    ) -> XArray:
        """The frames of simulations.

        own: `time` (n,), `last_action` (n, action_dim), `draws` (n, width of all),
        `obs` (n, of the body), and `before`, the frames (n, width) of which the clocks
        are taken.
        """

        def read(source: str) -> XArray:
            if is_observed(source):
                return observed(source, own["obs"])
            return self._reader.values(self._places[source], state, readings, ctrl)

        def values(name: str, column: slice) -> list[XArray]:
            if name == "time":
                return [own["time"][:, None]]
            if name == "last_action":
                return [own["last_action"]]
            if name in self._draws:
                return [own["draws"][:, self._draws[name]]]
            if self._fields[name].since:
                return [own["before"][:, column]]
            return [read(source) for source in self._fields[name].sources]

        parts = [part for pair in self.columns.items() for part in values(*pair)]
        return jnp.concatenate(parts, axis=1)

    def with_draws(self, frame: XArray, values: XArray) -> XArray:
        """The frames that show these values (n, width of all draws)."""
        for name, place in self._draws.items():
            frame = frame.at[:, self.columns[name]].set(values[:, place])
        return frame

    def ticked(self, frame: XArray) -> XArray:
        """The frames with all clocks one control step later."""
        for field in self._fields.values():
            if field.since is None:
                continue
            holds, place = self.holds(field.since, frame), self.columns[field.name]
            later = jnp.where(holds, 0.0, frame[:, place] + self._dt)
            frame = frame.at[:, place].set(later)
        return frame

    def holds(self, condition: Condition, frame: XArray) -> Any:
        """Where a condition holds: (n, k), one number for each column of its field."""
        column = self.columns[condition.field]
        if condition.index is not None:
            first = column.start + condition.index
            column = slice(first, first + 1)
        values = frame[:, column]
        if condition.below:
            return values < condition.bound
        return values > condition.bound
