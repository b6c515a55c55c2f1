"""What the policy sees where a task says it, as arrays of JAX."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from envs.bodies import XArray
from envs.mjx.draws import stream_key
from envs.observation import Observation


class FieldView:
    """Makes observations from frames (n, width of a frame).

    width: of the observation, with its history.
    """

    def __init__(self, observation: Observation, columns: Mapping[str, slice]) -> None:
        slices = [columns[name] for name in observation.fields]
        self._columns = np.concatenate([np.arange(s.start, s.stop) for s in slices])
        noise = [observation.noise.get(name, 0.0) for name in observation.fields]
        widths = [s.stop - s.start for s in slices]
        self._noise = np.repeat(noise, widths).astype(np.float32)
        self._history, self._size = observation.history, len(self._columns)
        self.width = self._history * self._size

    def start(self, frame: XArray, keys: XArray) -> XArray:
        """The first of an episode: all of its history is the present state."""
        newest = self._newest(frame, keys, jnp.zeros(len(frame), jnp.int32))
        return jnp.tile(newest, (1, self._history))

    def step(self, obs: XArray, frame: XArray, keys: XArray, steps: XArray) -> XArray:
        """One control step later; steps: (n,) of each episode so far."""
        newest = self._newest(frame, keys, steps)
        return jnp.concatenate([newest, obs[:, : -self._size]], axis=1)[:, : self.width]

    def look(self, obs: XArray, frame: XArray, keys: XArray, steps: XArray) -> XArray:
        """The newest entry again, after something was drawn; with the same noise."""
        newest = self._newest(frame, keys, steps)
        return jnp.concatenate([newest, obs[:, self._size :]], axis=1)

    def _newest(self, frame: XArray, keys: XArray, steps: XArray) -> XArray:
        values = frame[:, self._columns]
        if not self._noise.any():
            return values

        def one(key: XArray, count: XArray) -> XArray:
            own = jax.random.fold_in(stream_key(key, "noise of the observation"), count)
            return jax.random.uniform(own, (self._size,))

        return values + self._noise * (2.0 * jax.vmap(one)(keys, steps) - 1.0)
