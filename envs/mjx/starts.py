"""Starting states of episodes, made by MuJoCo once and picked by the worlds' keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from envs.batch_env import VectorEnv
from envs.bodies import XArray
from envs.mjx.sources import PhysicsState

STARTS = 1024


@dataclass(frozen=True)
class Starts:
    """States in which episodes begin, with all that is seen of them.

    state: arrays (STARTS, ...). obs: (STARTS, of the body). frame: (STARTS, width).
    """

    state: PhysicsState
    obs: XArray
    frame: XArray

    def pick(self, numbers: XArray) -> "Starts":
        """The starts of these numbers (n,), below STARTS."""
        arrays = (self.state, self.obs, self.frame)
        return Starts(*jax.tree.map(lambda x: x[numbers], arrays))


def make_starts(env: VectorEnv, written: Sequence[str]) -> Starts:
    """The starts of STARTS environments; written: arrays that draws write to."""
    env.reset(range(env.n))
    bind = env.physics.bind
    qpos, qvel, act, qacc = (
        _single(bind(name)) for name in ("qpos", "qvel", "act", "qacc")
    )
    own = {name: _single(bind(name)) for name in written}
    state = PhysicsState(qpos, qvel, act, qacc, own)
    return Starts(state, _single(env.obs), _single(env.frame))


def _single(array: Any) -> XArray:
    return jnp.asarray(array, jnp.float32)
