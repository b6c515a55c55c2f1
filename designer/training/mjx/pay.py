"""What every member of a population is paid: its own reward, on its own transitions.

Only this program depends on the rewards, so only this one is compiled for every
generation. Each reward is computed on a slice of the batch: no branches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from envs.bodies import XArray

PureReward = Callable[[XArray, XArray, XArray], XArray]
"""s, a, s_next (n, ...) of JAX to terms (n, terms); pure."""


@dataclass(frozen=True)
class TracedReward:
    """A reward as a pure function of JAX.

    terms: their names. cells: numbers that it makes of a row on its way.
    """

    function: PureReward
    terms: tuple[str, ...]
    cells: int = 0


@dataclass(frozen=True)
class PaidMembers:
    """A reward and the members that it pays."""

    reward: TracedReward
    members: tuple[int, ...]


def paid_members(rewards: Sequence[TracedReward]) -> tuple[PaidMembers, ...]:
    """The members of each reward, from the reward of each member."""
    return tuple(
        PaidMembers(reward, tuple(k for k, r in enumerate(rewards) if r == reward))
        for reward in dict.fromkeys(rewards)
    )


class PaidRollout(NamedTuple):
    """Rewards (steps, members, envs), and for each reward, in their order:

    terms: (steps, its members, logged envs, terms). wrong: (its members, terms), in how
    many transitions a term was nan or infinite.
    """

    rewards: XArray
    terms: tuple[XArray, ...]
    wrong: tuple[XArray, ...]


def payer(paid: Sequence[PaidMembers], logged: int) -> Callable[..., PaidRollout]:
    """The function of a rollout's s, action and s_next that pays all members."""
    order = np.concatenate([np.array(each.members) for each in paid])
    place = np.argsort(order)

    def pay(s: XArray, action: XArray, s_next: XArray) -> PaidRollout:
        rewards, terms, wrong = [], [], []
        for each in paid:
            members = np.array(each.members)
            values = _terms(each, s[:, members], action[:, members], s_next[:, members])
            wrong.append((~jnp.isfinite(values)).sum(axis=(0, 2)))
            rewards.append(jnp.nan_to_num(values.sum(axis=-1), posinf=0.0, neginf=0.0))
            terms.append(values[:, :, :logged])
        together = jnp.concatenate(rewards, axis=1)[:, place]
        return PaidRollout(together, tuple(terms), tuple(wrong))

    return pay


def _terms(paid: PaidMembers, *arrays: XArray) -> XArray:
    """The terms (steps, members, envs, terms) of one reward."""
    shape: Any = arrays[0].shape[:3]
    flat = [x.reshape(-1, x.shape[-1]) for x in arrays]
    return paid.reward.function(*flat).reshape(*shape, -1)
