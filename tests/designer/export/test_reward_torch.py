"""The exported torch functions pay what the numpy reward pays."""

import math
import runpy
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from designer.export.torch_source import (
    LACKING,
    function_names,
    obstacle,
    torch_source,
    without_future,
)
from designer.rewards.bank import random_bank
from envs.env import Env
from envs.make import load_task, make_env
from sandbox.contract import collect, load, view
from sandbox.names import LINALG, NUMPY
from tests.designer.export.conftest import terms_of

torch = pytest.importorskip("torch")
CORPUS = Path(__file__).parents[1] / "rewards" / "corpus"
REWARDS = {
    key: source
    for path in sorted(CORPUS.glob("*.py"))
    for key, source in runpy.run_path(str(path))["REWARDS"].items()
}
COMMON = [
    ("hopper-run", "gpt: numbered steps and a tuple"),
    ("walker-run", "names imported from math, smallest numbers, merged dicts"),
    ("walker-run", "gpt: select of three cases"),
    ("ant-wave-leg", "the tripod keeps still"),  # a constant that float32 rounds
    ("swimmer-swim", "llama: numpy functions by their new names"),
]
# No tensor has a truth value, and these rewards ask for one or need what torch lacks.
BEYOND = {
    ("ant-run", "gpt: cosine to a direction"),
    ("hopper-back-flip", "polynomials and piecewise"),
    ("walker-stand-on-one-leg", "reductions over stacked conditions"),
}
STATES = 10_000


@lru_cache
def states(task: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """More than 10,000 recorded transitions: s, a, s_next, and the columns' layout."""
    banks = [random_bank(load_task(task), seed) for seed in range(5)]
    columns = zip(*((bank.s, bank.a, bank.s_next) for bank in banks), strict=True)
    s, a, s_next = (np.concatenate(arrays) for arrays in columns)
    assert len(a) >= STATES
    return s, a, s_next, dict(banks[0].widths)


def fields(frame: np.ndarray, widths: dict[str, int], dtype: object) -> SimpleNamespace:
    """A state as the torch file takes it."""
    columns = vars(view(frame, widths)).items()
    tensors = {k: torch.tensor(np.array(x), dtype=dtype) for k, x in columns}
    return SimpleNamespace(**tensors)


def assert_equal(task: str, source: str, exported) -> None:
    s, a, s_next, widths = states(task)
    before, after = view(s, widths), view(s_next, widths)
    names = terms_of(source, before, a, after)
    terms, ours = collect(load(source)(before, a, after), len(a))
    module = exported(task, source, names, "reward_torch")
    assert tuple(module.REWARD_TERMS) == terms
    for dtype, tolerance in ((torch.float64, 1e-8), (torch.float32, 1e-5)):
        tensors = [fields(x, widths, dtype) for x in (s, s_next)]
        action = torch.tensor(a, dtype=dtype)
        for k, (term, function) in enumerate(module.REWARD_TERMS.items()):
            theirs = getattr(module, function)(tensors[0], action, tensors[1])
            assert theirs.shape == (len(a),)
            largest = max(1.0, float(np.abs(ours[:, k]).max()))
            error = np.abs(theirs.numpy() - ours[:, k]).max()
            assert error <= tolerance * largest, f"{term} is off by {error}"


@pytest.mark.parametrize("key", COMMON)
def test_ten_thousand_recorded_states_are_paid_alike(key, exported) -> None:
    assert_equal(key[0], REWARDS[key], exported)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(REWARDS.keys() - BEYOND))
def test_rewards_of_all_styles_are_paid_alike(key, exported) -> None:
    source = REWARDS[key]
    if reason := obstacle(source):
        pytest.skip(reason)
    assert_equal(key[0], source, exported)


def test_what_torch_lacks_is_exactly_what_is_said_to_be_lacking() -> None:
    import torch._numpy as torch_numpy

    template = "acos acosh asin asinh atan atanh atan2 concat pow clip select polyval"
    supplied = {*template.split(), "interp"}
    lacking = {n for n in NUMPY - supplied if not hasattr(torch_numpy, n)}
    linalg = {f"linalg.{n}" for n in LINALG if not hasattr(torch_numpy.linalg, n)}
    assert lacking | linalg == LACKING


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x = np.exp(1.0)  # like np.piecewise", ""),
        ("x = np.piecewise(a, [a > 0], [1.0])", "torch has no np.piecewise"),
        ("x = np.linalg.cross(a, a)", "torch has no np.linalg.cross"),
        ("x = np.logical_and.reduce([a])", "no reduce"),
        ("from numpy import exp", "imports names from numpy"),
        ("_rows = 3", "uses the name _rows"),
    ],
)
def test_a_source_without_a_counterpart_is_left_out_with_the_reason(
    line: str, reason: str
) -> None:
    assert reason in obstacle(f"import numpy as np\n{line}\n")
    assert bool(obstacle(line)) == bool(reason)


