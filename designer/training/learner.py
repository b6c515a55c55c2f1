"""The protocol of all trainers: trainings that advance from rung to rung.

A training of `steps` environment steps has rungs at an eighth, a quarter, a half and
all of them, and at every doubling after that. At each rung all episodes start afresh,
from seeds derived from the training's seed and the rung, whether or not the training
pauses there. So its state at a rung is plain arrays, a paused training gives bit for
bit the results of an undisturbed one, and a killed one repeats a single rung.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from designer.rewards.sources import Array, Reward, RewardSource
from designer.run.candidates import Failed
from designer.training.curves import Curves
from designer.training.policy import Policy
from envs.env import Env
from envs.hidden import Hidden
from envs.task import Task
from sandbox import Walls

ROLLOUT_STEPS = 2048  # a rung is a whole number of rollouts, of all trainers alike
FRACTIONS = (1 / 8, 1 / 4, 1 / 2)


@dataclass(frozen=True)
class Trainer:
    """Which trainer, and how it trains.

    name: ppo, sb3 or mjx. algo: ppo, sac or td3. engine: of mjx: jax, warp, c or auto.
    envs: environments of each training with mjx; None for as many as suit the engine.
    """

    name: str = "ppo"
    algo: str = "ppo"
    engine: str = "auto"
    envs: int | None = None

    @property
    def takes_many(self) -> bool:
        """Whether a job has many trainings, which go through the rungs together."""
        return self.name == "mjx"


Tell = Callable[[int, int, float], None]
"""Receives, after every rollout: which training, its steps, its own recent return."""


@dataclass(frozen=True)
class Setup:
    """The inputs of one training.

    open_reward: starts the reward for an environment. seed: of the training. steps:
    environment steps that the rungs are fractions of. source, walls: of the reward, for
    a trainer that computes it elsewhere.
    """

    task: Task
    hidden: Hidden
    open_reward: Callable[[Env], Reward]
    seed: int
    steps: int
    source: RewardSource | None = None
    walls: Walls | None = None


class Learner(Protocol):
    """Trainings that advance together; `k` is one of them.

    The reward's own faults (sandbox.RewardFault) pass through; FloatingPointError says
    that weights or returns are no longer finite.
    """

    @property
    def can_pause(self) -> bool:
        """Whether there are rungs before the last one."""

    @property
    def steps(self) -> int:
        """Environment steps of each training so far."""

    def advance(self, until: int, tell: Tell) -> None:
        """Train from one rung to the next; until: that rung, environment steps."""

    def failure(self, k: int) -> Failed | None:
        """Why this training alone has ended; None where it goes on."""

    def policy(self, k: int) -> Policy:
        """The policy at the peak of the reward's own return; the last without one."""

    def curves(self, k: int) -> Curves:
        """The curves so far."""

    def arrays(self, k: int) -> dict[str, Array]:
        """The checkpoint of a rung: all that a training goes on from."""

    def restore(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Go on from a checkpoint."""

    def begin_from(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Begin with the policy in another training's checkpoint."""


def rungs(steps: int, until: int) -> tuple[int, ...]:
    """The rungs of a training of `steps` steps, up to `until` (the last one).

    ValueError unless both are positive.
    """
    if min(steps, until) < 1:
        raise ValueError(f"steps and until must be > 0, got {steps} and {until}")
    ladder = [whole_rollouts(steps * fraction) for fraction in (*FRACTIONS, 1)]
    end, doubled = whole_rollouts(until), steps
    while ladder[-1] < end:
        doubled *= 2
        ladder.append(whole_rollouts(doubled))
    return tuple(sorted({*(rung for rung in ladder if rung < end), end}))


def whole_rollouts(steps: float) -> int:
    """The steps of as many whole rollouts as are needed for so many steps."""
    return ROLLOUT_STEPS * max(1, math.ceil(steps / ROLLOUT_STEPS))
