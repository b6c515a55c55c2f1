"""MuJoCo-v0: a body for any MuJoCo model, as for a robot of your own.

    env: MuJoCo-v0
    env_kwargs: {xml_file: ./robot.xml, frame_skip: 5, max_steps: 500}

It observes all positions and velocities, and only the time limit ends an episode. It
starts in the model's keyframe number `keyframe` (default 0), or in the model's own
position where it has no keyframes or `keyframe` is null, plus uniform noise times
reset_noise_scale.
"""

from collections.abc import Mapping
from typing import Any

from envs.bodies.body import Body, Kwargs, XArray, uniform_start


def _observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    return xp.concatenate([data.qpos, data.qvel], axis=1)


ANYTHING: Mapping[str, Body] = {
    "MuJoCo-v0": Body(
        max_steps=1000,
        kwargs={
            "xml_file": "",
            "frame_skip": 5,
            "max_steps": 1000,
            "reset_noise_scale": 0.01,
            "keyframe": 0,
        },
        start=uniform_start,
        observe=_observe,
    ),
}
