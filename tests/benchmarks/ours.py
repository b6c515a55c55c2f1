"""Our trainer on a task's human reward, under the same clock as rivals.py.

`python ours.py TASK SECONDS TARGET SEED [SETTING=VALUE ...]`, as in `minibatch=128`;
prints one JSON line.
"""

import json
import os
import sys
import time
from dataclasses import replace

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

from designer.rewards.sources import FunctionReward, Reward
from designer.training.network import SETTINGS
from designer.training.ppo import train
from envs.batch_env import VectorEnv
from envs.make import load_task


class Enough(Exception):  # noqa: N818 (ends a training, nothing is wrong)
    """Time is up or the target is reached."""


def main() -> None:
    name, seconds, target, seed = sys.argv[1:5]
    changed = {
        key: json.loads(value)
        for key, value in (part.split("=") for part in sys.argv[5:])
    }
    settings = replace(SETTINGS, **changed)
    task = load_task(name)
    last: dict[str, float | None] = {"reached_s": None, "return": None}

    def reward(env: VectorEnv) -> Reward:
        return FunctionReward(task.hidden.human_reward, env.public_widths)

    def tell(steps: int, own_return: float) -> None:
        passed = time.perf_counter() - began
        last.update({"frames_per_s": steps / passed, "return": own_return})
        if own_return >= float(target):
            last["reached_s"] = passed
        if own_return >= float(target) or passed >= float(seconds):
            raise Enough

    began = time.perf_counter()
    try:
        train(task, reward, int(seed), 10**9, tell, settings)
    except Enough:
        sys.stdout.write(json.dumps(last) + "\n")


if __name__ == "__main__":
    main()
