import random

import numpy as np
import pytest

from sandbox import check_source
from sandbox.arrays import _MIXES_COLUMNS
from sandbox.names import LINALG, NUMPY, UFUNC_INPUTS
from tests.sandbox.lines import CORPUS, WIDTHS, body, told


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


def test_many_fields_are_not_listed():
    widths = {f"field_{i}": 0 for i in range(31)}
    (problem,) = check_source('def reward(s, a, b):\n    return {"x": s.field}', widths)
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
    assert check_source(source, WIDTHS)


def test_a_name_of_a_comprehension_is_unknown_outside():
    assert "'i': it is not defined" in told(body("v = [i for i in range(3)]", "w = i"))


def test_no_mutilated_reward_makes_the_check_raise():
    rng = random.Random(0)
    for source in CORPUS["REWARDS"].values():
        for _ in range(20):
            i, j = sorted(rng.choices(range(len(source)), k=2))
            k = rng.randrange(len(source))
            check_source(source[:i] + source[k : k + 9] + source[j:], WIDTHS)
            check_source(source[:i] + source[i + 1 :], WIDTHS)


def test_the_table_of_ufuncs_is_numpy_s_own() -> None:
    ufuncs = {name: getattr(np, name) for name in NUMPY}
    inputs = {n: f.nin for n, f in ufuncs.items() if isinstance(f, np.ufunc)}
    assert inputs == UFUNC_INPUTS
    assert {n for n in inputs if ufuncs[n].signature} == _MIXES_COLUMNS
