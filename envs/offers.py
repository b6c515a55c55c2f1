"""The fields that a robot or an environment can offer, each with a unique name."""

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mujoco

from envs.fields import own_joint
from envs.task import ALWAYS

JOINT = mujoco.mjtJoint
# Kinds of objects that task.yaml can read as well, with an example of an attribute.
READABLE_KINDS = {"geom": "xpos", "site": "xpos", "actuator": "force"}


@dataclass(frozen=True)
class Offer:
    """A field that a task may have. kind: joint, body, sensor, obs or info."""

    name: str
    kind: str
    source: str
    unit: str
    doc: str


def robot_offers(model: Any, obs_is_state: bool) -> Iterator[Offer]:
    """Every joint, body and sensor of a robot that a source can name.

    obs_is_state: whether the observation is all positions and then all velocities, from
    which nameless joints can be read.
    """
    for k in range(model.njnt):
        if label := _joint_label(model, k):
            yield from _joint_offers(model, k, label, in_obs=False)
        elif obs_is_state:
            yield from _joint_offers(model, k, f"joint {k}", in_obs=True)
    free = model.jnt_bodyid[model.jnt_type == JOINT.mjJNT_FREE]
    for k in range(1, model.nbody):
        name = model.body(k).name
        if name and k not in free:  # A free joint gives the position of its body.
            doc = f"position of body {name} (x, y, z)"
            yield _offer("body", name, "position", f"body.{name}.xpos", "m", doc)
    for k in range(model.nsensor):
        if name := model.sensor(k).name:
            doc = f"sensor {name}; give its unit"
            yield _offer("sensor", name, "sensor", f"sensor.{name}.data", "1", doc)


def left_out(model: Any, obs_is_state: bool) -> Iterator[str]:
    """Lines on the objects that robot_offers leaves out."""
    nameless = [
        f"{k} (of body {_body_name(model, k)})"
        for k in range(model.njnt)
        if not obs_is_state and not _joint_label(model, k)
    ]
    if nameless:
        yield f"joints {', '.join(nameless)}: give them a name in the XML"
    for kind, count, first in (
        ("body", model.nbody, 1),
        ("sensor", model.nsensor, 0),
    ):
        numbers = [k for k in range(first, count) if not getattr(model, kind)(k).name]
        if numbers:
            yield f"{_count(len(numbers), kind)} without a name in the XML"
    counts = {"geom": model.ngeom, "site": model.nsite, "actuator": model.nu}
    for kind, attr in READABLE_KINDS.items():
        names = [getattr(model, kind)(k).name for k in range(counts[kind])]
        usable_names = [name for name in names if name]
        if usable_names:
            example = f"{kind}.{usable_names[0]}.{attr}"
            yield f"{_count(len(usable_names), kind)}: to be read as {example}"
        if len(usable_names) < len(names):
            nameless_count = len(names) - len(usable_names)
            yield f"{_count(nameless_count, kind)} without a name in the XML"
    for kind, count in (("tendon", model.ntendon), ("camera", model.ncam)):
        if count:
            yield f"{_count(count, kind)}: no source reads them, but a sensor may"


def obs_offers(count: int) -> Iterator[Offer]:
    """Every entry of an observation; count: how many it has."""
    for k in range(count):
        doc = f"entry {k} of the observation; say what it is"
        yield Offer(f"obs_{k}", "obs", f"obs[{k}]", "1", doc)


def info_offers(keys: Sequence[str]) -> Iterator[Offer]:
    """Keys of info; those that a source can't name are not offered."""
    for key in keys:
        if not re.search(r"[\[\]\n]", key):
            doc = f"{key} of the environment's info; give its unit"
            yield Offer(_identifier(key, "info"), "info", f"info.{key}", "1", doc)


def distinct(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers with unique names, made so by the kind in front or a number behind."""
    counts = Counter(offer.name for offer in offers)
    used_names = {*ALWAYS}
    renamed = []
    for offer in offers:
        name = offer.name
        if counts[name] > 1 or name in used_names:
            short, _, quantity = name.rpartition("_")
            name = (
                f"{short}_{offer.kind}_{quantity}" if short else f"{offer.kind}_{name}"
            )
        stem, k = name, 1
        while name in used_names or (name != offer.name and counts[name]):
            k += 1
            name = f"{stem}_{k}"
        used_names.add(name)
        renamed.append(replace(offer, name=name))
    return tuple(renamed)


def _joint_label(model: Any, k: int) -> str:
    """The name by which a source reads joint k: its own or its body's; '' for none."""
    name, body = model.joint(k).name, model.body(int(model.jnt_bodyid[k])).name
    return str(name or (body if body and own_joint(model, body) == k else ""))


def _joint_offers(model: Any, k: int, label: str, in_obs: bool) -> Iterator[Offer]:
    """Position and velocity of a joint; of a free or ball joint, rotation and spin.

    in_obs: whether it is read from the observation instead of by its label.
    """
    kind, axis = int(model.jnt_type[k]), _listed(model.jnt_axis[k])
    noun = "" if in_obs else "joint "
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
        rows = [
            ("position", 0, 0, 3, "m", f"position of {label} (x, y, z)"),
            ("rotation", 0, 3, 7, "1", f"quaternion of {label} (w x y z)"),
            ("velocity", 1, 0, 3, "m/s", f"velocity of {label}"),
            ("spin", 1, 3, 6, "rad/s", f"angular velocity of {label}, in its own axes"),
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
        yield _offer("joint", label, quantity, source + index, unit, doc)


def _offer(
    kind: str, label: str, quantity: str, source: str, unit: str, doc: str
) -> Offer:
    return Offer(f"{_identifier(label, kind)}_{quantity}", kind, source, unit, doc)


def _identifier(text: str, kind: str) -> str:
    """A name as an ASCII Python identifier; kind where no letter is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower() or kind
    if keyword.iskeyword(plain):
        plain += "_value"
    return f"n{plain}" if plain[0].isdigit() else plain


def _body_name(model: Any, joint: int) -> str:
    number = int(model.jnt_bodyid[joint])
    return model.body(number).name or f"{number}, which has no name either"


def _count(count: int, kind: str) -> str:
    plural = {"body": "bodies"}.get(kind, f"{kind}s")
    return f"{count} {plural if count > 1 else kind}"


def _listed(values: Any) -> str:
    return " ".join(f"{value:g}" for value in values)
