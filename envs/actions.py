"""The range of a robot's actions, and what its actuators do with them.

    action: {around: keyframe, reach: 0.5}

Action 0 of a policy is the middle of the range. A position servo is therefore driven
around the control that holds the robot where it starts, and not around the middle of
its ctrlrange, which is some other posture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import mujoco
import numpy as np

from envs.actuators import HOLDING, hold, holding_controls, kind, transmission
from envs.bodies import Array
from envs.yamlfile import Document, TaskError, is_finite

Around = Literal["start", "keyframe", "middle"]
MAX_ACTUATORS_LISTED = 32
MAX_NAMES_LISTED = 16
ROUNDING = 1e-12  # of differences like 0.3 - 0.1 - 0.2
_TRN = mujoco.mjtTrn
_KEY = "action"


class ActionError(TaskError):
    """A task's `action` does not fit its robot."""


@dataclass(frozen=True)
class ActionRange:
    """The range that a task gives to its actions, in units of ctrl.

    around: its middle; start: the control that holds the robot where episodes start,
    and of an actuator that holds nothing the keyframe's, or where those are all 0 the
    middle of its ctrlrange; keyframe: the control of the keyframe that episodes start
    in; middle: of the ctrlrange; or numbers, one or one for each actuator. reach: half
    its width, one number or one for each actuator; None for the least that has all of
    the ctrlrange in it. Actions are clipped to the ctrlrange as well.
    """

    around: Around | tuple[float, ...] = "start"
    reach: tuple[float, ...] | None = None


@dataclass(frozen=True)
class ActionLimits:
    """Bounds of the actions, each (action_dim,).

    low, high: of the range that a policy acts in. least, greatest: to which an action
    is clipped.
    """

    low: Array
    high: Array
    least: Array
    greatest: Array

    @property
    def clipped(self) -> tuple[Array, Array]:
        """The lowest and the highest action that is applied."""
        return np.maximum(self.low, self.least), np.minimum(self.high, self.greatest)


def parse_action(document: Document, value: Any) -> ActionRange | None:
    """The action range of a task, from its key `action`."""
    if value is None:
        return None
    entry = document.section((_KEY,), value, ("around", "reach"))
    around = entry.get("around", "start")
    reach = entry.get("reach")
    if around not in get_args(Around):
        around = _numbers(around)
        if around is None:
            raise document.error(
                (_KEY, "around"),
                "around must be start, keyframe, middle, a number, or one for each "
                f"actuator; got {entry['around']!r}",
            )
    if reach is not None:
        reach = _numbers(reach)
        if reach is None or min(reach) <= 0:
            raise document.error(
                (_KEY, "reach"),
                "reach must be a number > 0, or one for each actuator; got "
                f"{entry['reach']!r}",
            )
    return ActionRange(cast(Any, around), reach)


def _numbers(value: Any) -> tuple[float, ...] | None:
    values = value if isinstance(value, list) else [value]
    if not values or not all(map(is_finite, values)):
        return None
    return tuple(map(float, values))


def control_bounds(model: Any) -> tuple[Array, Array]:
    """Least and greatest control of each actuator; TaskError where nothing bounds one.

    The ctrlrange, or where it is missing: of a position servo its joint's range, of a
    motor its forcerange or the joint's actuatorfrcrange.
    """
    low, high = model.actuator_ctrlrange.T.copy()
    for k in np.flatnonzero(~(low < high)).tolist():
        span = _implied_range(model, k)
        if span is None:
            name = model.actuator(k).name
            raise TaskError(
                f"actuator {k} '{name}' has no ctrlrange, and no range of its joint or "
                "forcerange stands in for it; give it a ctrlrange, it bounds the "
                "actions"
            )
        low[k], high[k] = span
    return low, high


def _implied_range(model: Any, k: int) -> tuple[float, float] | None:
    gain, gear = model.actuator_gainprm[k, 0], model.actuator_gear[k, 0]
    on_joint = model.actuator_trntype[k] == _TRN.mjTRN_JOINT
    joint = int(model.actuator_trnid[k, 0])
    match kind(model, k):
        case "position servo" if on_joint and model.jnt_limited[joint]:
            ends = [hold(model, k, gear * q) for q in model.jnt_range[joint]]
        case "motor" if model.actuator_forcelimited[k]:
            ends = [force / gain for force in model.actuator_forcerange[k]]
        case "motor" if on_joint and model.jnt_actfrclimited[joint]:
            ends = [force / gain / gear for force in model.jnt_actfrcrange[joint]]
        case _:
            return None
    return min(ends), max(ends)


