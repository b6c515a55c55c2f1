import random
import runpy
import time
from pathlib import Path

import numpy as np
import pytest

from sandbox import check
from sandbox.names import LINALG, NUMPY

CORPUS = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
WIDTHS = CORPUS["WIDTHS"]


def body(*lines, before=""):
    """A reward with these lines, from line 2 on."""
    text = "".join(f"    {line}\n" for line in lines)
    return f'{before}def reward(s, a, s_next):\n{text}    return {{"x": s.time}}\n'


def told(source):
    return "\n".join(map(str, check(source, WIDTHS)))


@pytest.mark.parametrize("name", CORPUS["REWARDS"])
def test_a_realistic_reward_passes(name):
    assert told(CORPUS["REWARDS"][name]) == ""


def test_every_allowed_numpy_name_exists():
    assert [name for name in NUMPY if not hasattr(np, name)] == []
    assert [name for name in LINALG if not hasattr(np.linalg, name)] == []


def test_an_unknown_field_names_the_nearest_and_all_fields():
    message = told(body("v = s.vx"))
    assert "line 2: 's' has no field 'vx'; nearest: x_velocity (fields: " in message
    assert "foot_contact" in message


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
        ("np.norm(a)", "write np.linalg.norm(x, axis=1)"),
        ("torch.exp(s.time)", "'torch.exp': no torch here, only numpy: np.exp"),
        ("jnp.clip(a, 0, 1)", "no jnp here, only numpy: np.clip"),
        ("tf.reduce_sum(a)", "no tf here, only numpy: np.sum(x, axis=1)"),
        ("F.relu(s.time)", "no F here, only numpy: np.maximum(x, 0.0)"),
        ("torch.nn.functional.relu(a)", "only numpy: np.maximum(x, 0.0)"),
        ("scipy.special.expit(a)", "no scipy here, only numpy: 1.0 / (1.0 +"),
        ("self.weight * s.time", "no 'self' here: a reward is a plain function"),
        ("env.data.qpos[0]", "no 'env' here: a reward reads its three arguments"),
        ("math.exp(s.time)", "one per row; use np.exp"),
        ("math.atan2(s.time, 1.0)", "one per row; use np.atan2"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(use, words):
    assert words in told(body(f"v = {use}"))
    assert told(body(f"v = {use}")).count("line 2") == 1


def test_no_other_function_is_called_near():
    for name in ("tann", "atanx", "logg", "sin2", "maximun2", "foo"):
        assert told(body(f"v = np.{name}(s.time)")) == (
            f"line 2: 'np.{name}' is not available in a reward"
        )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("v = np.linalg.norm(a)", "axis=1 is missing in np.linalg.norm(a)"),
        ("v = (a ** 2).sum()", "axis=1 is missing in (a ** 2).sum()"),
        (
            "w = a - s.last_action\n    v = np.sum(w * w)",
            "axis=1 is missing in np.sum(w",
        ),
        ("v = np.mean(np.abs(s.joint_angles), axis=0)", "axis=0 is the rows"),
        ("v = np.mean(s.time)", "np.mean(s.time) mixes the rows"),
        ("v = s.time.max()", "s.time.max() mixes the rows"),
        ("v = (s.time > 1).all()", "choose per row with np.where"),
        ("v = np.any(s.time > 1)", "choose per row with np.where"),
        ("v = np.sum(a[:, 0])", "np.sum(a[:, 0]) mixes the rows"),
        ("v = np.sum(s.joint_angles[:, :2])", "axis=1 is missing"),
        ("v = np.linalg.norm(s.time)", "is np.abs(x)"),
        ("v = np.sum(s.time, axis=-1)", "mixes the rows"),
        ("v = sum(s.time)", "this mixes the rows"),
        ("v = max(s.time, 0.0)", "np.maximum(x, y) compares row by row"),
        ("v = float(s.time)", "one number per row, not one"),
        ("if s.time > 1: pass", "np.where(condition, x, y)"),
        ("v = 1 if s.time > 1 else 0", "np.where(condition, x, y)"),
        ("v = s.time > 1 and s.time < 2", "& | ~ with brackets"),
        ("v = not s.time > 1", "& | ~ with brackets"),
        ("v = 0 < s.time < 1", "& | ~ with brackets"),
        ("v = np.where(s_next, 1.0, 0.0)", "'s_next' is the state after the step"),
        ("if s: pass", "'s' is the state before the step"),
        ("v = s_next - s", "'s_next' is the state after the step"),
        ("v = float(s_next)", "read its fields, as in s_next.torso_height"),
        ("v = s_next > 0.5", "no array, no number"),
    ],
)
def test_what_mixes_rows_or_has_no_truth_value_is_told(line, words):
    assert words in told(body(line))


