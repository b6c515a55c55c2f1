"""Bodies in a plane: the pendulums, the hopper, the walker, the cheetah, the swimmer.

All are equal to Gymnasium's bit for bit: state, observation and ending.
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


def _pendulum_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    return xp.concatenate([data.qpos, data.qvel], axis=1)


def _pendulum_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    return {"pole tilted too far": xp.abs(data.qpos[:, 1]) > 0.2}


def _pendulum_bounds(kw: Kwargs) -> dict[str, str]:
    return {"pole tilted too far": "by more than 0.2 rad"}


def _double_reads(kw: Kwargs) -> dict[str, str]:
    return {"site_xpos": "site_xpos", "qfrc_constraint": "qfrc_constraint"}


def _double_observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    angles = data.qpos[:, 1:]
    entries = [
        data.qpos[:, :1],
        xp.sin(angles),
        xp.cos(angles),
        xp.clip(data.qvel, -10, 10),
        xp.clip(data.qfrc_constraint[:, :1], -10, 10),
    ]
    return xp.concatenate(entries, axis=1)


def _double_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    return {"tip too low": data.site_xpos[:, 0, 2] <= 1}


def _double_bounds(kw: Kwargs) -> dict[str, str]:
    return {"tip too low": "height not above 1 m"}


def _hopper_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    state = xp.concatenate([data.qpos[:, 2:], data.qvel], axis=1)
    return {
        "torso too low": outside(data.qpos[:, 1], kw["healthy_z_range"]),
        "torso tilted too far": outside(data.qpos[:, 2], kw["healthy_angle_range"]),
        "state out of range": outside(state, kw["healthy_state_range"]).any(axis=1),
    }


def _hopper_bounds(kw: Kwargs) -> dict[str, str]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    state = "a joint angle or any velocity"
    return {
        "torso too low": outside_in_words("height", kw["healthy_z_range"], "m"),
        "torso tilted too far": outside_in_words(
            "pitch", kw["healthy_angle_range"], "rad"
        ),
        "state out of range": outside_in_words(state, kw["healthy_state_range"], ""),
    }


def _walker_endings(xp: Any, kw: Kwargs, data: Any) -> dict[str, XArray]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    return {
        "torso too low or too high": outside(data.qpos[:, 1], kw["healthy_z_range"]),
        "torso tilted too far": outside(data.qpos[:, 2], kw["healthy_angle_range"]),
    }


def _walker_bounds(kw: Kwargs) -> dict[str, str]:
    if not kw["terminate_when_unhealthy"]:
        return {}
    height = outside_in_words("height", kw["healthy_z_range"], "m")
    pitch = outside_in_words("pitch", kw["healthy_angle_range"], "rad")
    return {"torso too low or too high": height, "torso tilted too far": pitch}


PLANAR: Mapping[str, Body] = {
    "InvertedPendulum-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "inverted_pendulum.xml",
            "frame_skip": 2,
            "reset_noise_scale": 0.01,
        },
        start=uniform_start,
        observe=_pendulum_observe,
        endings=_pendulum_endings,
        bounds=_pendulum_bounds,
    ),
    "InvertedDoublePendulum-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "inverted_double_pendulum.xml",
            "frame_skip": 5,
            "reset_noise_scale": 0.1,
        },
        start=mixed_start,
        observe=_double_observe,
        endings=_double_endings,
        bounds=_double_bounds,
        reads=_double_reads,
    ),
    "Hopper-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "hopper.xml",
            "frame_skip": 4,
            "terminate_when_unhealthy": True,
            "healthy_state_range": (-100.0, 100.0),
            "healthy_z_range": (0.7, float("inf")),
            "healthy_angle_range": (-0.2, 0.2),
            "reset_noise_scale": 5e-3,
            "exclude_current_positions_from_observation": True,
        },
        start=uniform_start,
        observe=observe_without(1, limit=10.0),
        endings=_hopper_endings,
        bounds=_hopper_bounds,
    ),
    "Walker2d-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "walker2d_v5.xml",
            "frame_skip": 4,
            "terminate_when_unhealthy": True,
            "healthy_z_range": (0.8, 2.0),
            "healthy_angle_range": (-1.0, 1.0),
            "reset_noise_scale": 5e-3,
            "exclude_current_positions_from_observation": True,
        },
        start=uniform_start,
        observe=observe_without(1, limit=10.0),
        endings=_walker_endings,
        bounds=_walker_bounds,
    ),
    "HalfCheetah-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "half_cheetah.xml",
            "frame_skip": 5,
            "reset_noise_scale": 0.1,
            "exclude_current_positions_from_observation": True,
        },
        start=mixed_start,
        observe=observe_without(1),
    ),
    "Swimmer-v5": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "swimmer.xml",
            "frame_skip": 4,
            "reset_noise_scale": 0.1,
            "exclude_current_positions_from_observation": True,
        },
        start=uniform_start,
        observe=observe_without(2),
    ),
}
