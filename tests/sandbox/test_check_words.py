"""Hints that mean the same, lists that come once, and how long the check takes."""

import time

import pytest

from sandbox import check_source
from tests.sandbox.lines import WIDTHS, body, told


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("vel_x", "; nearest: x_velocity (fields"),
        ("xVelocity", "; nearest: x_velocity (fields"),
        ("joint_vel", "; nearest: joint_velocities (fields"),
        ("torso_hieght", "; nearest: torso_height (fields"),
        ("velocity", "; fields with such a word: x_velocity, z_velocity (fields"),
        ("y_velocity", "; fields with such a word: x_velocity, z_velocity (fields"),
        ("reward", "'s' has no field 'reward' (fields"),
    ],
)
def test_a_field_is_called_nearest_only_where_it_means_the_same(field, hint):
    assert hint in told(body(f"v = s.{field}"))


def test_the_fields_are_listed_once():
    message = told(body("v = s.vel", "w = s.pos", "x = s[0]", "y = s.shape"))
    assert message.count("last_action") == 1
    assert message.count("\n") == 3


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("np.sigmoid(s.time)", "write 1.0 / (1.0 + np.exp(-x))"),
        ("np.relu(s.time)", "write np.maximum(x, 0.0)"),
        ("np.clamp(s.time, 0, 1)", "write np.clip"),
        ("np.arc_tan2(s.time, 1)", "write np.arctan2"),
        ("np.sqaure(s.time)", "write np.square"),
        ("math.minimum(1, 2)", "write np.minimum"),
        ("a.clamp(0, 1)", "'a' has no field 'clamp'"),
        ("a.norm(1)", "; write np.linalg.norm(x, axis=1)"),
        ("np.norm(a)", "write np.linalg.norm(x, axis=1)"),
        ("torch.exp(s.time)", "'torch.exp': no torch here, only numpy: np.exp"),
        ("jnp.clip(a, 0, 1)", "no jnp here, only numpy: np.clip"),
        ("tf.reduce_sum(a)", "no tf here, only numpy: np.sum(x, axis=1)"),
        ("F.relu(s.time)", "no F here, only numpy: np.maximum(x, 0.0)"),
        ("torch.nn.functional.relu(a)", "only numpy: np.maximum(x, 0.0)"),
        ("scipy.special.expit(a)", "no scipy here, only numpy: 1.0 / (1.0 +"),
        ("np.linalg.norm(a, dim=1)", "numpy says axis=, not dim="),
        ("a.sum(axis=1, keepdim=True)", "numpy says keepdims=, not keepdim="),
        ("a.detach()", "no torch here, only numpy arrays: leave out .detach"),
        ("s.time.cpu()", "no torch here, only numpy arrays: leave out .cpu"),
        ("s.time.float()", "write x.astype(float) instead of .float"),
        ("s.time.unsqueeze(1)", "write x[:, None] instead of .unsqueeze"),
        ("a.view(-1, 3)", "write x.reshape instead of .view"),
        ("self.weight * s.time", "no 'self' here: a reward is a plain function"),
        ("env.data.qpos[0]", "no 'env' here: a reward reads its three arguments"),
        ("math.exp(s.time)", "one per row; use np.exp"),
        ("math.atan2(s.time, 1.0)", "one per row; use np.atan2"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(use, words):
    assert words in told(body(f"v = {use}"))
    assert told(body(f"v = {use}")).count("line 2") == 1


def test_what_is_imported_from_elsewhere_is_told_with_what_is_here():
    assert "1.0 / (1.0 + np.exp(-x))" in told(
        body("v = expit(s.time)", before="from scipy.special import expit\n")
    )
    assert "use np's functions" in told(
        body("import numpy as np", before="from torch import nn\n")
    )


def test_a_constant_of_the_module_and_a_name_without_value_are_told_apart():
    change = body("K += 1", "v = K", before="K = 1.0\n")
    assert told(change) == (
        "line 3: 'K' is a constant of the module; calls must not change it; give the "
        "new value another name"
    )
    assert "'m' has no value yet where it is changed" in told(body("m += 1"))


def test_python_s_own_settings_are_no_advice_for_a_long_number():
    message = told(body(f"v = {'9' * 5000}"))
    assert "write a float, like 1e20" in message
    assert "sys." not in message


def test_no_other_function_is_called_near():
    for name in ("tann", "atanx", "logg", "sin2", "maximun2", "foo"):
        assert told(body(f"v = np.{name}(s.time)")) == (
            f"line 2: 'np.{name}' is not available in a reward"
        )


def test_the_function_that_reward_names_at_the_end_is_the_reward():
    old = "def reward(x, y):\n    return x\n\n"
    new = "def compute_reward(state, action, done):\n    return {'x': state.speed}\n"
    message = told(old + new + "reward = compute_reward\n")
    assert message.startswith("line 5: 'state' has no field 'speed'")
    assert "exactly three" not in message


@pytest.mark.parametrize(
    "source",
    [
        body(f"v = [{', '.join(f'u{k}' for k in range(2400))}]"),
        body(f"v = [{', '.join(f's.v{k}' for k in range(1500))}]"),
        body(f"v = {'[' * 90}1{''.join(f' for i{k} in a]' for k in range(90))}"),
        body(f"v = {'2 ** (' * 90}1{')' * 90}"),
        body(f"v = [{', '.join(['abs(' * 80 + 'a' + ')' * 80] * 45)}]"),
        body(f"v = {' < '.join(['s.time'] * 1900)}"),
    ],
)
def test_the_check_is_quick_on_any_text(source):
    def seconds():
        began = time.process_time()
        check_source(source, WIDTHS)
        return time.process_time() - began

    # The best of three, as other work on the machine slows any single one.
    assert min(seconds() for _ in range(3)) < 0.4


def test_what_is_nested_too_deeply_is_one_problem():
    elifs = "".join(f"    elif a.ndim == {k}:\n        v = 1\n" for k in range(300))
    assert "nested more than 100 levels deep" in told(
        body("if a.ndim == 9:\n        v = 1\n" + elifs.rstrip())
    )
    assert told(body(f"v = {' + '.join(['s.time'] * 90)}")) == ""