@pytest.mark.parametrize(
    "line",
    [
        "v = np.linalg.norm(a, axis=1) + np.sum(a * a, 1) + a.max(-1)",
        "v = np.percentile(a, 50, 1) + np.linalg.norm(a, 2, 1)",
        "v = [np.sum(row) for row in a]",
        "v = sum([s.time, s_next.time])",
        "v = sum(a[i].sum() for i in range(2))",
        "f = lambda a: a.max()\n    v = f(np.ones(3))",
        "v = max(1.0, 2.0) if len(a) else 0.0",
        "v = 1.0 if a.shape[1] > 2 and a.ndim == 2 else 0.0",
        "v = [x.time for x in (s, s_next)]",
        "v = 1.0 if s is not None else 0.0",
        "v = np.divide(a, 2.0, out=np.zeros_like(a), where=a > 0)",
        "v = 1.0 if 'x' in {'x', 'y'} else len({1, 2})",
        "v = sorted({2, 1})[0]",
        "names = {'x', 'y'}\n    v = 'x' in names",
    ],
)
def test_what_works_row_by_row_is_no_problem(line):
    assert told(body(line)) == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("v = [x for x in {'a', 'b'}]", "a set has no order"),
        ("v = list(set(['a', 'b']))", "a set has no order"),
        ("names = {'a', 'b'}\n    v = [x for x in names]", "a set has no order"),
        ("v = max({n: 1 for n in {'a', 'b'}})", "a set has no order"),
        ("kind = set\n    v = kind('ab')", "a set has no order"),
        ("v = [x for x in {'a': 1}.keys() | {'b': 1}.keys()]", "a set has no order"),
        ("v = {x for x in 'ab'}", ""),
        ("v = np.add(a, 1.0, a)", "np.add takes 2 arrays and writes into the next"),
        ("v = np.exp(a, where=a > 0)", "leaves the other rows undefined"),
        ("v = []\n    list.append(v, 1)", "call methods on the value"),
    ],
)
def test_what_differs_between_processes_or_calls_is_told(line, words):
    assert words in told(body(line))


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
    began = time.process_time()
    check(source, WIDTHS)
    assert time.process_time() - began < 0.4


def test_what_is_nested_too_deeply_is_one_problem():
    elifs = "".join(f"    elif a.ndim == {k}:\n        v = 1\n" for k in range(300))
    assert "nested more than 100 levels deep" in told(
        body("if a.ndim == 9:\n        v = 1\n" + elifs.rstrip())
    )
    assert told(body(f"v = {' + '.join(['s.time'] * 90)}")) == ""


