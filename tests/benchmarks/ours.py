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

from designer.rewards.sources import Reward, open_baseline
from designer.training.learner import Setup
from designer.training.ppo import PPO
from designer.training.settings import SETTINGS
from envs.env import Env
from envs.hidden import load_hidden
from envs.make import load_task

ENDLESS = 10**9  # environment steps


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
    hidden = load_hidden(task)
    last: dict[str, float | None] = {"reached_s": None, "return": None}

    def reward(env: Env) -> Reward:
        return open_baseline("human", hidden, env.public_widths)

    def tell(k: int, steps: int, own_return: float) -> None:
        passed = time.perf_counter() - began
        last.update({"frames_per_s": steps / passed, "return": own_return})
        if own_return >= float(target):
            last["reached_s"] = passed
        if own_return >= float(target) or passed >= float(seconds):
            raise Enough

    began = time.perf_counter()
    try:
        setup = Setup(task, hidden, reward, int(seed), ENDLESS)
        PPO(setup, settings).advance(ENDLESS, tell)
    except Enough:
        sys.stdout.write(json.dumps(last) + "\n")


if __name__ == "__main__":
    main()
