"""A trained policy as plain arrays, as a training gives it and the judge runs it."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from designer.rewards.sources import Array
from designer.run.arrays import read_arrays, write_arrays
from designer.run.files import damaged


@dataclass(frozen=True)
class Policy:
    """Two hidden layers on normalised observations; deterministic.

    mean, scale: (obs_dim,) with scale = 1 / sqrt(var + eps), clip after normalising.
    w1 (obs_dim, h), b1 (h,), w2 (h, h), b2, w3 (h, action_dim), b3; low, high:
    (action_dim,) range of actions. relu: the hidden layers are relu instead of tanh.
    squash: the head goes through tanh onto the action range instead of being clipped.
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
    relu: Array = field(default_factory=lambda: np.array(False))
    squash: Array = field(default_factory=lambda: np.array(False))

    def __call__(self, obs: Array) -> Array:
        """Actions (n, action_dim) for obs (n, obs_dim)."""
        x = np.clip((obs - self.mean) * self.scale, -self.clip, self.clip)
        for w, b in ((self.w1, self.b1), (self.w2, self.b2)):
            x = np.maximum(x @ w + b, 0.0) if self.relu else np.tanh(x @ w + b)
        x = x @ self.w3 + self.b3
        if self.squash:
            x = self.low + 0.5 * (np.tanh(x) + 1.0) * (self.high - self.low)
        return np.asarray(np.clip(x, self.low, self.high))

    def save(self, path: Path) -> None:
        """Write as npz without pickle."""
        write_arrays(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> "Policy":
        """Read a file of save; StoreError if it holds no policy."""
        arrays = read_arrays(path, DIMENSIONS)
        try:
            policy = cls(**arrays)
            hidden, outputs = policy.w2.shape[0], policy.low.size
            with np.errstate(all="ignore"):
                actions = policy(np.zeros((1, policy.mean.size)))
        except ValueError as error:
            raise damaged(path, error) from None
        if actions.shape != (1, outputs) or policy.w1.shape[1] != hidden:
            raise damaged(path, "its arrays don't fit together")
        return policy


NUMBERS = "f"
DIMENSIONS = {
    **dict.fromkeys(("mean", "scale", "b1", "b2", "b3", "low", "high"), (NUMBERS, 1)),
    **dict.fromkeys(("w1", "w2", "w3"), (NUMBERS, 2)),
    "clip": (NUMBERS, 0),
    "relu": ("b", 0),
    "squash": ("b", 0),
}
