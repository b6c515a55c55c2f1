"""The unit and the meaning of a sensor, which MuJoCo tells by its type."""

from typing import Any

import mujoco

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
    int(_S.mjSENS_TENDONPOS): ("m", "length of a tendon"),
    int(_S.mjSENS_TENDONVEL): ("m/s", "rate of a tendon's length"),
    int(_S.mjSENS_ACTUATORFRC): ("N", "force of an actuator; N m at a hinge"),
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
    int(_S.mjSENS_GEOMDIST): ("m", "distance between two geoms"),
    int(_S.mjSENS_GEOMNORMAL): ("1", "direction from one geom to another"),
    int(_S.mjSENS_GEOMFROMTO): ("m", "nearest points of two geoms"),
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


def sensor_unit(model: Any, k: int) -> tuple[str, str]:
    """The unit of sensor k and meaning it measures; unit 1 where its type has none."""
    sensor, number = int(model.sensor_type[k]), int(model.sensor_objid[k])
    name = model.sensor(k).name
    if sensor in _OF_JOINT:
        slide, hinge, meaning = _OF_JOINT[sensor]
        is_slide = model.jnt_type[number] == mujoco.mjtJoint.mjJNT_SLIDE
        return slide if is_slide else hinge, f"{meaning} ({model.joint(number).name})"
    if sensor not in _TYPES:
        return "1", f"sensor {name}; give its unit"
    unit, meaning = _TYPES[sensor]
    kind = mujoco.mju_type2Str(int(model.sensor_objtype[k])) if number >= 0 else ""
    owner = mujoco.mj_id2name(model, int(model.sensor_objtype[k]), number) or ""
    return unit, f"{meaning}{f', of {kind} {owner}' if kind and owner else ''}"
