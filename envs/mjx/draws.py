"""What is drawn at random within episodes, by the worlds' keys.

Draws that are written once at a start are part of the starts that MuJoCo made, and so
are constants of the model. The others are drawn here: those that no source is written
with, those drawn again, and those whose range widens.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from envs.bodies import XArray
from envs.draws import Draw
from envs.fields import columns
from envs.mjx.sources import DataPlace
from envs.mjx.state import DrawState, PhysicsState, array_of, with_array
from envs.quaternions import product, rotations, turn

_TIME_ROUNDING = 1e-4  # s; single precision has steps of 4e-6 s after 50 s


def is_in_starts(draw: Draw) -> bool:
    """Whether a draw's value is one with the start of its episode."""
    return bool(draw.target) and draw.again_s is None and not draw.widens


def stream_key(key: XArray, name: str) -> XArray:
    """A key of its own for a name, from an episode's."""
    return jax.random.fold_in(key, np.uint32(zlib.crc32(name.encode())))


class Drawing:
    """The draws of a task; places: of each draw drawn here that is written, by name."""

    def __init__(self, draws: Sequence[Draw], places: dict[str, DataPlace]) -> None:
        self._draws, self._places = draws, places
        self._here = [not is_in_starts(draw) for draw in draws]
        self.columns = columns({draw.name: draw.width for draw in draws})
        self.is_written = bool(places)
        self.is_redrawn = any(draw.again_s is not None for draw in draws)

    def start(
        self, keys: XArray, start_values: XArray, trained_steps: XArray
    ) -> DrawState:
        """All draws of the episodes of keys (n,); start_values: (n, width)."""
        shape = (len(keys), len(self._draws))
        due = jnp.where(np.array(self._here, bool), jnp.zeros(shape), jnp.inf)
        state = DrawState(start_values, due, jnp.zeros(shape, jnp.int32))
        return self._drawn(state, due == 0.0, keys, trained_steps)

    def redraw(
        self, state: DrawState, keys: XArray, times: XArray, trained_steps: XArray
    ) -> tuple[DrawState, XArray]:
        """Draw what is due at times (n,), s; gives also what that is: (n, draws)."""
        is_due = state.due <= times[:, None] + _TIME_ROUNDING
        counts = state.counts + is_due
        state = state._replace(counts=counts)
        return self._drawn(state, is_due, keys, trained_steps), is_due

    def _drawn(
        self, state: DrawState, is_due: XArray, keys: XArray, trained_steps: XArray
    ) -> DrawState:
        values, due = state.values, state.due
        for k, draw in enumerate(self._draws):
            if not self._here[k]:
                continue
            unit = _uniforms(keys, draw, state.counts[:, k])
            fresh = _values(draw, unit[:, :-1], trained_steps)
            place, now = self.columns[draw.name], is_due[:, k : k + 1]
            values = values.at[:, place].set(jnp.where(now, fresh, values[:, place]))
            later = jnp.full(len(keys), jnp.inf)
            if draw.again_s is not None:
                first, last = draw.again_s
                later = state.due[:, k] + first + (last - first) * unit[:, -1]
            due = due.at[:, k].set(jnp.where(now[:, 0], later, state.due[:, k]))
        return DrawState(values, due, state.counts)

    def write(
        self, state: DrawState, is_due: XArray, physics: PhysicsState
    ) -> PhysicsState:
        """The physics where what is due (n, draws) has been written."""
        for k, draw in enumerate(self._draws):
            if draw.name not in self._places:
                continue
            place = self._places[draw.name]
            array = array_of(physics, place.array)
            flat = array.reshape(len(array), -1)
            base, drawn = (
                flat[:, place.columns],
                state.values[:, self.columns[draw.name]],
            )
            match draw.how:
                case "sets":
                    fresh = drawn
                case "adds" if draw.turn:
                    fresh = product(drawn, base, jnp)
                case "adds":
                    fresh = base + drawn
                case "scales":
                    fresh = base * drawn
            fresh = jnp.where(is_due[:, k : k + 1], fresh, base)
            flat = flat.at[:, place.columns].set(fresh)
            physics = with_array(physics, place.array, flat.reshape(array.shape))
        return physics


def _uniforms(keys: XArray, draw: Draw, counts: XArray) -> XArray:
    """Numbers uniform in [0, 1): those of a draw, and one for its time: (n, k + 1)."""
    width = 3 if draw.turn == "any" else len(draw.low)

    def one(key: XArray, count: XArray) -> XArray:
        own = jax.random.fold_in(stream_key(key, draw.name), count)
        return jax.random.uniform(own, (width + 1,))

    return jax.vmap(one)(keys, counts)


def _values(draw: Draw, unit: XArray, trained_steps: XArray) -> Any:
    """Values (n, k) of a draw from numbers uniform in [0, 1)."""
    if draw.turn == "any":
        return rotations(unit, jnp)
    low, high = jnp.array(draw.low), jnp.array(draw.high)
    share = jnp.float32(1.0)
    if draw.widens:
        share = jnp.minimum(share, trained_steps / draw.widens)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    values = middle + share * half * (2.0 * unit - 1.0)
    return turn(draw.turn, values, jnp) if draw.turn else values
