"""Bodies that move freely in space: the ant and the humanoids.

All are equal to Gymnasium's bit for bit: state, observation (contact forces too, which
are computed after the step as Gymnasium does) and ending.
"""

from collections.abc import Mapping
from typing import Any

from envs.bodies.body import (
    Body,
    Kwargs,
    XArray,
    mixed_start,
    observe_without,
    outside,
    outside_in_words,
    uniform_start,
)

_INCLUDED = ("cinert", "cvel", "qfrc_actuator", "cfrc_ext")
_positions_and_velocities = observe_without(2)


def _reads(kw: Kwargs) -> dict[str, str]:
    return {
        name: name for name in _INCLUDED if kw.get(f"include_{name}_in_observation")
    }


def _flat(values: XArray) -> XArray:
    return values.reshape(len(values), -1)


def _ant_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    moving = _positions_and_velocities(xp, kw, data)
    if not kw["include_cfrc_ext_in_observation"]:
        return moving
    forces = xp.clip(data.cfrc_ext[:, 1:], *kw["contact_force_range"])
    return xp.concatenate([moving, _flat(forces)], axis=1)


def _ant_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    low, high = kw["healthy_z_range"]
    height = data.qpos[:, 2]
    return {"torso too low or too high": ~((low <= height) & (height <= high))}


def _bounds(kw: Kwargs) -> dict[str, str]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    height = outside_in_words("height", kw["healthy_z_range"], "m")
    return {"torso too low or too high": height}


def _humanoid_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    entries = [_positions_and_velocities(xp, kw, data)]
    for name in _reads(kw):
        # The first row is the world, the first six forces are the free joint's.
        skipped = 6 if name == "qfrc_actuator" else 1
        entries.append(_flat(getattr(data, name)[:, skipped:]))
    return xp.concatenate(entries, axis=1)


def _humanoid_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    height = outside(data.qpos[:, 2], kw["healthy_z_range"])
    return {"torso too low or too high": height}


_HUMANOID: Kwargs = {
    "frame_skip": 5,
    "reset_noise_scale": 1e-2,
    "exclude_current_positions_from_observation": True,
    **{f"include_{name}_in_observation": True for name in _INCLUDED},
}

LEGGED: Mapping[str, Body] = {
    "Ant-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "ant.xml",
            "frame_skip": 5,
            "terminate_when_unhealthy": True,
            "healthy_z_range": (0.2, 1.0),
            "contact_force_range": (-1.0, 1.0),
            "reset_noise_scale": 0.1,
            "exclude_current_positions_from_observation": True,
            "include_cfrc_ext_in_observation": True,
        },
        start=mixed_start,
        observe=_ant_observe,
        endings=_ant_endings,
        bounds=_bounds,
        reads=_reads,
    ),
    "Humanoid-v5": Body(
        max_steps=1000,
        kwargs={
            **_HUMANOID,
            "xml_file": "humanoid.xml",
            "terminate_when_unhealthy": True,
            "healthy_z_range": (1.0, 2.0),
        },
        start=uniform_start,
        observe=_humanoid_observe,
        endings=_humanoid_endings,
        bounds=_bounds,
        reads=_reads,
    ),
    "HumanoidStandup-v5": Body(
        max_steps=1000,
        kwargs={**_HUMANOID, "xml_file": "humanoidstandup.xml"},
        start=uniform_start,
        observe=_humanoid_observe,
        reads=_reads,
    ),
}
