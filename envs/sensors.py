"""The unit and the meaning of a sensor, which MuJoCo tells by its type."""

from typing import Any

import mujoco

from envs.actuators import tendon_unit, transmission

_S = mujoco.mjtSensor
_OWN = "in its own axes"
_TYPES: dict[int, tuple[str, str]] = {
    int(_S.mjSENS_TOUCH): ("N", "contact force in the site's volume"),
    int(_S.mjSENS_ACCELEROMETER): ("m/s^2", f"acceleration, {_OWN}, with gravity"),
    int(_S.mjSENS_VELOCIMETER): ("m/s", f"velocity, {_OWN}"),
    int(_S.mjSENS_GYRO): ("rad/s", f"angular velocity, {_OWN}"),
    int(_S.mjSENS_FORCE): ("N", "force between a body and its parent"),
    int(_S.mjSENS_TORQUE): ("N m", "torque between a body and its parent"),
    int(_S.mjSENS_MAGNETOMETER): ("1", "magnetic flux, in the site's axes"),
    int(_S.mjSENS_RANGEFINDER): (
        "m",
        "distance along a ray; -1 where it meets nothing",
    ),
    int(_S.mjSENS_BALLQUAT): ("1", "quaternion of a ball joint (w x y z)"),
    int(_S.mjSENS_BALLANGVEL): ("rad/s", "angular velocity of a ball joint"),
    int(_S.mjSENS_FRAMEPOS): ("m", "position (x y z)"),
    int(_S.mjSENS_FRAMEQUAT): ("1", "quaternion (w x y z)"),
    int(_S.mjSENS_FRAMEXAXIS): ("1", "direction of the x axis"),
    int(_S.mjSENS_FRAMEYAXIS): ("1", "direction of the y axis"),
    int(_S.mjSENS_FRAMEZAXIS): ("1", "direction of the z axis"),
    int(_S.mjSENS_FRAMELINVEL): ("m/s", "velocity (x y z)"),
    int(_S.mjSENS_FRAMEANGVEL): ("rad/s", "angular velocity (x y z)"),
    int(_S.mjSENS_FRAMELINACC): ("m/s^2", "acceleration (x y z)"),
    int(_S.mjSENS_FRAMEANGACC): ("rad/s^2", "angular acceleration (x y z)"),
    int(_S.mjSENS_SUBTREECOM): ("m", "centre of mass (x y z)"),
    int(_S.mjSENS_SUBTREELINVEL): ("m/s", "velocity of the centre of mass (x y z)"),
    int(_S.mjSENS_SUBTREEANGMOM): ("kg m^2/s", "angular momentum (x y z)"),
    int(_S.mjSENS_GEOMDIST): ("m", "distance"),
    int(_S.mjSENS_GEOMNORMAL): ("1", "direction of the nearest points"),
    int(_S.mjSENS_GEOMFROMTO): ("m", "nearest points (x y z, x y z)"),
    int(_S.mjSENS_CAMPROJECTION): ("pixel", "place in a camera's image"),
    int(_S.mjSENS_INSIDESITE): ("1", "1 where it is inside a site, else 0"),
    int(_S.mjSENS_E_POTENTIAL): ("J", "potential energy"),
    int(_S.mjSENS_E_KINETIC): ("J", "kinetic energy"),
    int(_S.mjSENS_CLOCK): ("s", "time of the simulation"),
}
# Of a joint, by its type: at a slide, at a hinge.
_OF_JOINT: dict[int, tuple[str, str, str]] = {
    int(_S.mjSENS_JOINTPOS): ("m", "rad", "position of a joint"),
    int(_S.mjSENS_JOINTVEL): ("m/s", "rad/s", "velocity of a joint"),
    int(_S.mjSENS_JOINTACTFRC): ("N", "N m", "actuator force at a joint"),
    int(_S.mjSENS_JOINTLIMITPOS): ("m", "rad", "distance of a joint to its limit"),
    int(_S.mjSENS_JOINTLIMITVEL): ("m/s", "rad/s", "velocity of a joint at its limit"),
    int(_S.mjSENS_JOINTLIMITFRC): ("N", "N m", "force of a joint's limit"),
}


