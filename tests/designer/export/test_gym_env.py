"""The exported wrapper pays, step by step, what a training would have paid."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

from designer.run.provenance import copy_task_files
from envs.bodies.body import xml_path
from envs.make import load_task, make_env
from sandbox.contract import collect, load, view
from tests.designer.export.conftest import terms_of


def every_field(task: str) -> str:
    """A reward that pays every public field of a task, before and after the step."""
    names = [field.name for field in load_task(task).fields if not field.hidden]
    both = [f"{state}.{name}" for name in names for state in ("s_next", "s")]
    return f"""
def reward(s, a, s_next):
    terms = {{"clock": s_next.time + 0.1 * s.time, "effort": (a ** 2).sum(axis=1)}}
    terms["jerk"] = np.abs(a - s.last_action).sum(axis=1)
    values = [value if value.ndim == 1 else (value * value).sum(axis=1)
              for value in [{", ".join(both)}]]
    terms["even"] = sum(values[0::2])
    terms["odd"] = sum(values[1::2])
    return terms
"""


@pytest.mark.parametrize(
    "task", ["hopper-back-flip", "ant-wave-leg", "reacher-reach", "pusher-push"]
)
def test_the_wrapper_pays_what_a_training_pays(task: str, exported) -> None:
    source = every_field(task)
    env = make_env(load_task(task), 1)
    env.reset([11])
    names = ("clock", "effort", "jerk", "even", "odd")
    wrapped = exported(task, source, names, "gym_env").make_env()
    obs, info = wrapped.reset(seed=11)
    # Both begin alike, for Gymnasium draws its starts in another order.
    physics = env._physics  # type: ignore[attr-defined]
    wrapped.unwrapped.set_state(physics.qpos[0].copy(), physics.qvel[0].copy())
    wrapped._state = wrapped._read(obs, info, np.zeros(env.action_dim))
    rng = np.random.default_rng(0)
    reward = load(source)
    for _ in range(20):
        action = 1.2 * rng.uniform(env.low, env.high, (1, env.action_dim))
        step = env.step(action)
        states = [
            view(x[:, : env.public_width], env.public_widths)
            for x in (step.s, step.s_next)
        ]
        terms, ours = collect(reward(states[0], step.action, states[1]), 1)
        clipped = np.clip(action[0], env.low, env.high).astype(np.float32)
        _, paid, ended, cut, info = wrapped.step(clipped)
        theirs = [info["reward_terms"][term] for term in terms]
        np.testing.assert_allclose(theirs, ours[0], rtol=1e-5, atol=1e-5)
        assert paid == pytest.approx(sum(theirs))
        if ended or cut:
            break
    wrapped.close()


class Valve(gymnasium.Env):
    """A valve that is opened by 0.1 to 0.7 and a fan that turns one way alone."""

    action_space = gymnasium.spaces.Box(
        np.array([0.1, -3.0], np.float32), np.array([0.7, -1.0], np.float32)
    )
    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (1,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action):
        return np.zeros(1, np.float32), 0.0, False, False, {"pair": [3.0, 4.0]}


gymnasium.register("test/Valve-v0", Valve, max_episode_steps=50)
VALVE = """\
name: valve
env: test/Valve-v0
goal: Open the valve.
conventions: SI units
fields:
  flow: {source: "obs[0:1]", unit: m/s, doc: of the air}
"""


def test_the_last_action_at_a_start_is_the_middle_of_the_range(
    tmp_path: Path, exported
) -> None:
    (tmp_path / "task.yaml").write_text(VALVE)
    env = make_env(load_task(str(tmp_path)), 1)
    env.reset([0])
    source = """
def reward(s, a, s_next):
    return {"valve": s.last_action[:, 0], "fan": s.last_action[:, 1]}
