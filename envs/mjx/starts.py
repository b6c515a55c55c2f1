"""Starting states of episodes, made by MuJoCo once and picked by the worlds' keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from envs.batch_env import VectorEnv
from envs.bodies import XArray
from envs.fields import columns
from envs.mjx.draws import is_in_starts
from envs.mjx.state import PhysicsState
from envs.task import Task

STARTS = 1024


@dataclass(frozen=True)
class Starts:
    """States in which episodes begin, with all that is seen of them.

    state: arrays (starts, ...). obs: (starts, obs_dim), as in Env; Worlds makes its own
    where the task has `observation:`. frame: (starts, width). draws: (starts, width of
    all draws). ctrl: (starts, nu), before the first action.
    """

    state: PhysicsState
    obs: XArray
    frame: XArray
    draws: XArray
    ctrl: XArray

    def pick(self, numbers: XArray) -> "Starts":
        """The starts of these numbers (n,), below STARTS."""
        return Starts(
            *jax.tree.map(
                lambda array: array[numbers],
                (self.state, self.obs, self.frame, self.draws, self.ctrl),
            )
        )


def start_env(task: Task) -> VectorEnv:
    """STARTS environments of the task at the beginning of episodes.

    Draws that are drawn again or widen are not written to them.
    """
    draws = [
        draw if is_in_starts(draw) else replace(draw, target="") for draw in task.draws
    ]
    env = VectorEnv(replace(task, draws=tuple(draws)), STARTS)
    env.reset(range(STARTS))
    return env


def make_starts(env: VectorEnv, written: Sequence[str]) -> Starts:
    """The starts of environments; written: arrays of the state that draws write to."""
    bind, place = env.physics.bind, columns(env.widths)
    qpos, qvel, act, qacc = (
        _single(bind(name)) for name in ("qpos", "qvel", "act", "qacc")
    )
    own = {name: _single(bind(name)) for name in written}
    draws = [env.frame[:, place[draw.name]] for draw in env.task.draws]
    return Starts(
        PhysicsState(qpos, qvel, act, qacc, own),
        _single(env.obs),
        _single(env.frame),
        _single(np.hstack([np.zeros((env.n, 0)), *draws])),
        _single(env.physics.ctrl),
    )


def start_models(env: VectorEnv) -> list[Any]:
    """The MjModel of each start where draws wrote constants, else the one of all."""
    if env.physics.has_own_constants:
        return [env.physics.own_model(number) for number in range(env.n)]
    return [env.model]


def _single(array: Any) -> XArray:
    return jnp.asarray(array, jnp.float32)
