import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.episodes import Episode
from envs.hidden import load_hidden
from envs.make import load_task, make_env, task_names
from envs.task import EPISODE_NAMES
from envs.yamlfile import TaskError

TASK = """\
name: my-task
env: Hopper-v5
goal: Stand.
conventions: SI units
fields:
  height:
    source: joint.rootz.qpos
    unit: m
    doc: height
"""
HIDDEN = """\
UNIT = "m"
def fitness(episode): return episode.height.mean()
def human_reward(s, a, s_next): return {"height": s_next.height}
def sparse_reward(s, a, s_next): return {"height": s_next.height}
"""
KWARGS = ("env: Hopper-v5", "env: Hopper-v5\nenv_kwargs:\n  ")
ROBOT = """\
<mujoco>
  <worldbody>
    <body><joint name="rootz" type="slide"/><geom size="1"/></body>
  </worldbody>
  <actuator><motor joint="rootz"/></actuator>
</mujoco>
"""


def write(folder: Path, text: str, hidden: str = HIDDEN) -> str:
    (folder / "task.yaml").write_text(text)
    (folder / "hidden.py").write_text(hidden)
    return str(folder)


@pytest.mark.parametrize("name", task_names())
def test_every_task_of_ours_loads_and_its_rewards_fit_its_fields(name: str) -> None:
    task = load_task(name)
    hidden = load_hidden(task)
    env = VectorEnv(task, 2)
    env.reset([0, 1])
    from designer.rewards.sources import FunctionReward

    step = env.step(np.zeros((2, env.action_dim)))
    seen = env.public_width
    for function in (hidden.human_reward, hidden.sparse_reward):
        reward = FunctionReward(function, env.public_widths)
        terms = reward(step.s[:, :seen], step.action, step.s_next[:, :seen])
        assert terms.shape == (2, len(reward.terms))


def test_a_folder_of_your_own_is_a_task(tmp_path) -> None:
    task = load_task(write(tmp_path, TASK))
    hidden = load_hidden(task)
    assert task.name == "my-task"
    assert hidden.success is None


def test_a_hidden_side_may_have_a_dataclass_whose_types_are_read_later(
    tmp_path,
) -> None:
    limits = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Limits:\n    height: float = 1.0\n"
    )
    task = load_task(write(tmp_path, TASK, limits + HIDDEN))
    assert load_hidden(task).unit == "m"


@pytest.mark.parametrize("name", task_names())
def test_every_task_says_what_counts(name: str) -> None:
    assert len(load_task(name).counts.split()) > 8


def test_what_counts_is_one_line_of_text_and_may_be_left_out(tmp_path) -> None:
    assert load_task(write(tmp_path, TASK)).counts == ""
    counts = "goal: Stand.\ncounts: >\n  the time\n  it stands"
    told = load_task(write(tmp_path, TASK.replace("goal: Stand.", counts)))
    assert told.counts == "the time it stands"
    with pytest.raises(TaskError, match="'counts' must be text"):
        load_task(write(tmp_path, TASK.replace("goal:", "counts: 3\ngoal:")))


def test_several_sources_make_one_field_of_several_numbers(tmp_path) -> None:
    sources = "[joint.leg_joint.qpos, 'body.torso.xpos[0:2]', 'obs[3]']"
    task = load_task(write(tmp_path, TASK.replace("joint.rootz.qpos", sources)))
    assert VectorEnv(task, 1).widths["height"] == 4


@pytest.mark.parametrize("steps", ["2e5", "2.0e5", "200000.0"])
def test_steps_are_whole_however_they_are_written(tmp_path, steps: str) -> None:
    task = load_task(write(tmp_path, TASK + f"train: {{steps: {steps}}}\n"))
    assert task.train.steps == 200_000
    assert type(task.train.steps) is int


