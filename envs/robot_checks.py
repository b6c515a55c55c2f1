"""What is probably wrong with a robot of the user's own, as sentences."""

from collections.abc import Collection, Iterator
from typing import Any

import mujoco
import numpy as np

from envs.actions import control_bounds
from envs.actuators import kind
from envs.batch_env import VectorEnv
from envs.bodies import OWN_ROBOT
from envs.env import Env
from envs.robot_offers import driven_joints

DEPTH_M = 0.005  # of two geoms in one another that can't be softness of contacts
# The default noise moves a robot that stands by a centimetre, which throws nobody.
NOISY_DEPTH_M = 0.01
NOISY_STARTS = 16
RANGE_TOLERANCE = 1e-3  # of a keyframe, in units of the joint
FALL_S, FALL_SHARE = 2.0, 0.3  # a base that falls by this share of its height so soon
FALL_M = 0.02  # and by more than this, for servos give way a little at any height
MAX_NAMES = 3


def robot_warnings(env: Env) -> Iterator[str]:
    """Sentences on the model and the start of a MuJoCo-v0; none for another env."""
    if not isinstance(env, VectorEnv) or env.task.env != OWN_ROBOT:
        return
    model, data = env.model, _start(env)
    yield from _keyframe_warnings(env)
    meant = _depths(model, data)
    deep = {pair: depth for pair, depth in meant.items() if depth > DEPTH_M}
    if deep:
        pairs = [f"{pair} by {depth:.2g} m" for pair, depth in deep.items()]
        yield f"at the start geoms are inside one another: {_few(pairs)}"
    yield from _noisy_warnings(env, deep.keys())
    base = floating_base(model)
    if base is None:
        return
    name = model.body(base).name or "the base"
    if model.opt.gravity.any() and not _has_floor(model, base):
        yield f"no floor: {_no_floor(model)}, so {name} falls for ever"
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
    low, high = control_bounds(model)  # also where no ctrlrange is written
    wrong = (control < low) | (control > high)
    if wrong.any():
        names = [
            f"{model.actuator(k).name or k} at {control[k]:.3g} "
            f"({low[k]:.3g} to {high[k]:.3g})"
            for k in np.flatnonzero(wrong).tolist()
        ]
        yield f"{name} has controls outside the range of {_few(names)}"


def _depths(model: Any, data: Any) -> dict[str, float]:
    """How deep geoms are in one another, m, by the names of the two."""
    depths: dict[str, float] = {}
    for k in range(data.ncon):
        contact = data.contact[k]
        if contact.geom1 >= 0 and contact.geom2 >= 0:
            names = sorted(_geom(model, g) for g in (contact.geom1, contact.geom2))
            pair = " and ".join(names)
            depths[pair] = max(depths.get(pair, 0.0), -float(contact.dist))
    return depths


def _noisy_warnings(env: VectorEnv, told: Collection[str]) -> Iterator[str]:
    """Geoms that noise and draws push into one another; told: pairs to leave out."""
    env = VectorEnv(env.task, NOISY_STARTS)
    env.reset(range(NOISY_STARTS))
    data, physics = mujoco.MjData(env.model), env.physics
    deepest: dict[str, float] = {}
    starts = set()
    for k in range(NOISY_STARTS):
        model = physics.own_model(k) if physics.has_own_constants else env.model
        data.qpos[:] = physics.qpos[k]
        data.mocap_pos[:] = physics.bind("mocap_pos")[k]
        data.mocap_quat[:] = physics.bind("mocap_quat")[k]
        mujoco.mj_fwdPosition(model, data)
        for pair, depth in _depths(model, data).items():
            if depth > NOISY_DEPTH_M and pair not in told:
                deepest[pair] = max(deepest.get(pair, 0.0), depth)
                starts.add(k)
    if deepest:
        pairs = [f"{pair} by {depth:.2g} m" for pair, depth in deepest.items()]
        noise = env.task.body.kwargs["reset_noise_scale"]
        yield (
            f"noise and draws push geoms into one another in {len(starts)} of "
            f"{NOISY_STARTS} starts: {_few(pairs)}; start higher, or with a smaller "
            f"reset_noise_scale ({noise:g})"
        )


def _geom(model: Any, k: int) -> str:
    body = model.body(int(model.geom_bodyid[k]))
    return model.geom(k).name or f"a geom of {body.name or f'body {body.id}'}"


def _has_floor(model: Any, base: int) -> bool:
    """Whether a geom of the world can touch the robot whose root is base."""
    world = model.body_weldid[model.geom_bodyid] == 0
    robot = model.body_rootid[model.geom_bodyid] == base
    touch = _masks_meet(model, world, robot) or _masks_meet(model, robot, world)
    pairs = zip(model.pair_geom1, model.pair_geom2, strict=True)
    return touch or any(world[a] != world[b] for a, b in pairs)


def _masks_meet(model: Any, some: Any, others: Any) -> bool:
    masks = model.geom_contype[some][:, None] & model.geom_conaffinity[others]
    return bool(masks.any())


def _no_floor(model: Any) -> str:
    """Why no geom of the world can touch the robot, and what to do."""
    world = np.flatnonzero(model.body_weldid[model.geom_bodyid] == 0).tolist()
    if not world:
        return (
            "no geom of the world can touch the robot (give the worldbody a "
            '<geom type="plane" size="20 20 1"/>)'
        )
    return (
        f"{_few([_geom(model, k) for k in world])} can't touch the robot, as the "
        "contype of neither has a bit of the other's conaffinity (1 by default)"
    )


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
    drop = max(FALL_SHARE * abs(before), FALL_M)
    return (before, after) if before - after > drop else None


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
