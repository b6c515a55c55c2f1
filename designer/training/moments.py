"""Running moments, by which observations and returns are normalised."""

from collections.abc import Mapping

import numpy as np

from designer.rewards.sources import Array


class Moments:
    """Running mean and variance over batches (Chan et al. 1979), as in VecNormalize."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mean, self.var, self.count = np.zeros(shape), np.ones(shape), 1e-4

    def update(self, batch: Array) -> None:
        """Take a batch (n, ...) in."""
        n, mean = len(batch), batch.sum(axis=0) / len(batch)
        total = self.count + n
        delta, off = mean - self.mean, batch - mean
        squares = self.var * self.count + (off * off).sum(axis=0)  # var() is slow
        self.var = (squares + delta * delta * self.count * n / total) / total
        self.mean = self.mean + delta * n / total
        self.count = total

    @property
    def scale(self) -> Array:
        """1 / standard deviation, kept finite."""
        return np.asarray(1.0 / np.sqrt(self.var + 1e-8))

    def arrays(self) -> dict[str, Array]:
        """Mean, variance and count."""
        return {"mean": self.mean, "var": self.var, "count": np.array(self.count)}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take over the state that `arrays` gave."""
        self.mean, self.var = arrays["mean"], arrays["var"]
        self.count = float(arrays["count"])
