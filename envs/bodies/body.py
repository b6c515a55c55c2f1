"""The type of a body, and functions that several bodies share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from envs.bodies.menagerie import menagerie_path

MENAGERIE = "menagerie:"
Array = np.ndarray[Any, np.dtype[Any]]
XArray = Any  # an array of the module xp: numpy or jax.numpy
Kwargs = Mapping[str, Any]


def no_reads(kw: Kwargs) -> dict[str, str]:
    """For bodies that read only positions and velocities."""
    return {}


def never(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    """For bodies whose episodes end only at the time limit."""
    return {}


def no_bounds(kw: Kwargs) -> dict[str, str]:
    """For bodies whose episodes end only at the time limit."""
    return {}


@dataclass(frozen=True)
class Body:
    """One robot.

    max_steps: control steps until the time limit.
    kwargs: defaults of the settings that a task's env_kwargs may change; `xml_file` and
    `frame_skip` (physics steps per control step) are always among them.
    start(xp, kwargs, home, uniform, normal): starting positions (n, nq) and velocities
    (n, nv) from noise, uniform in [-1, 1) and standard normal, both (n, nq + nv).
    home.qpos (nq,), home.qvel (nv,): the start without noise.
    observe(xp, kwargs, data): the observation (n, d).
    endings(xp, kwargs, data): reason to (n,) bool, true where the episode ends.
    data: qpos (n, nq), qvel (n, nv) and the values of `reads(kwargs)`, each under its
    key: an MjData field like `cvel` (n, nbody, 6), or an object's like
    `body.target.xpos` (n, 3). As in Gymnasium, these describe the state before the last
    physics step.
    bounds(kwargs): reason to what it means, in words, for each reason of `endings`.
    begins: the start in words, '' where it is the model's with noise of
    reset_noise_scale.
    """

    max_steps: int
    kwargs: Kwargs
    start: Callable[[Any, Kwargs, Any, XArray, XArray], tuple[XArray, XArray]]
    observe: Callable[[Any, Kwargs, Any], XArray]
    endings: Callable[[Any, Kwargs, Any], dict[str, XArray]] = never
    reads: Callable[[Kwargs], Mapping[str, str]] = no_reads
    bounds: Callable[[Kwargs], Mapping[str, str]] = no_bounds
    begins: str = ""


def xml_path(xml: str) -> Path:
    """The path of a model file.

    xml: a path with a '/', the name of one of Gymnasium's, or menagerie:NAME, a robot
    of the package mujoco-menagerie.
    """
    if xml.startswith(MENAGERIE):
        return menagerie_path(xml.removeprefix(MENAGERIE))
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
    """An observe function: positions without the first ones, and clipped velocities.

    skipped: how many; none where exclude_current_positions_from_observation is false.
    limit: largest velocity.
    """

    def observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
        first = skipped if kw["exclude_current_positions_from_observation"] else 0
        qvel = data.qvel if limit == float("inf") else xp.clip(data.qvel, -limit, limit)
        return xp.concatenate([data.qpos[:, first:], qvel], axis=1)

    return observe


def outside(value: XArray, bounds: tuple[float, float]) -> XArray:
    """Whether value is not strictly between the bounds; NaN is outside."""
    return ~((bounds[0] < value) & (value < bounds[1]))


def outside_in_words(quantity: str, bounds: tuple[float, float], unit: str) -> str:
    """The words for `outside`: when a quantity is not strictly between the bounds."""
    low, high = bounds
    if high == float("inf"):
        return f"{quantity} not above {low:g} {unit}"
    return f"{quantity} not between {low:g} and {high:g} {unit}".rstrip()
