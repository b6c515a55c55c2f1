"""A trained policy as plain arrays: what leaves a training and what the judge runs."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Policy:
    """Two tanh layers on normalised observations, linear head; deterministic.

    mean, scale: (obs_dim,) with scale = 1 / sqrt(var + eps), clip after normalising.
    w1 (obs_dim, h), b1 (h,), w2 (h, h), b2, w3 (h, action_dim), b3; low, high:
    (action_dim,) range of actions.
    """

    mean: Array
    scale: Array
    clip: Array
    w1: Array
    b1: Array
    w2: Array
    b2: Array
    w3: Array
    b3: Array
    low: Array
    high: Array

    def __call__(self, obs: Array) -> Array:
        """Actions (n, action_dim) for obs (n, obs_dim)."""
        x = np.clip((obs - self.mean) * self.scale, -self.clip, self.clip)
        x = np.tanh(x @ self.w1 + self.b1)
        x = np.tanh(x @ self.w2 + self.b2)
        return np.asarray(np.clip(x @ self.w3 + self.b3, self.low, self.high))

    def save(self, path: Path) -> None:
        """Write as npz without pickle."""
        np.savez(path, **asdict(self))

    @classmethod
    def load(cls, path: Path) -> "Policy":
        """Read what save wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})
