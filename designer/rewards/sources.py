"""The interface of every reward: frames and actions in, named terms out.

A designed reward runs in a sandbox.RewardProcess; a task's own hand-written rewards are
trusted and run in this process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, assert_never

import numpy as np

from designer.run.files import read_text

# Learners and feedback import Array from here, beside Reward.
from envs.bodies import Array as Array
from envs.env import Env
from envs.hidden import Hidden
from envs.user_code import UserCodeError, place_of
from sandbox import RewardProcess, Walls
from sandbox.advice import in_our_words
from sandbox.contract import ContractError, collect, view


@dataclass(frozen=True)
class Designed:
    """A designed reward, by the path of its reward.py."""

    path: Path


@dataclass(frozen=True)
class Baseline:
    """One of the task's own hand-written rewards."""

    name: Literal["human", "sparse"]


RewardSource = Designed | Baseline
BASELINES: tuple[Literal["human", "sparse"], ...] = ("human", "sparse")


class Reward(Protocol):
    """s, s_next: (n, width) public frames, a: (n, action_dim); gives (n, terms)."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms; of a function only after its first call."""

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms of n transitions."""

    def close(self) -> None:
        """Free the reward's process, if it has one."""


@dataclass(frozen=True)
class LentReward:
    """A reward that somebody else closes."""

    reward: Reward

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms."""
        return self.reward.terms

    def __call__(self, s: Array, a: Array, s_next: Array) -> Array:
        """Terms of n transitions."""
        return self.reward(s, a, s_next)

    def close(self) -> None:
        """Nothing: the reward stays open."""


class KeptOpen:
    """Opens a reward when it is first wanted and lends it until it is closed.

    Starting its process takes a fifth of a second, and rewards keep nothing between
    calls, so the rungs of a training share one.
    """

    def __init__(self, opener: Callable[[Env], Reward]) -> None:
        self._opener = opener
        self._reward: Reward | None = None

    def __call__(self, env: Env) -> Reward:
        """The reward, for this environment of the training."""
        if self._reward is None:
            self._reward = self._opener(env)
        return LentReward(self._reward)

    def close(self) -> None:
        """Close the reward, if it was opened."""
        if self._reward is not None:
            self._reward.close()
            self._reward = None


class FunctionReward:
    """A trusted reward function of a task's hidden.py, in this process.

    name: its name in errors. Raises UserCodeError if it breaks the contract.
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
        states = view(s, self._widths), view(s_next, self._widths)
        try:
            result = self._function(states[0], a, states[1])
        except UserCodeError as error:
            raise UserCodeError(_advised(error)) from None
        place = place_of(self._function)
        try:
            self.terms, values = collect(result, len(a))
        except ContractError as error:
            raise UserCodeError(f"{self._name}: {error}{place}") from None
        for term, column in zip(self.terms, values.T, strict=True):
            wrong = int((~np.isfinite(column)).sum())
            if wrong:
                raise UserCodeError(
                    f"{self._name}: term '{term}' is nan or infinite in {wrong} of "
                    f"{len(a)} steps, expected finite numbers{place}"
                )
        return np.asarray(values)

    def close(self) -> None:
        """A function in this process has nothing to free."""


def _advised(error: UserCodeError) -> str:
    """The error's message, in words for an author where numpy's would mislead."""
    cause = error.__context__
    if not isinstance(cause, TypeError | ValueError | IndexError):
        return str(error)
    message = " ".join(str(cause).split())
    return str(error).replace(message, in_our_words(message))


def open_baseline(
    name: Literal["human", "sparse"], hidden: Hidden, widths: Mapping[str, int]
) -> FunctionReward:
    """A task's own reward; the task must have it."""
    function = hidden.baseline(name)
    assert function is not None
    return FunctionReward(function, widths, f"{hidden.path}: {name}_reward")


def open_reward(
    source: RewardSource, hidden: Hidden, env: Env, rows: int, walls: Walls | None
) -> Reward:
    """Open a reward for calls with at most `rows` transitions.

    hidden: of the task, with its baselines. walls: of a designed reward's process; None
    for the strongest on this machine. RewardFault if a designed reward can't be loaded.
    """
    match source:
        case Baseline(name):
            return open_baseline(name, hidden, env.public_widths)
        case Designed(path):
            text, dim = read_text(path), env.action_dim
            return RewardProcess(text, env.public_widths, dim, rows, walls=walls)
        case _:
            assert_never(source)
