"""Gymnasium's robots for learner.py: their rewards, and tuned settings of rivals."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium

from designer.rewards.sources import open_baseline
from designer.training.learner import Setup
from envs.hidden import load_hidden
from envs.make import load_task


@dataclass(frozen=True)
class Robot:
    """Gymnasium's reward of a robot, as terms over fields.

    fields: name to source. terms: Python expressions; dt is the control step, s. gamma:
    of the training.
    """

    fields: dict[str, str]
    terms: dict[str, str]
    gamma: float = 0.99


FORWARD = "(s_next.x - s.x) / dt"
ROBOTS = {
    "Hopper-v5": Robot(
        {"x": "joint.rootx.qpos", "z": "joint.rootz.qpos", "tilt": "joint.rooty.qpos"},
        {
            "forward": FORWARD,
            "alive": "1.0 * ((s_next.z > 0.7) & (np.abs(s_next.tilt) < 0.2))",
            "control": "-1e-3 * (a**2).sum(1)",
        },
    ),
    "Walker2d-v5": Robot(
        {"x": "joint.rootx.qpos", "z": "joint.rootz.qpos", "tilt": "joint.rooty.qpos"},
        {
            "forward": FORWARD,
            "alive": "1.0 * ((s_next.z > 0.8) & (s_next.z < 2.0)"
            " & (np.abs(s_next.tilt) < 1.0))",
            "control": "-1e-3 * (a**2).sum(1)",
        },
    ),
    "HalfCheetah-v5": Robot(
        {"x": "joint.rootx.qpos"},
        {"forward": FORWARD, "control": "-0.1 * (a**2).sum(1)"},
    ),
    "Ant-v5": Robot(
        {
            "x": "body.torso.xpos[0]",
            "z": "joint.root.qpos[2]",
            "contacts": "obs[27:105]",
        },
        {
            "forward": FORWARD,
            "alive": "1.0 * ((s_next.z >= 0.2) & (s_next.z <= 1.0))",
            "control": "-0.5 * (a**2).sum(1)",
            "contact": "-5e-4 * (s_next.contacts**2).sum(1)",
        },
    ),
    "Humanoid-v5": Robot(
        {
            "x": "body.world.subtree_com[0]",
            "z": "joint.root.qpos[2]",
            "contacts": "obs[270:348]",
        },
        {
            "forward": f"1.25 * {FORWARD}",
            "alive": "5.0 * ((s_next.z > 1.0) & (s_next.z < 2.0))",
            "control": "-0.1 * (a**2).sum(1)",
            "contact": "-np.minimum(5e-7 * (s_next.contacts**2).sum(1), 10.0)",
        },
    ),
    "Swimmer-v5": Robot(
        {"x": "joint.slider1.qpos"},
        {"forward": FORWARD, "control": "-1e-4 * (a**2).sum(1)"},
        gamma=0.9999,  # as in the task swimmer-swim
    ),
    "Reacher-v5": Robot(
        {"tip": "body.fingertip.xpos[0:2]", "target": "body.target.xpos[0:2]"},
        {
            "distance": "-np.linalg.norm(s_next.tip - s_next.target, axis=1)",
            "control": "-1.0 * (a**2).sum(1)",
        },
    ),
    "InvertedPendulum-v5": Robot(
        {"angle": "joint.hinge.qpos"},
        {"upright": "1.0 * (np.abs(s_next.angle) <= 0.2)"},
    ),
}


def task_folder(env_id: str, folder: Path) -> Path:
    """Write a task whose human reward is Gymnasium's own."""
    robot = ROBOTS[env_id]
    env = gymnasium.make(env_id)
    dt = env.unwrapped.dt  # type: ignore[attr-defined]
    fields = "".join(
        f"  {name}: {{source: '{source}', unit: '1', doc: of the reward}}\n"
        for name, source in robot.fields.items()
    )
    text = (
        f"name: gymnasium\nenv: {env_id}\ngoal: Gymnasium's own.\n"
        f"conventions: Gymnasium's own.\nfields:\n{fields}"
        f"train: {{algo: ppo, steps: 1000000, gamma: {robot.gamma}}}\n"
    )
    terms = "".join(
        f"        {name!r}: {code},\n" for name, code in robot.terms.items()
    )
    code = (
        "import numpy as np\n\nUNIT = 'return'\n"
        f"dt = {dt}\n\ndef fitness(episode):\n    return 0.0\n\n"
        f"def human_reward(s, a, s_next):\n    return {{\n{terms}    }}\n"
        "\n\nsparse_reward = human_reward\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.yaml").write_text(text)
    (folder / "hidden.py").write_text(code)
    return folder


def setup_of(env_id: str, seed: int, steps: int) -> Setup:
    """A training on Gymnasium's own reward."""
    with tempfile.TemporaryDirectory() as folder:
        task = load_task(str(task_folder(env_id, Path(folder) / "gymnasium")))
        hidden = load_hidden(task)
    return Setup(
        task,
        hidden,
        lambda env: open_baseline("human", hidden, env.public_widths),
        seed,
        steps,
    )


# rl-baselines3-zoo's tuned settings of PPO (hyperparams/ppo.yml; v4 of the robots).
ZOO: dict[str, dict[str, Any]] = {
    "HalfCheetah-v5": {
        "n_steps": 512,
        "batch_size": 64,
        "gamma": 0.98,
        "learning_rate": 2.0633e-05,
        "ent_coef": 0.000401762,
        "clip_range": 0.1,
        "n_epochs": 20,
        "gae_lambda": 0.92,
        "max_grad_norm": 0.8,
        "vf_coef": 0.58096,
        "wide": True,
    },
    "Hopper-v5": {
        "n_steps": 512,
        "batch_size": 32,
        "gamma": 0.999,
        "learning_rate": 9.80828e-05,
        "ent_coef": 0.00229519,
        "clip_range": 0.2,
        "n_epochs": 5,
        "gae_lambda": 0.99,
        "max_grad_norm": 0.7,
        "vf_coef": 0.835671,
        "wide": True,
    },
    "Walker2d-v5": {
        "n_steps": 512,
        "batch_size": 32,
        "gamma": 0.99,
        "learning_rate": 5.05041e-05,
        "ent_coef": 0.000585045,
        "clip_range": 0.1,
        "n_epochs": 20,
        "gae_lambda": 0.95,
        "max_grad_norm": 1,
        "vf_coef": 0.871923,
    },
    "Ant-v5": {
        "n_steps": 512,
        "batch_size": 32,
        "gamma": 0.98,
        "learning_rate": 1.90609e-05,
        "ent_coef": 4.9646e-07,
        "clip_range": 0.1,
        "n_epochs": 10,
        "gae_lambda": 0.8,
        "max_grad_norm": 0.6,
        "vf_coef": 0.677239,
    },
}