def test_many_fields_are_not_listed():
    widths = {f"field_{i}": 0 for i in range(31)}
    (problem,) = check('def reward(s, a, b):\n    return {"x": s.field}', widths)
    assert "(fields" not in problem.message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import os", "only 'import numpy as np'"),
        ("import numpy.random as npr", "only 'import numpy as np'"),
        ("from os import system", "'from os import ...'"),
        ("from math import sinus", "'sinus' cannot be imported from math"),
        ("from math import pi as np", "cannot be imported from math"),
        ("from math import *", "'*' cannot be imported from math"),
        ("from typing import get_type_hints", "get_type_hints"),
        ("while True: pass", "'while'"),
        ("class A: pass", "'class'"),
        ("global t", "'global'"),
        ("try: pass\n    except ValueError: pass", "'try'"),
        ("with np.errstate(): pass", "'with'"),
        ("raise ValueError('x')", "'raise'"),
        ("del a", "'del'"),
        ("assert True", "'assert'"),
        ("yield 1", "'yield'"),
        ("async def f(): pass", "'async'"),
        ("v = s.__class__", "begin with '_'"),
        ("v = ().__class__.__base__", "begin with '_'"),
        ("v = s._values", "begin with '_'"),
        ("v = __builtins__", "two underscores"),
        ("v = eval('1')", "'eval': it is not defined or not allowed"),
        ("v = getattr(s, 'time')", "'getattr': it is not"),
        ("v = '{0.x}'.format(s)", "f-string"),
        ("s.time = 0", "cannot be set"),
        ("s.time[:] = 0", "writes into 's'"),
        ("a[:] = 0", "writes into 'a'"),
        ("a += 1", "writes into 'a'"),
        ("v = s.time\n    v *= 2", "writes into 'v'"),
        ("v = s.time\n    v[0] = 2", "writes into 'v'"),
        ("v = np.clip(a, 0, 1, out=a)", "'out='"),
        ("v = np.clip(**{'a': a})", "'**' in a call"),
        ("v = 2 ** 1000000", "exponent over 100"),
        ("v = 9 ** 9 ** 9", "exponent over 100"),
        ("v = [0] * 1000000000", "repeating a sequence"),
        ("v = 10000000000000000000", "too large"),
        (f"v = {[1] * 300}", "256 elements"),
        ("v = np.random.rand(3)", "must be deterministic"),
        ("v = np.load('x')", "'np.load' is not available"),
        ("v = np.linalg.lstsq(a, a)", "'np.linalg.lstsq' is not available"),
        ("v = math.sinus(1)", "'math.sinus' is not available"),
        ("height = 1\n    v = hieght + 1", "nearest: height"),
        ("v = s[0]", "'s' has named fields"),
        ("v = s.shape", "'s' has no field 'shape'"),
        ("v = a.time", "'a' is the action"),
        ("v = a.tofile('x')", "no field 'tofile'"),
        ("np = 3", "must stay the module"),
        ("v += 1", "'v' has no value yet"),
        ("def f(x=[]): return x", "default argument"),
        ("v = 1 << 3", "'<<'"),
    ],
)
def test_a_refused_line_is_told_with_its_reason(line, words):
    message = told(body(line))
    assert words in message
    assert message.startswith(("line 2", "line 3"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "there is no function 'reward'"),
        ("reward = lambda s, a, t: {'x': s.time}", "there is no function 'reward'"),
        ("def reward(s, a): return {'x': s.time}", "exactly three arguments"),
        ("def reward(s, a, t, k=1): return {'x': s.time}", "exactly three arguments"),
        ("def reward(*args): return {'x': 1}", "exactly three arguments"),
        ("def reward(s, a, t): pass", "returns nothing"),
        ("def reward(s, a, t): return", "return a dict"),
        ("def reward(s, a, t): return {}", "is empty"),
        ("def reward(s, a, t): return 1.0, {}", "is empty"),
        ("def reward(s, a, t): return 1.0, {'x': 1}, 3", "(total, {...})"),
        ("@np.vectorize\ndef reward(s, a, t): return {'x': 1}", "decorators"),
        (body("C['n'] = 1", before="C = {}\n"), "a constant of the module"),
        (body("C.append(1)", before="C = []\n"), "a constant of the module"),
        ("x = 1\n" * 10_001, "at most 20000"),
    ],
)
def test_a_source_that_is_no_reward_says_why(source, words):
    assert words in told(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def reward(s, a, s_next:",
        "\0",
        "\ud800",
        "'\\d'",
        "(" * 15_000,
        "-" * 15_000 + "1",
        "x = " + "1+" * 9_000 + "1",
        "x" + ".a" * 9_000,
        "x = " + "9" * 10_000,
        "\n".join(" " * i + "if 1:" for i in range(150)),
        "return 1",
        "def reward(s, s, s): return {'x': 1}",
        "def reward(s, a, t): return {'x': s." + "T." * 300 + "T}",
    ],
)
def test_broken_text_becomes_a_problem_and_never_an_exception(source):
    assert check(source, WIDTHS)


def test_a_name_of_a_comprehension_is_unknown_outside():
    assert "'i': it is not defined" in told(body("v = [i for i in range(3)]", "w = i"))


def test_no_mutilated_reward_makes_the_check_raise():
    rng = random.Random(0)
    for source in CORPUS["REWARDS"].values():
        for _ in range(20):
            i, j = sorted(rng.choices(range(len(source)), k=2))
            k = rng.randrange(len(source))
            check(source[:i] + source[k : k + 9] + source[j:], WIDTHS)
            check(source[:i] + source[i + 1 :], WIDTHS)