def test_imports_of_numpy_leave_room_for_the_files_own() -> None:
    source = "from __future__ import annotations\nimport numpy as np  # so\nx = 1\n"
    assert torch_source(source) == "pass\nx = 1"
    assert without_future(source) == "import numpy as np  # so\nx = 1"


def test_each_term_has_a_function_of_its_own() -> None:
    names = function_names(("Stay up", "stay_up", "fall"), "term_fall = 3")
    assert names == {
        "Stay up": "term_stay_up",
        "stay_up": "term_stay_up_",
        "fall": "term_fall_",
    }


DELTA = """
def reward(s, a, s_next):
    return {"gain": s_next.x_velocity - s.x_velocity, "alive": 1.0}
"""


def test_a_manager_asks_term_by_term_and_the_state_is_read_once_a_step(
    exported,
) -> None:
    module = exported("hopper-run", DELTA, ("gain", "alive"), "reward_torch")
    reads = []

    def read(env):
        reads.append(env.common_step_counter)
        return {"x_velocity": env.velocity, "action": torch.zeros(2, 3)}

    terms = module.RewardTerms(read)
    gain, alive = terms.term("gain"), terms.term("alive")
    env = SimpleNamespace(common_step_counter=1, episode_length_buf=torch.ones(2))
    env.velocity = torch.tensor([1.0, 2.0])
    # The state before the first step is not known to a manager.
    assert gain(env).tolist() == [0.0, 0.0]
    assert alive(env).tolist() == [1.0, 1.0]
    # The second environment has just begun anew.
    env.common_step_counter, env.episode_length_buf = 2, torch.tensor([2, 1])
    env.velocity = torch.tensor([1.5, 7.0])
    assert gain(env).tolist() == [0.5, 0.0]
    assert reads == [1, 2]


class Tensors:
    """A simulator's data as tensors, as mjlab has it."""

    def __init__(self, env: Env) -> None:
        self._bind = env._physics.bind  # type: ignore[attr-defined]

    def __getattr__(self, name: str):
        return torch.tensor(np.array(self._bind(name)))


# A nameless joint goes by its body's name, and a goal is the second of mocap bodies.
ROBOT = """\
<mujoco>
  <worldbody>
    <body name="base" pos="0 0 1">
      <freejoint/><geom size=".1"/>
      <body name="arm">
        <joint name="elbow" axis="0 1 0"/><geom size=".1" pos="0 0 .3"/>
        <body name="hand"><joint axis="1 0 0"/><geom size=".1" pos="0 0 .6"/></body>
      </body>
    </body>
    <body name="start" mocap="true" pos="3 3 3"/>
    <body name="goal" mocap="true" pos="1 0 2" quat="0 1 0 0"/>
  </worldbody>
  <tendon><fixed name="cord"><joint joint="elbow" coef="2"/></fixed></tendon>
  <actuator><motor name="motor" joint="elbow" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs: {xml_file: robot.xml, control_s: 0.01, episode_s: 1}
goal: Move.
conventions: SI units
fields:
  place: {source: joint.base.qpos, unit: "m, 1", doc: of the base}
  velocity: {source: "joint.base.qvel[0:3]", unit: m/s, doc: of the base}
  bend: {source: [joint.elbow.qpos, joint.hand.qpos], unit: rad, doc: of the arm}
  goal: {source: body.goal.mocap_pos, unit: m, doc: of the goal}
  turn: {source: body.goal.mocap_quat, unit: "1", doc: of the goal}
  cord: {source: tendon.cord.velocity, unit: rad/s, doc: of the cord}
  torque: {source: actuator.motor.force, unit: N m, doc: of the elbow}
"""


@pytest.mark.parametrize(
    "task",
    [
        "hopper-hop-in-place",
        "ant-wave-leg",
        "reacher-reach",
        "pusher-push",
        "hand-turn-dial",
    ],
)
def test_a_simulators_tensors_give_the_fields(task: str, exported) -> None:
    assert_fields(task, exported)


def test_sources_of_all_kinds_are_found_in_a_simulators_tensors(
    tmp_path: Path, exported
) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    (tmp_path / "task.yaml").write_text(TASK)
    assert_fields(str(tmp_path), exported)


def assert_fields(task: str, exported) -> None:
    module = exported(task, DELTA, ("gain", "alive"), "reward_torch")
    env = make_env(load_task(task), 3)
    env.reset([1, 2, 3])
    for _ in range(3):
        env.step(np.full((3, env.action_dim), 0.3))
    theirs = module.mujoco_fields(env.model, Tensors(env))
    ours = vars(view(env.frame[:, : env.public_width], env.public_widths))
    # Draws and clocks have no source.
    elsewhere = {field.name for field in load_task(task).fields if not field.sources}
    elsewhere |= {"time", "last_action"}
    if task == "ant-wave-leg":
        elsewhere |= {"foot_forces"}  # read from the observation
    assert theirs.keys() == ours.keys() - elsewhere
    for name, values in theirs.items():
        np.testing.assert_allclose(values.numpy(), ours[name], err_msg=name)
    assert math.isfinite(float(theirs[name].sum()))