@pytest.mark.parametrize("steps", [".inf", ".nan", "1.5", "0", "true", "many"])
def test_steps_that_are_no_whole_number_are_refused(tmp_path, steps: str) -> None:
    with pytest.raises(TaskError, match="steps must be a whole number > 0"):
        load_task(write(tmp_path, TASK + f"train: {{steps: {steps}}}\n"))


def test_a_task_may_look_further_ahead(tmp_path: Path) -> None:
    task = load_task(write(tmp_path, TASK + "train:\n  gamma: 0.999\n"))
    assert task.train.gamma == 0.999
    for wrong in ("1.0", "0", "far"):
        with pytest.raises(TaskError, match="gamma must be a number between 0 and 1"):
            load_task(write(tmp_path, TASK + f"train:\n  gamma: {wrong}\n"))


def test_a_task_may_set_network_environments_and_what_the_critic_sees(
    tmp_path: Path,
) -> None:
    text = TASK + "critic: all\ntrain: {network: [128, 64], environments: 64.0}\n"
    task = load_task(write(tmp_path, text))
    assert task.critic_sees_all
    assert (task.train.network, task.train.environments) == ((128, 64), 64)
    assert type(task.train.environments) is int
    for wrong, words in (
        ("critic: everything", "critic must be observation or all"),
        ("train: {network: 64}", "two hidden layers"),
        ("train: {network: [64, 0]}", "two hidden layers"),
        ("train: {environments: 17}", "environments must be one of 16, 32"),
    ):
        with pytest.raises(TaskError, match=words):
            load_task(write(tmp_path, TASK + wrong + "\n"))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    unit: m\n", "", 6, "field 'height' has no unit"),
        ("    doc: height\n", "", 6, "field 'height' has no doc"),
        ("rootz", "rotz", 7, "did you mean 'rootz'?"),
        (".qpos", ".qps", 7, "did you mean 'qpos'?"),
        (".qpos", ".qvl", 7, "the joint has no 'qvl'; did you mean 'qvel'?"),
        ("joint.rootz.qpos", "body.torso.mas", 7, "did you mean 'mass'?"),
        ("joint.rootz.qpos", "[]", 6, "field 'height' has no source"),
        ("joint.rootz.qpos", "jnt.rootz.qpos", 7, "not understood"),
        ("joint.rootz.qpos", "obs[3:99]", 7, "it has 11 numbers, from [0] on"),
        ("goal: Stand.", "gaol: Stand.", 3, "did you mean 'goal'?"),
        ("goal: Stand.\n", "", 1, "'goal' is missing"),
        ("Hopper-v5", "Hoper-v5", 2, "did you mean 'Hopper-v5' or"),
        (
            "    doc: height\n",
            "    doc: height\n    dok: x\n",
            10,
            "did you mean 'doc'?",
        ),
        ("height:", "time:", 6, "always there"),
        ("height:", "my height:", 6, "Python identifier"),
        ("height:", "class:", 6, "and no keyword"),
        ("height:", "dt:", 6, "every episode has a 'dt' of its own"),
        ("name: my-task", "name: My Task", 1, "small letters"),
        ("env: Hopper-v5", "env: Hopper-v5\nenv_kwargs:\n  nois: 1", 4, "unknown key"),
        (KWARGS[0], KWARGS[1] + "frame_skip: 0", 4, "frame_skip must be like 4; got 0"),
        (KWARGS[0], KWARGS[1] + "healthy_z_range: 1", 4, "must be like (0.7, inf)"),
        (
            KWARGS[0],
            KWARGS[1] + "healthy_z_range: [2, 1]",
            4,
            "must be like (0.7, inf)",
        ),
        (KWARGS[0], KWARGS[1] + "reset_noise_scale: -1", 4, "a number >= 0; got -1"),
        (KWARGS[0], KWARGS[1] + "reset_noise_scale: .nan", 4, "a number >= 0; got nan"),
        (KWARGS[0], KWARGS[1] + "frame_skip: 1e9", 2, "would be 1e+09 physics steps"),
        (KWARGS[0], KWARGS[1] + "healthy_reward: 1", 4, "unknown key"),
        (KWARGS[0], KWARGS[1] + "xml_file: ./no.xml", 2, "no such file"),
        (
            KWARGS[0],
            KWARGS[1] + "xml_file: inverted_pendulum.xml",
            2,
            "does not fit Hopper-v5",
        ),
        ("Hopper-v5", "MuJoCo-v0", 2, "MuJoCo-v0 needs xml_file"),
        ("Hopper-v5", "CartPole-v1", 2, "action space Discrete(2)"),
        ("joint.rootz.qpos", "info.x_position", 7, "without Gymnasium's info"),
        ("goal: Stand.", "goal: [Stand", 4, "not valid YAML"),
        ("goal: Stand.", "ends: {fell: up[2] < 0.3}", 3, "; quote text with brackets"),
        ("goal: Stand.", "goal: Stand.\ngoal: Sit.", 4, "appears twice"),
    ],
)
def test_a_fault_in_task_yaml_is_told_with_its_line(
    tmp_path, old: str, new: str, line: int, words: str
) -> None:
    folder = write(tmp_path, TASK.replace(old, new, 1))
    with pytest.raises(TaskError) as error:
        load_task(folder)
    assert f"task.yaml:{line}: " in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_field_can_t_hide_what_an_episode_has_of_its_own() -> None:
    own = {field.name for field in fields(Episode)} | {"steps"}
    assert own == {*EPISODE_NAMES}


