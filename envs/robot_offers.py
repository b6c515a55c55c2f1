"""The fields that a robot offers: its joints, bodies, sites, sensors, actuators."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import mujoco

from envs.actuators import tendon_unit
from envs.fields import own_joint
from envs.offers import Offer, named_offer
from envs.sensors import sensor_unit

JOINT = mujoco.mjtJoint
ON_JOINT = (int(mujoco.mjtTrn.mjTRN_JOINT), int(mujoco.mjtTrn.mjTRN_JOINTINPARENT))
MAX_SINGLE_JOINTS = 3  # as many have a field each, more share one
MAX_BODIES_OFFERED = 8  # of more, only those at the end of a limb are offered at once
MAX_SENSOR_NUMBERS = 16  # of more, a sensor is offered as a comment


def robot_offers(model: Any, obs_is_state: bool) -> Iterator[Offer]:
    """Everything of a robot that a source can name.

    obs_is_state: whether the observation is all positions and then all velocities, from
    which nameless joints can be read.
    """
    labels = {k: joint_label(model, k) for k in range(model.njnt)}
    shared = _joints_that_share(model, labels)
    for name, joints in shared.items():
        yield from _shared_offers(model, name, [(k, labels[k]) for k in joints])
    sharing = {k for joints in shared.values() for k in joints}
    for k, label in labels.items():
        if label and k not in sharing:
            yield from _joint_offers(model, k, label, in_obs=False)
        elif not label and obs_is_state:
            yield from _joint_offers(model, k, f"joint {k}", in_obs=True)
    yield from _body_offers(model)
    yield from _site_offers(model)
    for k in range(model.nsensor):
        if name := model.sensor(k).name:
            unit, meaning = sensor_unit(model, k)
            source = f"sensor.{name}.data"
            row = named_offer(
                "sensor", name, "sensor", source, unit, meaning, "sensors"
            )
            is_large = int(model.sensor_dim[k]) > MAX_SENSOR_NUMBERS
            is_clock = model.sensor_type[k] == mujoco.mjtSensor.mjSENS_CLOCK
            yield replace(row, optional=is_large or bool(is_clock))
    yield from _actuator_offers(model)
    for k in range(model.ntendon):
        if name := model.tendon(k).name:
            for word, attr in (("length", "length"), ("rate", "velocity")):
                unit = tendon_unit(model, k) + ("/s" if word == "rate" else "")
                doc = f"{attr} of tendon {name}"
                row = named_offer(
                    "tendon", name, word, f"tendon.{name}.{attr}", unit, doc, "tendons"
                )
                yield replace(row, optional=True)


def left_out(model: Any, obs_is_state: bool) -> Iterator[str]:
    """Lines on the objects that robot_offers leaves out."""
    nameless = [
        f"{k} (of body {_body_name(model, k)})"
        for k in range(model.njnt)
        if not obs_is_state and not joint_label(model, k)
    ]
    if nameless:
        yield f"joints {', '.join(nameless)}: give them a name in the XML"
    for kind, count, first in (
        ("body", model.nbody, 1),
        ("sensor", model.nsensor, 0),
        ("site", model.nsite, 0),
        ("tendon", model.ntendon, 0),
    ):
        numbers = [k for k in range(first, count) if not getattr(model, kind)(k).name]
        if numbers:
            yield f"{_count(len(numbers), kind)} without a name in the XML"
    names = [model.geom(k).name for k in range(model.ngeom)]
    if example := next((name for name in names if name), ""):
        usable = sum(map(bool, names))
        yield f"{_count(usable, 'geom')}: to be read as geom.{example}.xpos"


def driven_joints(model: Any) -> list[int]:
    """The joints that actuators drive themselves, in the order of the actions."""
    joints = [
        int(model.actuator_trnid[k, 0])
        for k in range(model.nu)
        if int(model.actuator_trntype[k]) in ON_JOINT
    ]
    return list(dict.fromkeys(joints))


def joint_label(model: Any, k: int) -> str:
    """The name by which a source reads joint k: its own or its body's; '' for none."""
    name, body = model.joint(k).name, model.body(int(model.jnt_bodyid[k])).name
    return str(name or (body if body and own_joint(model, body) == k else ""))


def _joints_that_share(model: Any, labels: dict[int, str]) -> dict[str, list[int]]:
    """Joints that have one field together, by the beginning of its name."""
    driven = driven_joints(model)
    shared = {}
    for name, kind in (("joint", JOINT.mjJNT_HINGE), ("slide", JOINT.mjJNT_SLIDE)):
        joints = [k for k in labels if labels[k] and model.jnt_type[k] == kind]
        for prefix, members in (
            ("", [k for k in driven if k in joints]),
            ("passive_", [k for k in joints if k not in driven]),
        ):
            if len(members) > MAX_SINGLE_JOINTS:
                shared[prefix + name] = members
    return shared


def _shared_offers(
    model: Any, name: str, joints: Sequence[tuple[int, str]]
) -> Iterator[Offer]:
    is_slide = name.endswith("slide")
    unit, quantity = ("m", "positions") if is_slide else ("rad", "angles")
    order = "" if name.startswith("passive") else ", in the order of the actions"
    for word, attr, per in ((quantity, "qpos", ""), ("velocities", "qvel", "/s")):
        sources = tuple(f"joint.{label}.{attr}" for _, label in joints)
        doc = f"{word} of the {len(joints)} joints{order}"
        yield Offer(f"{name}_{word}", "joint", sources, unit + per, doc)


