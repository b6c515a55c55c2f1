"""What a body is, and the parts that several bodies share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
XArray = Any  # an array of the module that came as the first argument
Kwargs = Mapping[str, Any]


def no_reads(kw: Kwargs) -> dict[str, str]:
    """Nothing but positions and velocities."""
    return {}


def never(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    """Only the time limit ends an episode."""
    return {}


@dataclass(frozen=True)
class Body:
    """One robot.

    max_steps: control steps until the time limit.
    kwargs: what env_kwargs of a task may change, with its defaults; `xml_file` and
    `frame_skip` (physics steps in a control step) always.
    start(xp, kwargs, home, uniform, normal): starting positions (n, nq) and velocities
    (n, nv) out of noise, uniform in [-1, 1) and standard normal, both (n, nq + nv).
    home.qpos (nq,), home.qvel (nv,): the model's own.
    observe(xp, kwargs, data): the observation (n, d).
    endings(xp, kwargs, data): reason to (n,) bool, true where the episode ends.
    data: qpos (n, nq), qvel (n, nv) and what `reads(kwargs)` names, each under its key:
    an MjData field, as `cvel` (n, nbody, 6), or an object's, as `body.target.xpos`
    (n, 3). As in Gymnasium, those describe the state before the last physics step.
    """

    max_steps: int
    kwargs: Kwargs
    start: Callable[[Any, Kwargs, Any, XArray, XArray], tuple[XArray, XArray]]
    observe: Callable[[Any, Kwargs, Any], XArray]
    endings: Callable[[Any, Kwargs, Any], dict[str, XArray]] = never
    reads: Callable[[Kwargs], Mapping[str, str]] = no_reads


def xml_path(xml: str) -> Path:
    """Where Gymnasium keeps its model files, or the path itself if it is one."""
    if "/" in xml:
        return Path(xml).expanduser()
    import gymnasium

    return Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets" / xml


def _start(kw: Kwargs, home: Any, positions: XArray, velocities: XArray) -> Any:
    nq, scale = len(home.qpos), kw["reset_noise_scale"]
    return (
        home.qpos + scale * positions[:, :nq],
        home.qvel + scale * velocities[:, nq:],
    )


def uniform_start(
    xp: Any, kw: Kwargs, home: Any, uniform: XArray, normal: XArray
) -> tuple[XArray, XArray]:
    """Uniform noise on positions and velocities."""
    return _start(kw, home, uniform, uniform)  # type: ignore[no-any-return]


def mixed_start(
    xp: Any, kw: Kwargs, home: Any, uniform: XArray, normal: XArray
) -> tuple[XArray, XArray]:
    """Uniform noise on positions, normal noise on velocities."""
    return _start(kw, home, uniform, normal)  # type: ignore[no-any-return]


def observe_without(skipped: int, limit: float = float("inf")) -> Any:
    """An observe function: positions without the first few, clipped velocities.

    All positions where exclude_current_positions_from_observation is false.
    """

    def observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
        first = skipped if kw["exclude_current_positions_from_observation"] else 0
        qvel = data.qvel if limit == float("inf") else xp.clip(data.qvel, -limit, limit)
        return xp.concatenate([data.qpos[:, first:], qvel], axis=1)

    return observe


def outside(value: XArray, bounds: tuple[float, float]) -> XArray:
    """Whether value is not strictly between the bounds; NaN is outside."""
    return ~((bounds[0] < value) & (value < bounds[1]))