def test_an_unknown_task_names_the_nearest(tmp_path) -> None:
    with pytest.raises(TaskError, match="did you mean 'hopper-run'"):
        load_task("hoper-run")


@pytest.mark.parametrize("xml_file", ["./robot.xml", "robot.xml"])
def test_a_task_may_bring_its_own_robot(tmp_path, xml_file: str) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT.replace("/></a", ' ctrlrange="0 2"/></a'))
    kwargs = f"env_kwargs: {{xml_file: {xml_file}, frame_skip: 10.0, max_steps: 7e0}}"
    text = TASK.replace("env: Hopper-v5", f"env: MuJoCo-v0\n{kwargs}")
    task = load_task(write(tmp_path, text))
    env = make_env(task, 1)
    assert (env.dt, env.max_steps, task.body.max_steps) == (0.02, 7, 7)
    assert env.obs.shape == (1, 2)


def test_a_robot_without_bounds_on_its_actions_is_told(tmp_path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    text = TASK.replace(*KWARGS, 1).replace("Hopper-v5", "MuJoCo-v0")
    text = text.replace("env_kwargs:\n  ", "env_kwargs: {xml_file: robot.xml}")
    with pytest.raises(TaskError, match="actuator 0 '' has no ctrlrange"):
        load_task(write(tmp_path, text))


def test_a_model_that_does_not_compile_is_told(tmp_path) -> None:
    (tmp_path / "robot.xml").write_text("<mujoco><worldbody><geom/></worldbody>")
    text = TASK.replace(
        "env: Hopper-v5", "env: Hopper-v5\nenv_kwargs:\n  xml_file: ./robot.xml"
    )
    with pytest.raises(TaskError, match="does not compile"):
        load_task(write(tmp_path, text))


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        (HIDDEN.replace("def fitness", "def fitnes"), "expected a function fitness"),
        ("def fitness(:", "SyntaxError"),
        ("import nowhere_to_be_found", "nowhere_to_be_found"),
    ],
)
def test_a_fault_in_hidden_py_is_told(tmp_path, hidden: str, words: str) -> None:
    task = load_task(write(tmp_path, TASK, hidden))
    with pytest.raises(TaskError, match=words):
        load_hidden(task)
    is_imported = f"hidden_{tmp_path.name}" in sys.modules
    assert is_imported == ("expected a function" in words)