"""
    made = exported(str(tmp_path), source, ("valve", "fan"), "gym_env").make_env()
    made.reset(seed=0)
    paid = made.step(made.action_space.high)[4]["reward_terms"]
    assert [*paid.values()] == env.zero_output.tolist() == pytest.approx([0.4, -2.0])
    paid = made.step(made.action_space.high)[4]["reward_terms"]
    assert [*paid.values()] == pytest.approx([0.7, -1.0])


def test_numbers_that_a_reset_leaves_out_are_0_each(tmp_path: Path, exported) -> None:
    pair = "  pair: {source: info.pair, unit: m, doc: of the ends}\n"
    (tmp_path / "task.yaml").write_text(VALVE + pair)
    source = """
def reward(s, a, s_next):
    return {"last": s.pair[:, 1], "now": s_next.pair[:, 1]}
"""
    made = exported(str(tmp_path), source, ("last", "now"), "gym_env").make_env()
    made.reset(seed=0)
    paid = [made.step(made.action_space.high)[4]["reward_terms"] for _ in range(2)]
    assert paid == [{"last": 0.0, "now": 4.0}, {"last": 4.0, "now": 4.0}]


HOPPER = """\
name: mine
env: Hopper-v5
env_kwargs: {}
goal: Hop.
conventions: SI units
fields:
  height: {{source: joint.rootz.qpos, unit: m, doc: of the torso}}
"""
HEIGHT = "def reward(s, a, s_next):\n    return {'height': s_next.height}\n"


def test_a_bound_without_end_is_exported(tmp_path: Path, exported) -> None:
    kwargs = "{healthy_z_range: [0.5, .inf]}"
    (tmp_path / "task.yaml").write_text(HOPPER.format(kwargs))
    made = exported(str(tmp_path), HEIGHT, ("height",), "gym_env").make_env()
    assert tuple(made.unwrapped._healthy_z_range) == (0.5, np.inf)
    made.close()


def test_a_gymnasium_body_with_a_robot_of_the_menagerie_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exported
) -> None:
    robot = tmp_path / "frog" / "frog.xml"
    robot.parent.mkdir()
    shutil.copy(xml_path("hopper.xml"), robot)
    menagerie = SimpleNamespace(
        get=lambda name: SimpleNamespace(xml=lambda entry: robot),
        MenagerieError=OSError,
    )
    monkeypatch.setitem(__import__("sys").modules, "mujoco_menagerie", menagerie)
    (tmp_path / "task.yaml").write_text(HOPPER.format("{xml_file: 'menagerie:frog'}"))
    copy_task_files(tmp_path, load_task(str(tmp_path)))
    made = exported(str(tmp_path), HEIGHT, ("height",), "gym_env").make_env()
    assert made.unwrapped.fullpath == str(tmp_path / "export" / "xml" / "frog.xml")
    made.close()


def test_a_range_without_bounds_has_a_last_action_too(exported) -> None:
    source = "def reward(s, a, s_next):\n    return {'last': s.last_action[:, 0]}\n"
    module = exported("inverted-pendulum-balance", source, ("last",), "gym_env")
    env = gymnasium.make("InvertedPendulum-v5")
    env.unwrapped.action_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,))
    wrapped = module.DesignedReward(env)
    wrapped.reset(seed=0)
    assert wrapped.step(np.zeros(1))[4]["reward_terms"] == {"last": 0.0}


def test_the_reward_file_runs_on_its_own_and_pays_the_same(exported) -> None:
    source = every_field("hopper-run")
    env = make_env(load_task("hopper-run"), 3)
    env.reset([1, 2, 3])
    step = env.step(np.full((3, 3), 0.3))
    states = [
        view(x[:, : env.public_width], env.public_widths) for x in (step.s, step.s_next)
    ]
    names = terms_of(source, states[0], step.action, states[1])
    module = exported("hopper-run", source, names, "reward")
    theirs = collect(module.reward(states[0], step.action, states[1]), 3)[1]
    ours = collect(load(source)(states[0], step.action, states[1]), 3)[1]
    np.testing.assert_array_equal(theirs, ours)
