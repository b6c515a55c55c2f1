"""What is probably wrong with a robot of the user's own, as sentences."""

from collections.abc import Iterator
from typing import Any

import mujoco
import numpy as np

from envs.actions import kind
from envs.batch_env import VectorEnv
from envs.bodies import OWN_ROBOT
from envs.env import Env
from envs.robot_offers import driven_joints

DEPTH_M = 0.005  # of two geoms in one another that can't be softness of contacts
RANGE_TOLERANCE = 1e-3  # of a keyframe, in units of the joint
FALL_S, FALL_SHARE = 2.0, 0.3  # a base that falls by this share of its height so soon
MAX_NAMES = 3


def robot_warnings(env: Env) -> Iterator[str]:
    """Sentences on the model and the start of a MuJoCo-v0; none for another env."""
    if not isinstance(env, VectorEnv) or env.task.env != OWN_ROBOT:
        return
    model, data = env.model, _start(env)
    yield from _keyframe_warnings(env)
    yield from _deep_contacts(model, data)
    base = floating_base(model)
    if base is None:
        return
    name = model.body(base).name or "the base"
    if model.opt.gravity.any() and not _has_floor(model):
        yield (
            f"no floor: no geom of the world can touch the robot, so {name} falls for "
            'ever; give the worldbody a <geom type="plane" size="20 20 1"/>'
        )
    elif fall := _fall(env, base):
        yield (
            f"{name} falls from {fall[0]:.2g} to {fall[1]:.2g} m in {FALL_S:g} s of "
            f"action 0, the middle of the range; {_remedy(env)}"
        )


def endless(env: Env) -> Iterator[str]:
    """A sentence where a MuJoCo-v0 robot may fall and its episode goes on."""
    if env.model is None or env.task.env != OWN_ROBOT or env.can_end:
        return
    if (base := floating_base(env.model)) is not None:
        name = env.model.body(base).name or "the base"
        yield (
            f"nothing ends an episode before its time limit of {env.max_steps} steps, "
            f"also where {name} has fallen; write `ends:` in task.yaml"
        )


def floating_base(model: Any) -> int | None:
    """The body with a free joint that has actuated joints in its tree, or None."""
    for driven in driven_joints(model):
        root = model.body_rootid[model.jnt_bodyid[driven]]
        joint = model.body_jntadr[root]
        if joint >= 0 and model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
            return int(root)
    return None


def _start(env: VectorEnv) -> Any:
    """The state where episodes start, without noise and draws."""
    data = mujoco.MjData(env.model)
    if env.keyframe is not None:
        mujoco.mj_resetDataKeyframe(env.model, data, env.keyframe)
    mujoco.mj_forward(env.model, data)
    return data


def _keyframe_warnings(env: VectorEnv) -> Iterator[str]:
    model, key = env.model, env.keyframe
    if key is None:
        return
    name = f"keyframe '{model.key(key).name or key}'"
    outside = []
    for k in np.flatnonzero(model.jnt_limited).tolist():
        if model.jnt_type[k] == mujoco.mjtJoint.mjJNT_BALL:
            continue
        low, high = model.jnt_range[k]
        position = model.key_qpos[key, model.jnt_qposadr[k]]
        if not low - RANGE_TOLERANCE <= position <= high + RANGE_TOLERANCE:
            joint = model.joint(k).name or f"joint {k}"
            outside.append(f"{joint} at {position:.3g} ({low:.3g} to {high:.3g})")
    if outside:
        yield f"{name} is outside the range of {_few(outside)}"
    control = model.key_ctrl[key]
    if not control.any():  # None was given, and its positions stand in for them.
        return
    low, high = model.actuator_ctrlrange.T
    wrong = model.actuator_ctrllimited.astype(bool) & (
        (control < low) | (control > high)
    )
    if wrong.any():
        names = [
            f"{model.actuator(k).name or k} at {control[k]:.3g} "
            f"({low[k]:.3g} to {high[k]:.3g})"
            for k in np.flatnonzero(wrong).tolist()
        ]
        yield f"{name} has controls outside the ctrlrange of {_few(names)}"


def _deep_contacts(model: Any, data: Any) -> Iterator[str]:
    """Geoms that begin deep inside one another."""
    depths: dict[str, float] = {}
    for k in range(data.ncon):
        contact = data.contact[k]
        if contact.dist < -DEPTH_M and contact.geom1 >= 0 and contact.geom2 >= 0:
            names = sorted(_geom(model, g) for g in (contact.geom1, contact.geom2))
            pair = " and ".join(names)
            depths[pair] = max(depths.get(pair, 0.0), -float(contact.dist))
    if depths:
        pairs = [f"{pair} by {depth:.2g} m" for pair, depth in depths.items()]
        yield f"at the start geoms are inside one another: {_few(pairs)}"


def _geom(model: Any, k: int) -> str:
    body = model.body(int(model.geom_bodyid[k]))
    return model.geom(k).name or f"a geom of {body.name or f'body {body.id}'}"


def _has_floor(model: Any) -> bool:
    fixed = model.body_weldid[model.geom_bodyid] == 0
    return bool((fixed & ((model.geom_contype | model.geom_conaffinity) != 0)).any())


def _fall(env: VectorEnv, base: int) -> tuple[float, float] | None:
    """Heights of the base at the start and after action 0, where servos let it fall."""
    model = env.model
    if not all(kind(model, k) == "position servo" for k in range(model.nu)):
        return None  # motors hold no posture
    data = _start(env)
    before = float(data.xpos[base, 2])
    low, high = env.action_bounds
    data.ctrl[:] = np.clip(0.5 * (env.low + env.high), low, high)
    for _ in range(round(FALL_S / model.opt.timestep)):
        mujoco.mj_step(model, data)
    after = float(data.xpos[base, 2])
    return (before, after) if after < (1 - FALL_SHARE) * before else None


def _remedy(env: VectorEnv) -> str:
    """What may hold a robot that falls by action 0."""
    action = env.task.action
    if action is not None and action.around not in ("start", "keyframe"):
        return "action: {around: start} may hold it"
    if env.keyframe is None:
        return "a <keyframe> in which it stands, or stronger servos, may hold it"
    return "another keyframe or stronger servos may hold it"


def _few(names: list[str]) -> str:
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
