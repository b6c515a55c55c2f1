"""MuJoCo-v0: a body for any MuJoCo model, as for a robot of your own.

    env: MuJoCo-v0
    env_kwargs: {xml_file: ./robot.xml, keyframe: home, control_s: 0.02, episode_s: 20}

Unless the task says otherwise it observes all positions and velocities, and only the
time limit ends an episode. It starts in the model's keyframe of the name or number
`keyframe` (default 0), or in the model's own position where it has no keyframes or
`keyframe` is null, plus uniform noise times reset_noise_scale. control_s and episode_s
(s) stand in for frame_skip (physics steps) and max_steps (control steps); control_s is
rounded to whole physics steps.
"""

from collections.abc import Mapping
from typing import Any

from envs.bodies.body import Body, Kwargs, XArray, uniform_start


def _observe(xp: Any, kw: Kwargs, data: Any) -> XArray:
    return xp.concatenate([data.qpos, data.qvel], axis=1)


OWN_ROBOT = "MuJoCo-v0"
ANYTHING: Mapping[str, Body] = {
    OWN_ROBOT: Body(
        max_steps=1000,
        kwargs={
            "xml_file": "",
            "frame_skip": 5,
            "max_steps": 1000,
            "control_s": None,
            "episode_s": None,
            "reset_noise_scale": 0.01,
            "keyframe": 0,
        },
        start=uniform_start,
        observe=_observe,
    ),
}
