"""Robot bodies: how each one starts, what it senses, and when its episode ends.

Every function is array code with the array module as its first argument, so the same
lines serve numpy here and jax.numpy on a GPU. They follow the definitions of
Gymnasium's v5 MuJoCo environments, whose XML files they use; none has a reward.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
XArray = Any  # an array of the module that came as the first argument
Kwargs = Mapping[str, Any]


@dataclass(frozen=True)
class Body:
    """One robot.

    perturb(xp, kwargs, uniform, normal): uniform in [-1, 1) and standard normal noise,
    both (n, nq + nv), to the offsets (n, nq + nv) of a starting state from the model's.
    observe(xp, kwargs, qpos, qvel): (n, nq), (n, nv) to the observation (n, d).
    endings(xp, kwargs, qpos, qvel): reason to (n,) bool, true where the episode ends.
    """

    xml: str
    frame_skip: int
    max_steps: int
    kwargs: Kwargs
    perturb: Callable[[Any, Kwargs, XArray, XArray], XArray]
    observe: Callable[[Any, Kwargs, XArray, XArray], XArray]
    endings: Callable[[Any, Kwargs, XArray, XArray], dict[str, XArray]]


def xml_path(xml: str) -> Path:
    """Where Gymnasium keeps its model files, or the path itself if it is one."""
    if "/" in xml:
        return Path(xml).expanduser()
    import gymnasium

    return Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / xml


def _uniform(xp: Any, kw: Kwargs, uniform: XArray, normal: XArray) -> XArray:
    return kw["reset_noise_scale"] * uniform


def _all_but_x(xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray) -> XArray:
    skipped = 1 if kw["exclude_current_positions_from_observation"] else 0
    return xp.concatenate([qpos[:, skipped:], qvel], axis=1)


def _never(xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray) -> dict[str, XArray]:
    return {}


def _outside(value: XArray, bounds: tuple[float, float]) -> XArray:
    return ~((bounds[0] < value) & (value < bounds[1]))


def _hopper_observe(xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray) -> XArray:
    return _all_but_x(xp, kw, qpos, xp.clip(qvel, -10, 10))


def _hopper_endings(
    xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray
) -> dict[str, XArray]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    state = xp.concatenate([qpos[:, 2:], qvel], axis=1)
    return {
        "torso too low": _outside(qpos[:, 1], kw["healthy_z_range"]),
        "torso tilted too far": _outside(qpos[:, 2], kw["healthy_angle_range"]),
        "state out of range": _outside(state, kw["healthy_state_range"]).any(axis=1),
    }


def _cheetah_perturb(xp: Any, kw: Kwargs, uniform: XArray, normal: XArray) -> XArray:
    nq = uniform.shape[1] // 2  # HalfCheetah has as many positions as velocities
    noise = xp.concatenate([uniform[:, :nq], normal[:, nq:]], axis=1)
    return kw["reset_noise_scale"] * noise


def _pendulum_observe(xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray) -> XArray:
    return xp.concatenate([qpos, qvel], axis=1)


def _pendulum_endings(
    xp: Any, kw: Kwargs, qpos: XArray, qvel: XArray
) -> dict[str, XArray]:
    return {"pole tilted too far": xp.abs(qpos[:, 1]) > 0.2}


BODIES: Mapping[str, Body] = {
    "InvertedPendulum-v5": Body(
        xml="inverted_pendulum.xml",
        frame_skip=2,
        max_steps=1000,
        kwargs={"reset_noise_scale": 0.01},
        perturb=_uniform,
        observe=_pendulum_observe,
        endings=_pendulum_endings,
    ),
    "Hopper-v5": Body(
        xml="hopper.xml",
        frame_skip=4,
        max_steps=1000,
        kwargs={
            "terminate_when_unhealthy": True,
            "healthy_state_range": (-100.0, 100.0),
            "healthy_z_range": (0.7, float("inf")),
            "healthy_angle_range": (-0.2, 0.2),
            "reset_noise_scale": 5e-3,
            "exclude_current_positions_from_observation": True,
        },
        perturb=_uniform,
        observe=_hopper_observe,
        endings=_hopper_endings,
    ),
    "HalfCheetah-v5": Body(
        xml="half_cheetah.xml",
        frame_skip=5,
        max_steps=1000,
        kwargs={
            "reset_noise_scale": 0.1,
            "exclude_current_positions_from_observation": True,
        },
        perturb=_cheetah_perturb,
        observe=_all_but_x,
        endings=_never,
    ),
}
