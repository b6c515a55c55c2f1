"""One seam for every reward: frames and actions in, named terms out.

A designed reward sits behind sandbox.RewardProcess; a task's own hand-written rewards
are trusted and run here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from envs.user_code import UserCodeError, place_of
from sandbox.contract import ContractError, collect, view

Array = np.ndarray[Any, np.dtype[Any]]


class Reward(Protocol):
    """s, s_next: (n, width) public frames, a: (n, action_dim); gives (n, terms)."""

    terms: tuple[str, ...]

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms of n transitions."""

    def close(self) -> None:
        """Let go of whatever stands behind it."""


class FunctionReward:
    """A trusted reward function of a task's hidden.py, in this process.

    name: what an error calls it. UserCodeError where it breaks the contract.
    """

    def __init__(
        self,
        function: Callable[[Any, Any, Any], Any],
        widths: Mapping[str, int],
        name: str = "hidden.py",
    ) -> None:
        self.terms: tuple[str, ...] = ()
        self._function, self._widths, self._name = function, widths, name

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms (n, terms) of n transitions."""
        result = self._function(view(s, self._widths), a, view(s_next, self._widths))
        where = place_of(self._function)
        try:
            self.terms, values = collect(result, len(a))
        except ContractError as error:
            raise UserCodeError(f"{self._name}: {error}{where}") from None
        for term, column in zip(self.terms, values.T, strict=True):
            wrong = int((~np.isfinite(column)).sum())
            if wrong:
                raise UserCodeError(
                    f"{self._name}: term '{term}' is nan or infinite in {wrong} of "
                    f"{len(a)} steps, expected finite numbers{where}"
                )
        return np.asarray(values)

    def close(self) -> None:
        """Nothing to let go of."""
