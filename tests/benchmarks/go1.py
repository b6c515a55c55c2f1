"""Unitree's Go1 of the package mjlab as a task folder: the quadruped's task, for 20 s.

    pip download --no-deps mjlab    # and unzip the wheel into FOLDER
    python tests/benchmarks/go1.py FOLDER go1-velocity
    designer run ./go1-velocity

mjlab's XML has no actuators; that package adds them in Python. The position servos here
are made of the same figures (mjlab 1.6.0, unitree_go1/go1_constants.py): the armature
of its motors, 10 Hz, a damping ratio of 2.
"""

import math
import re
import sys
from pathlib import Path

import mujoco

ROBOT = "mjlab/asset_zoo/robots/unitree_go1/xmls"
QUADRUPED = Path(__file__).parents[2] / "envs" / "tasks" / "quadruped-velocity"
ROTOR = 0.000111842  # kg m^2
FREQUENCY_HZ, DAMPING_RATIO = 10.0, 2.0
STANCE = {"thigh": 0.9, "calf": -1.8, "R_hip": 0.1, "L_hip": -0.1}  # rad


def stance(joint: str) -> float:
    """A joint's angle when the robot stands."""
    return next(angle for part, angle in STANCE.items() if part in joint)


def add_servo(spec: mujoco.MjSpec, joint: mujoco.MjsJoint) -> None:
    """A position servo as strong as the joint's motor."""
    is_calf = "calf" in joint.name
    joint.armature = ROTOR * (9.0 if is_calf else 6.0) ** 2  # gears of the two motors
    force = 35.55 if is_calf else 23.7
    frequency = 2 * math.pi * FREQUENCY_HZ
    servo = spec.add_actuator(name=joint.name.removesuffix("_joint"))
    servo.target, servo.trntype = joint.name, mujoco.mjtTrn.mjTRN_JOINT
    servo.set_to_position(
        kp=joint.armature * frequency**2,
        kv=2 * DAMPING_RATIO * joint.armature * frequency,
    )
    servo.forcerange, servo.forcelimited = [-force, force], 1


def robot(package: Path) -> str:
    """The robot as XML, with servos, a floor and a stance."""
    spec = mujoco.MjSpec.from_file(str(package / ROBOT / "go1.xml"))
    spec.meshdir = str((package / ROBOT / "assets").resolve())
    spec.option.timestep = 0.004
    # The floor's friction is drawn, so it is the one that counts.
    spec.worldbody.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0, 0, 0.05],
        priority=2,
    )
    joints = [j for j in spec.joints if j.type == mujoco.mjtJoint.mjJNT_HINGE]
    for joint in joints:
        add_servo(spec, joint)
    for geom in spec.geoms:
        if geom.name.endswith("_foot_collision"):
            geom.condim = 3
    angles = [stance(joint.name) for joint in joints]
    spec.add_key(name="stand", qpos=[0, 0, 0.278, 1, 0, 0, 0, *angles], ctrl=angles)
    spec.compile()
    return str(spec.to_xml())


def task(text: str) -> str:
    """The quadruped's task.yaml for the Go1: other names, other heights, 20 s."""
    text = re.sub(r"(joint\.[FR][LR]_(hip|thigh|calf))\b", r"\1_joint", text)
    text = re.sub(r"(site\.[FR][LR])_foot", r"\1", text)
    text = re.sub(r"  foot_forces:.*?(?=  foot_heights:)", "", text, flags=re.DOTALL)
    for old, new in (
        ("quadruped-velocity", "go1-velocity"),
        ("quadruped.xml", "robot.xml"),
        ("episode_s: 10", "episode_s: 20"),
        ("lasts 10 s", "lasts 20 s"),
        ("joint.trunk.", "joint.floating_base_joint."),
        ("sensor.trunk_velocity", "sensor.imu_lin_vel"),
        ("sensor.trunk_spin", "sensor.imu_ang_vel"),
        ("trunk_height < 0.15", "trunk_height < 0.13"),
        ("0.15 m", "0.13 m"),
        ("since: foot_forces > 1", "since: foot_heights < 0.03"),
        ("8.7 kg", "12.7 kg"),
        ("0, 0.8 and -1.6", "-0.1 or 0.1, 0.9 and -1.8"),
    ):
        text = text.replace(old, new)
    return text


def main() -> None:
    package, folder = map(Path, sys.argv[1:3])
    folder.mkdir()
    (folder / "robot.xml").write_text(robot(package))
    (folder / "task.yaml").write_text(task((QUADRUPED / "task.yaml").read_text()))
    hidden = (QUADRUPED / "hidden.py").read_text()
    hidden = hidden.replace("EPISODE_S = 10.0", "EPISODE_S = 20.0")
    (folder / "hidden.py").write_text(hidden)


if __name__ == "__main__":
    main()