# Of an actuator or a tendon: the unit of its length, or of its force.
_OF_LENGTH: dict[int, tuple[str, str]] = {
    int(_S.mjSENS_TENDONPOS): ("", "length"),
    int(_S.mjSENS_TENDONVEL): ("/s", "rate of the length"),
    int(_S.mjSENS_TENDONLIMITPOS): ("", "distance to the limit"),
    int(_S.mjSENS_TENDONLIMITVEL): ("/s", "velocity at the limit"),
    int(_S.mjSENS_ACTUATORPOS): ("", "length"),
    int(_S.mjSENS_ACTUATORVEL): ("/s", "rate of the length"),
}
_OF_FORCE: dict[int, str] = {
    int(_S.mjSENS_ACTUATORFRC): "force",
    int(_S.mjSENS_TENDONACTFRC): "force of the actuators",
    int(_S.mjSENS_TENDONLIMITFRC): "force of the limit",
}
_PAIRS = (
    int(_S.mjSENS_GEOMDIST),
    int(_S.mjSENS_GEOMNORMAL),
    int(_S.mjSENS_GEOMFROMTO),
)
# The parts of a contact sensor's data, by the bit that asks for each.
_OF_CONTACT = (
    ("1", "found"),
    ("N", "force"),
    ("N m", "torque"),
    ("m", "distance"),
    ("m", "position"),
    ("1", "normal"),
    ("1", "tangent"),
)


def sensor_unit(model: Any, k: int) -> tuple[str, str]:
    """The unit of sensor k and meaning it measures; unit 1 where its type has none."""
    sensor, number = int(model.sensor_type[k]), int(model.sensor_objid[k])
    owner = _named(model, model.sensor_objtype[k], number)
    other = _named(model, model.sensor_reftype[k], int(model.sensor_refid[k]))
    if sensor in _OF_JOINT:
        slide, hinge, meaning = _OF_JOINT[sensor]
        is_slide = model.jnt_type[number] == mujoco.mjtJoint.mjJNT_SLIDE
        return slide if is_slide else hinge, f"{meaning} ({model.joint(number).name})"
    if sensor in _OF_LENGTH or sensor in _OF_FORCE:
        return _of_driven(model, k, owner)
    if sensor == _S.mjSENS_CONTACT:
        bits = int(model.sensor_intprm[k, 0])
        reported = [data for b, data in enumerate(_OF_CONTACT) if bits & (1 << b)]
        names = ", ".join(name for _, name in reported)
        others = f"{owner and f' of {owner}'}{other and f' with {other}'}"
        meaning = f"contacts{others}: {names}"
        return ", ".join(dict.fromkeys(unit for unit, _ in reported)), meaning
    if sensor not in _TYPES:
        return "1", f"data of sensor {model.sensor(k).name}"
    unit, meaning = _TYPES[sensor]
    if sensor in _PAIRS:
        return unit, f"{meaning}, from {owner} to {other}"
    relative = f", relative to {other} and in its axes" if other else ""
    return unit, f"{meaning}{owner and f', of {owner}'}{relative}"


def _of_driven(model: Any, k: int, owner: str) -> tuple[str, str]:
    """Unit and meaning of a sensor of an actuator or a tendon."""
    sensor, number = int(model.sensor_type[k]), int(model.sensor_objid[k])
    factor: float | None = 1.0
    if int(model.sensor_objtype[k]) == mujoco.mjtObj.mjOBJ_ACTUATOR:
        factor, length, force, _ = transmission(model, number)
    else:
        length = tendon_unit(model, number)
        force = "N m" if length == "rad" else "N"
    if sensor in _OF_FORCE:
        unit, meaning = force, _OF_FORCE[sensor]
    else:
        per, meaning = _OF_LENGTH[sensor]
        unit = f"{length}{per}" if length else ""
    if unit and factor not in (None, 1.0):
        how = "times" if sensor in _OF_FORCE else "divided by"
        return "1", f"{meaning} of {owner}; {how} its gear of {factor:g} in {unit}"
    return unit or "1", f"{meaning} of {owner}"


def _named(model: Any, kind: int, number: int) -> str:
    """An object that a sensor refers to, by type and name; '' where it has none."""
    name = mujoco.mj_id2name(model, int(kind), number) if number >= 0 else ""
    return f"{mujoco.mju_type2Str(int(kind))} {name}" if name else ""
