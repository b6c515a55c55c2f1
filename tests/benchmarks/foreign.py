"""XML files of other people's packages: inspect, load, try, and one rollout each.

Unpack the wheels of mjlab, robosuite, dm_control, gym-aloha, metaworld and
gymnasium-robotics side by side (pip download --no-deps, unzip); then
`python tests/benchmarks/foreign.py FOLDER` prints docs/robots.md's table.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

from designer.rewards.sources import open_baseline
from designer.training.learner import ROLLOUT_STEPS, Setup
from designer.training.ppo import PPO
from designer.training.trial import try_task
from envs.hidden import load_hidden
from envs.inspect import write_starter
from envs.make import load_task
from envs.yamlfile import TaskError

MOST_S = 300.0
FILES = """
mjlab/tasks/cartpole/cartpole.xml
robosuite/models/assets/base.xml
robosuite/models/assets/bases/null_mobile_base.xml
robosuite/models/assets/grippers/fourier_left_hand.xml
robosuite/models/assets/grippers/inspire_right_hand.xml
robosuite/models/assets/grippers/rethink_gripper.xml
robosuite/models/assets/grippers/xarm7_gripper.xml
robosuite/models/assets/robots/iiwa/robot.xml
robosuite/models/assets/robots/panda/robot.xml
robosuite/models/assets/robots/spot_arm/robot.xml
robosuite/models/assets/robots/xarm7/robot.xml
dm_control/locomotion/soccer/assets/boxhead/boxhead.xml
dm_control/locomotion/walkers/assets/fruitfly_v2/fruitfly.xml
dm_control/locomotion/walkers/assets/jumping_ball/jumping_ball_with_head.xml
dm_control/mjcf/test_assets/robot_arm.xml
dm_control/mujoco/testing/assets/cartpole_no_names.xml
dm_control/suite/acrobot.xml
dm_control/suite/cheetah.xml
dm_control/suite/fish.xml
dm_control/suite/humanoid_CMU.xml
dm_control/suite/pendulum.xml
dm_control/suite/reacher.xml
dm_control/third_party/ant/ant.xml
gym_aloha/assets/bimanual_viperx_end_effector_insertion.xml
gym_aloha/assets/bimanual_viperx_end_effector_transfer_cube.xml
gym_aloha/assets/bimanual_viperx_insertion.xml
gym_aloha/assets/bimanual_viperx_transfer_cube.xml
metaworld/assets/sawyer_xyz/sawyer_assembly_peg.xml
metaworld/assets/sawyer_xyz/sawyer_dial.xml
metaworld/assets/sawyer_xyz/sawyer_laptop.xml
metaworld/assets/sawyer_xyz/sawyer_plate_slide_sideway.xml
metaworld/assets/sawyer_xyz/sawyer_shelf_placing.xml
metaworld/assets/sawyer_xyz/sawyer_window_horizontal.xml
gymnasium_robotics/envs/assets/adroit_hand/adroit_assets.xml
gymnasium_robotics/envs/assets/fetch/pick_and_place.xml
gymnasium_robotics/envs/assets/point/point.xml
gymnasium_robotics/envs/mujoco/assets/humanoid.xml
gymnasium_robotics/envs/mujoco/assets/pusher.xml
gymnasium_robotics/envs/multiagent_mujoco/assets/coupled_half_cheetah.xml
mjlab/asset_zoo/robots/unitree_go1/xmls/go1.xml
"""


def one(path: str) -> str:
    """What becomes of a file, in one line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "robot"
        try:
            write_starter(path, folder, {})
            task = load_task(str(folder))
            try_task(task, 0)
        except TaskError as error:
            return "refused: " + " ".join(str(error).split())
        hidden = load_hidden(task)
        setup = Setup(
            task,
            hidden,
            lambda env: open_baseline("sparse", hidden, env.public_widths),
            0,
            ROLLOUT_STEPS,
        )
        PPO(setup).advance(ROLLOUT_STEPS, lambda k, steps, own_return: None)
    return "works"


def main() -> None:
    root = Path(sys.argv[1])
    sys.stdout.write("| package | file | outcome |\n|---|---|---|\n")
    for file in FILES.split():
        command = [sys.executable, __file__, "--one", str(root / file)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=MOST_S, check=False
            )
            lines = (done.stdout or done.stderr).strip().splitlines()
            outcome = lines[-1] if lines else f"ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            outcome = f"takes more than {MOST_S:g} s"
        package, _, rest = file.partition("/")
        outcome = outcome.replace(str(root) + "/", "").replace("|", "/")
        sys.stdout.write(f"| {package} | {rest} | {outcome} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        sys.stdout.write(one(sys.argv[2]) + "\n")
    else:
        main()