def action_limits(
    model: Any, action: ActionRange | None, keyframe: int | None, around_start: bool
) -> ActionLimits:
    """The bounds of a robot's actions; TaskError where the task's don't fit it.

    around_start: whether the range of position servos lies around their start where
    the task says nothing.
    """
    least, greatest = control_bounds(model)
    middle = 0.5 * (least + greatest)
    if action is None and not around_start:
        return ActionLimits(least, greatest, least, greatest)
    if action is None or action.around in ("start", "keyframe"):
        if keyframe is None and action is not None and action.around == "keyframe":
            raise ActionError("action: around: keyframe, but episodes start in none")
        is_keyframes = action is not None and action.around == "keyframe"
        held = holding_controls(model, keyframe, is_keyframes).clip(least, greatest)
        holds = [kind(model, k) in HOLDING for k in range(model.nu)]
        use = ~np.isnan(held) & (np.array(holds) | (action is not None))
        middle = np.where(use, held, middle)
    elif isinstance(action.around, tuple):
        middle = _one_each("around", action.around, model.nu)
    widest = np.maximum(greatest - middle, middle - least)
    reach = widest
    if action is not None and action.reach is not None:
        reach = _one_each("reach", action.reach, model.nu)
    limits = ActionLimits(middle - reach, middle + reach, least, greatest)
    low, high = limits.clipped
    for k in np.flatnonzero(~(low < high))[:1].tolist():
        raise ActionError(
            f"action: {middle[k]:g} +- {reach[k]:g} leaves nothing of the range of "
            f"actuator {k} '{model.actuator(k).name}', {least[k]:g} to {greatest[k]:g}"
        )
    return limits


def _one_each(name: str, values: Sequence[float], count: int) -> Array:
    if len(values) not in (1, count):
        raise ActionError(
            f"action: {name} has {len(values)} numbers, and there are {count} actuators"
        )
    return np.broadcast_to(np.array(values, dtype=float), count)


def action_lines(model: Any, low: Array, high: Array) -> tuple[str, ...]:
    """For each entry of an action: its actuator's name, kind and range.

    Neighbours of one kind and range share a line.
    """
    if model is None or model.nu != len(low):
        spans = [
            f"{figures(a)} to {figures(b)}" for a, b in zip(low, high, strict=True)
        ]
        named = [("", span) for span in spans]
    else:
        named = [
            (_label(model, k), _control(model, k, low[k], high[k]))
            for k in range(model.nu)
        ]
    return tuple(_grouped(named))


def figures(value: float) -> str:
    """Three figures; "0" also for -0, and for what rounding left of 0."""
    return f"{0.0 if abs(value) < ROUNDING else value:.3g}"


def _grouped(named: list[tuple[str, str]]) -> Iterator[str]:
    first, lines = 0, 0
    for k in range(1, len(named) + 1):
        if k < len(named) and named[k][1] == named[first][1]:
            continue
        lines += 1
        if lines > MAX_ACTUATORS_LISTED:
            yield f"and {len(named) - first} more"
            return
        names = [name for name, _ in named[first:k] if name]
        listed = ", ".join(names[:MAX_NAMES_LISTED])
        if len(names) > MAX_NAMES_LISTED:
            listed += f" and {len(names) - MAX_NAMES_LISTED} more"
        place = f"{first}" if k == first + 1 else f"{first} to {k - 1}"
        yield f"{place}{f' ({listed})' if listed else ''}: {named[first][1]}"
        first = k


def _label(model: Any, k: int) -> str:
    """The actuator's name, with its joint or tendon where that has another."""
    name, trn = model.actuator(k).name, int(model.actuator_trntype[k])
    target = int(model.actuator_trnid[k, 0])
    driven = ""
    if trn in (_TRN.mjTRN_JOINT, _TRN.mjTRN_JOINTINPARENT):
        driven = model.joint(target).name
    elif trn == _TRN.mjTRN_TENDON:
        driven = model.tendon(target).name
    if name and driven and name != driven:
        return f"{name} on {driven}"
    return str(name or driven)


def _control(model: Any, k: int, low: float, high: float) -> str:
    """What a control from low to high does."""
    span, what = f"{figures(low)} to {figures(high)}", kind(model, k)
    gain, bias = float(model.actuator_gainprm[k, 0]), model.actuator_biasprm[k]
    factor, length, force, word = transmission(model, k)
    unit = f" {length}" if length and factor == 1.0 else ""
    rate = unit and f"{unit}/s"
    match what:
        case "position servo":
            return f"position servo, target {span}{unit if gain == -bias[1] else ''}"
        case "integrated velocity servo":
            return f"position servo whose target moves at {span}{rate}"
        case "velocity servo":
            return f"velocity servo, target {span}{rate if gain == -bias[2] else ''}"
        case "motor" if factor is not None:
            if factor * gain != 1.0:
                return f"motor, {span}, times {factor * gain:.4g} {force} of {word}"
            return f"motor, {word} {span} {force}"
        case _:
            return f"{what}, control {span}"
