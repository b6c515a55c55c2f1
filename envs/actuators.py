"""Kinds of actuators, and the controls at which they hold a robot where it starts."""

from typing import Any, Literal

import mujoco
import numpy as np

from envs.bodies import Array

ActuatorKind = Literal[
    "position servo",
    "integrated velocity servo",
    "velocity servo",
    "motor",
    "muscle",
    "actuator",
]
HOLDING = ("position servo", "integrated velocity servo", "velocity servo")
_BIAS, _GAIN, _TRN = mujoco.mjtBias, mujoco.mjtGain, mujoco.mjtTrn
FILTERING = (int(mujoco.mjtDyn.mjDYN_FILTER), int(mujoco.mjtDyn.mjDYN_FILTEREXACT))
_DYN, _JOINT = mujoco.mjtDyn, mujoco.mjtJoint


def kind(model: Any, k: int) -> ActuatorKind:
    """What actuator k does with its control."""
    if model.actuator_gaintype[k] == _GAIN.mjGAIN_MUSCLE:
        return "muscle"
    if (
        model.actuator_gaintype[k] != _GAIN.mjGAIN_FIXED
        or not model.actuator_gainprm[k, 0]
    ):
        return "actuator"
    if model.actuator_biastype[k] == _BIAS.mjBIAS_NONE:
        return "motor"
    _, by_length, by_velocity = model.actuator_biasprm[k, :3]
    if model.actuator_biastype[k] == _BIAS.mjBIAS_AFFINE and by_length < 0:
        moves_target = model.actuator_dyntype[k] == _DYN.mjDYN_INTEGRATOR
        return "integrated velocity servo" if moves_target else "position servo"
    return "velocity servo" if by_velocity < 0 else "actuator"


def hold(model: Any, k: int, length: float) -> float:
    """The control at which position servo k at rest gives no force at a length."""
    constant, by_length = model.actuator_biasprm[k, :2]
    return float(-(constant + by_length * length) / model.actuator_gainprm[k, 0])


def holding_controls(
    model: Any, keyframe: int | None, is_keyframes: bool = False
) -> Array:
    """Controls (nu,) that hold the robot where it starts; NaN where none does.

    They are the keyframe's. Where its controls are all 0, none was given, unless
    is_keyframes says that these are meant: then (and in the model's own position) that
    of a position servo is the one at which it gives no force there, and that of a
    velocity servo is 0.
    """
    controls = np.full(model.nu, np.nan)
    if keyframe is not None and (is_keyframes or model.key_ctrl[keyframe].any()):
        controls[:] = model.key_ctrl[keyframe]
        if model.key_ctrl[keyframe].any():
            return controls
    for k, length in enumerate(_start_lengths(model, keyframe)):
        if (what := kind(model, k)) == "position servo":
            controls[k] = hold(model, k, length)
        elif what in HOLDING:
            controls[k] = 0.0
    return controls


def starting_activations(model: Any, keyframe: int | None) -> Array | None:
    """Activations (na,) that hold the robot where it starts; None for the keyframe's.

    A filter begins at the control that holds, an integrator at the target that does.
    """
    if not model.na or (keyframe is not None and model.key_act[keyframe].any()):
        return None
    controls, activations = holding_controls(model, keyframe), np.zeros(model.na)
    lengths = _start_lengths(model, keyframe)
    for k in np.flatnonzero(model.actuator_actadr >= 0).tolist():
        last = model.actuator_actadr[k] + model.actuator_actnum[k] - 1
        if kind(model, k) == "integrated velocity servo":
            activations[last] = hold(model, k, lengths[k])
        elif int(model.actuator_dyntype[k]) in FILTERING:
            activations[last] = np.nan_to_num(controls[k])
    return activations


def _start_lengths(model: Any, keyframe: int | None) -> Array:
    """Lengths (nu,) of the actuators where the robot starts."""
    data = mujoco.MjData(model)
    if keyframe is not None:
        mujoco.mj_resetDataKeyframe(model, data, keyframe)
    mujoco.mj_fwdPosition(model, data)
    return np.array(data.actuator_length)


def transmission(model: Any, k: int) -> tuple[float | None, str, str, str]:
    """What a force of 1 in actuator k is outside of it: how much, and in which unit.

    Gives the factor, the unit of its length ('' where that has no plain one), the unit
    of its force and a word for that. None where no one number says it.
    """
    trn, gear = int(model.actuator_trntype[k]), model.actuator_gear[k]
    number, first = int(model.actuator_trnid[k, 0]), float(gear[0])
    if trn in (_TRN.mjTRN_JOINT, _TRN.mjTRN_JOINTINPARENT):
        match model.jnt_type[number]:
            case _JOINT.mjJNT_HINGE:
                return first, "rad", "N m", "torque"
            case _JOINT.mjJNT_SLIDE:
                return first, "m", "N", "force"
            case _JOINT.mjJNT_BALL:
                return float(np.linalg.norm(gear[:3])), "", "N m", "torque"
    elif trn == _TRN.mjTRN_TENDON:
        if tendon_unit(model, number) == "rad":
            return first, "rad", "N m", "torque"
        return first, "m", "N", "tension"
    elif trn == _TRN.mjTRN_SITE and not gear[:3].any():
        return float(np.linalg.norm(gear[3:])), "", "N m", "torque"
    elif trn == _TRN.mjTRN_SITE and not gear[3:].any():
        return float(np.linalg.norm(gear[:3])), "", "N", "force"
    elif trn == _TRN.mjTRN_BODY:  # its length is not that of the body, nor is its gear
        return 1.0, "", "N", "adhesion"
    return None, "", "", ""


def tendon_unit(model: Any, k: int) -> str:
    """The unit of tendon k's length: rad where hinges' angles are summed, else m."""
    first = int(model.tendon_adr[k])
    wraps = range(first, first + int(model.tendon_num[k]))
    is_angle = all(
        model.wrap_type[w] == mujoco.mjtWrap.mjWRAP_JOINT
        and model.jnt_type[model.wrap_objid[w]] == mujoco.mjtJoint.mjJNT_HINGE
        for w in wraps
    )
    return "rad" if is_angle else "m"
