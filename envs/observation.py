"""What the policy sees, where a task says it: some fields, with noise, over some steps.

observation: [joint_angles, joint_velocities, last_action, command]
observation: {fields: [...], noise: {joint_velocities: 1.5}, history: 3}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from envs.bodies import Array
from envs.uniforms import stream, uniforms
from envs.yamlfile import Document, as_count, did_you_mean, is_finite

KEY = "observation"
MAX_HISTORY = 100  # steps; more would be a mistake
_STREAM = stream("noise of the observation")


@dataclass(frozen=True)
class Observation:
    """The fields that a policy sees.

    noise: largest noise by field, uniform, in the field's unit; a reward and the judge
    see the field without it. history: how many control steps it sees, the present one
    first.
    """

    fields: tuple[str, ...]
    noise: Mapping[str, float] = field(default_factory=dict)
    history: int = 1

    def line(self) -> str:
        """A sentence for a prompt."""
        words = f"The policy observes {', '.join(self.fields)}"
        if self.noise:
            sizes = ", ".join(f"{name} {size:g}" for name, size in self.noise.items())
            words += f", with uniform noise of at most: {sizes}"
        if self.history > 1:
            words += f"; of the last {self.history} control steps"
        return words


def parse_observation(
    document: Document, value: Any, hidden: Mapping[str, bool]
) -> Observation | None:
    """The observation of a task; hidden: of each of its fields, whether it is that."""
    if value is None:
        return None
    entry = {"fields": value} if isinstance(value, list) else value
    entry = document.section((KEY,), entry, ("fields", "noise", "history"))
    fields, noise = entry.get("fields"), entry.get("noise", {})
    if (
        not isinstance(fields, list)
        or not fields
        or not all(isinstance(name, str) for name in fields)
        or len({*fields}) < len(fields)
    ):
        raise document.error((KEY,), "observation must be a list of different fields")
    noise = document.section((KEY, "noise"), noise, fields)
    for name in fields:
        if name not in hidden:
            hint = did_you_mean(name, hidden)
            raise document.error((KEY,), f"there is no field '{name}'; {hint}")
        if hidden[name]:
            message = f"field '{name}' is hidden, so the policy can't see it"
            raise document.error((KEY,), message)
    for name, size in noise.items():
        if not is_finite(size) or size < 0:
            raise document.error(
                (KEY, "noise", name), f"noise must be a number >= 0, got {size!r}"
            )
    history = as_count(entry.get("history", 1))
    if history is None or not 1 <= history <= MAX_HISTORY:
        message = f"history must be 1 to {MAX_HISTORY}, got {entry['history']!r}"
        raise document.error((KEY, "history"), message)
    return Observation(tuple(fields), {k: float(v) for k, v in noise.items()}, history)


class Observer:
    """Writes what the policy sees from frames (n, width of a frame).

    width: of the observation, with its history.
    """

    def __init__(self, observation: Observation, columns: Mapping[str, slice]) -> None:
        slices = [columns[name] for name in observation.fields]
        self._columns = np.concatenate([np.arange(s.start, s.stop) for s in slices])
        noise = [observation.noise.get(name, 0.0) for name in observation.fields]
        widths = [s.stop - s.start for s in slices]
        self._noise: Array = np.repeat(noise, widths)
        self._history, self._size = observation.history, len(self._columns)
        self.width = self._history * self._size

    def start(self, obs: Array, frame: Array, ids: Array, keys: Array) -> None:
        """Episodes begin in ids (m,); all of their history is the present state."""
        steps = np.zeros(len(frame), dtype=np.int64)
        newest = self._newest(frame, keys, steps)[ids]
        obs[ids] = np.tile(newest, self._history)

    def step(self, obs: Array, frame: Array, keys: Array, steps: Array) -> None:
        """One control step later; steps: (n,) of each episode so far."""
        if self._history > 1:
            obs[:, self._size :] = obs[:, : -self._size].copy()
        self.look(obs, frame, keys, steps)

    def look(self, obs: Array, frame: Array, keys: Array, steps: Array) -> None:
        """The newest entry again, after something was drawn; with the same noise."""
        obs[:, : self._size] = self._newest(frame, keys, steps)

    def select(self, frame: Array) -> Array:
        """The fields that are seen, (n, width of one), without noise and history."""
        return frame[:, self._columns]

    def _newest(self, frame: Array, keys: Array, steps: Array) -> Array:
        values = self.select(frame)
        if self._noise.any():
            unit = uniforms(keys, _STREAM, steps, self._size)
            values += self._noise * (2.0 * unit - 1.0)
        return values
