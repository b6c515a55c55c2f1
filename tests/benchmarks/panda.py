"""A task folder in which the Panda of gymnasium-robotics reaches for random targets.

pip download --no-deps gymnasium-robotics    # and unzip the wheel into FOLDER
python tests/benchmarks/panda.py FOLDER panda-reach
designer run ./panda-reach
"""

import sys
from pathlib import Path

ASSETS = "gymnasium_robotics/envs/assets/kitchen_franka/franka_assets"
STANCE = "0 -0.3 0 -2.2 0 0 0.785 0 0"
ROBOT = """\
<mujoco model="panda reach">
  <include file="{assets}/assets.xml"/>
  <include file="{assets}/actuator.xml"/>
  <compiler angle="radian" autolimits="true" inertiafromgeom="auto"
            inertiagrouprange="3 5" meshdir="{assets}/meshes"/>
  <worldbody>
    <geom name="floor" type="plane" size="2 2 0.1"/>
    <body name="target" mocap="true" pos="0.5 0 0.4">
      <geom type="sphere" size="0.02" rgba="1 0.2 0.2 0.6" contype="0" conaffinity="0"/>
    </body>
    <include file="{assets}/chain.xml"/>
  </worldbody>
  <keyframe><key name="ready" qpos="{stance}" ctrl="{stance}"/></keyframe>
</mujoco>
"""
JOINTS = [f"joint.robot:panda0_joint{k}" for k in range(1, 8)]
TASK = f"""\
name: panda-reach
env: MuJoCo-v0
env_kwargs: {{xml_file: robot.xml, keyframe: ready, control_s: 0.02, episode_s: 3}}
goal: Bring the hand to the target, wherever it is, and hold it there.
conventions: seven-joint arm on a floor; x forward, y left, z up, SI units
action: {{around: keyframe, reach: [{"0.8, " * 7}0.01, 0.01]}}
draws:
  target:
    uniform: [[0.3, -0.3, 0.2], [0.6, 0.3, 0.6]]
    sets: body.target.mocap_pos
    unit: m
    doc: position of the target
observation: [joint_angles, joint_velocities, hand, target]
fields:
  hand: {{source: site.end_effector.xpos, unit: m, doc: position of the hand}}
  joint_angles:
    source: {[f"{joint}.qpos" for joint in JOINTS]}
    unit: rad
    doc: angles of the seven joints
  joint_velocities:
    source: {[f"{joint}.qvel" for joint in JOINTS]}
    unit: rad/s
    doc: their angular velocities
train: {{algo: ppo, steps: 100000, gamma: 0.95}}
"""
HIDDEN = '''\
"""Panda reach: distance of the hand from the target in the last half second."""

import numpy as np

UNIT = "m"


def gap(s):
    return np.linalg.norm(s.hand - s.target, axis=-1)


def fitness(episode):
    return -gap(episode)[-25:].mean()


def success(episode):
    """Within 5 cm all through the last half second."""
    return bool(gap(episode)[-25:].max() < 0.05)


def human_reward(s, a, s_next):
    distance = gap(s_next)
    return {"near": -distance, "there": np.exp(-((distance / 0.05) ** 2))}


def sparse_reward(s, a, s_next):
    return {"there": 1.0 * (gap(s_next) < 0.05)}
'''


def main() -> None:
    package, folder = map(Path, sys.argv[1:3])
    folder.mkdir()
    assets = (package / ASSETS).resolve()
    (folder / "robot.xml").write_text(ROBOT.format(assets=assets, stance=STANCE))
    (folder / "task.yaml").write_text(TASK)
    (folder / "hidden.py").write_text(HIDDEN)


if __name__ == "__main__":
    main()
