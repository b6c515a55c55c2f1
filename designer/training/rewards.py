"""One seam for every reward: frames and actions in, named terms out.

A designed reward sits behind sandbox.RewardProcess; a task's own hand-written rewards
are trusted and run here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from sandbox.contract import collect, view

Array = np.ndarray[Any, np.dtype[Any]]


class Reward(Protocol):
    """s, s_next: (n, width) public frames, a: (n, action_dim); gives (n, terms)."""

    terms: tuple[str, ...]

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms of n transitions."""

    def close(self) -> None:
        """Let go of whatever stands behind it."""


class FunctionReward:
    """A trusted reward function in this process."""

    def __init__(
        self, function: Callable[[Any, Any, Any], Any], widths: Mapping[str, int]
    ) -> None:
        self.terms: tuple[str, ...] = ()
        self._function, self._widths = function, widths

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms (n, terms) of n transitions."""
        result = self._function(view(s, self._widths), a, view(s_next, self._widths))
        self.terms, values = collect(result, len(a))
        return np.asarray(values)

    def close(self) -> None:
        """Nothing to let go of."""