def _joint_offers(model: Any, k: int, label: str, in_obs: bool) -> Iterator[Offer]:
    """Position and velocity of a joint; of a free or ball joint, rotation and spin.

    in_obs: whether it is read from the observation instead of by its label.
    """
    kind, axis = int(model.jnt_type[k]), _listed(model.jnt_axis[k])
    noun, group = "" if in_obs else "joint ", "joints"
    body = model.body(int(model.jnt_bodyid[k])).name
    name = body if body and kind == JOINT.mjJNT_FREE and not in_obs else label
    if kind in (JOINT.mjJNT_SLIDE, JOINT.mjJNT_HINGE):
        is_slide = kind == JOINT.mjJNT_SLIDE
        unit, joint_type = ("m", "slide") if is_slide else ("rad", "hinge")
        doc = f"{joint_type} {noun}{label}, axis {axis}"
        if model.jnt_limited[k]:
            low, high = model.jnt_range[k]
            doc += f", limits {low:.3g} to {high:.3g}"
        quantity = "position" if is_slide else "angle"
        rows = [
            (quantity, 0, 0, 1, unit, doc),
            ("velocity", 1, 0, 1, f"{unit}/s", f"velocity of {noun}{label}"),
        ]
    elif kind == JOINT.mjJNT_FREE:
        group = f"free body {name}"
        rows = [
            ("position", 0, 0, 3, "m", f"position of {name} (x y z)"),
            ("rotation", 0, 3, 7, "1", f"quaternion of {name} (w x y z)"),
            ("velocity", 1, 0, 3, "m/s", f"velocity of {name} (x y z)"),
            ("spin", 1, 3, 6, "rad/s", f"angular velocity of {name}, in its own axes"),
        ]
    else:
        rows = [
            ("rotation", 0, 0, 4, "1", f"quaternion of ball {noun}{label} (w x y z)"),
            ("spin", 1, 0, 3, "rad/s", f"angular velocity of ball {noun}{label}"),
        ]
    is_scalar = kind in (JOINT.mjJNT_SLIDE, JOINT.mjJNT_HINGE)
    for quantity, is_rate, first, last, unit, doc in rows:
        source, index = f"joint.{label}.{'qvel' if is_rate else 'qpos'}", ""
        if in_obs:
            source = "obs"
            begin = model.nq + model.jnt_dofadr[k] if is_rate else model.jnt_qposadr[k]
            first, last = first + int(begin), last + int(begin)
            doc += f" (of body {_body_name(model, k)})"
        if in_obs or kind == JOINT.mjJNT_FREE:
            index = f"[{first}]" if is_scalar else f"[{first}:{last}]"
        yield named_offer("joint", name, quantity, source + index, unit, doc, group)
    if kind == JOINT.mjJNT_FREE and body:
        source = f"body.{body}.xmat[6:9]"
        doc = f"vertical parts of the x, y and z axis of {body}; 0 0 1 when level"
        yield named_offer("joint", body, "up", source, "1", doc, group)


def _body_offers(model: Any) -> Iterator[Offer]:
    """Positions of bodies; as comments, their rotations and the forces on them."""
    free = set(model.jnt_bodyid[model.jnt_type == JOINT.mjJNT_FREE].tolist())
    parents = set(model.body_parentid[1:].tolist())
    named = [k for k in range(1, model.nbody) if model.body(k).name]
    moving = [k for k in named if model.body_weldid[k] or model.body_mocapid[k] >= 0]
    for k in named:
        name, is_last = model.body(k).name, k not in parents
        is_shown = k in moving and (len(moving) <= MAX_BODIES_OFFERED or is_last)
        if k not in free:  # A free joint gives the position of its body.
            doc = f"position of body {name} (x y z)"
            row = named_offer(
                "body", name, "position", f"body.{name}.xpos", "m", doc, "bodies"
            )
            yield replace(row, optional=not is_shown)
        if k not in free and is_last and k in moving:
            doc = f"quaternion of body {name} (w x y z)"
            source = f"body.{name}.xquat"
            row = named_offer("body", name, "rotation", source, "1", doc, "bodies")
            yield replace(row, optional=True)
        geoms = slice(
            int(model.body_geomadr[k]),
            int(model.body_geomadr[k]) + int(model.body_geomnum[k]),
        )
        if is_last and k in moving and model.geom_contype[geoms].any():
            doc = f"force of all contacts on body {name} (x y z)"
            source = f"body.{name}.cfrc_ext[3:6]"
            row = named_offer("body", name, "contact", source, "N", doc, "contacts")
            yield replace(row, optional=True)


def _site_offers(model: Any) -> Iterator[Offer]:
    for k in range(model.nsite):
        if name := model.site(k).name:
            doc = f"position of site {name} (x y z)"
            source = f"site.{name}.xpos"
            row = named_offer("site", name, "position", source, "m", doc, "sites")
            yield replace(row, optional=True)


def _actuator_offers(model: Any) -> Iterator[Offer]:
    names = [model.actuator(k).name for k in range(model.nu)]
    if names and all(names):
        sources = tuple(f"actuator.{name}.force" for name in names)
        doc = "forces of the actuators, in the order of the actions; N m at hinges"
        yield Offer(
            "actuator_forces", "actuator", sources, "N", doc, "actuators", optional=True
        )


def _body_name(model: Any, joint: int) -> str:
    number = int(model.jnt_bodyid[joint])
    return model.body(number).name or f"{number}, which has no name either"


def _count(count: int, kind: str) -> str:
    plural = {"body": "bodies"}.get(kind, f"{kind}s")
    return f"{count} {plural if count > 1 else kind}"


def _listed(values: Any) -> str:
    return " ".join(f"{value:g}" for value in values)
