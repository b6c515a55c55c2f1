"""Replies as models really send them, and what is kept of each.

Called here in this process, which only a test may do.
"""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from sandbox.extract import Extracted, NoCode, extract

HEAD = "def reward(s, a, s_next):\n"
REWARD = HEAD + "    return s_next - s\n"
OLD = HEAD + "    return 0.0 * s\n"
HELPED = HEAD + "    return gain(s_next) - s\n"
GAIN = "def gain(x):\n    return WEIGHT * x\n"
SCALE = "WEIGHT = 2.0\n"
NUMPY = "import numpy as np\n"
SQUARED = HEAD + "    return np.square(s_next - s)\n"
FUTURE = "from __future__ import annotations\n"
NAMED = REWARD.replace("reward", "get_reward")
CALC = "def calc(s, a, s_next):\n    return own_reward(s_next) - s\n"
OWN = "def own_reward(x):\n    return x\n"
EARLY = HEAD + "    if a is None:\n        return 0.0 * s\n"
INNER = HEAD + "    def f():\n        return 1\n    f()\n"
METHOD = "class Walk:\n    def reward(self, s, a, s_next):\n        return s\n"
LARGER = HEAD + "    return s_next * (s_next > s)\n"
TABBED = HEAD + "\tbonus = 1.0\n\treturn s_next - s + bonus\n"
QUOTED = HEAD + "    return s, {'still': s}\n"
ESCAPED = HEAD + "    '''As \\d says.'''\n    return s\n"
ARGUMENTS = "def reward(*args):\n    return args[2] - args[0]\n"
TABLE = "W = {}\nW['s'] = 2\n" + HEAD + "    return W['s'] * s\n"
PROMPTED = ">>> " + HEAD + "...     return s_next - s\n...\n>>> reward(1, 2, 3)\n2\n"
TYPED = f"""from typing import Any
{NUMPY}
def still(f: Any) -> Any:
    return f

@still
def reward(s: np.ndarray, a: "Any", s_next: np.ndarray) -> tuple[Any, dict[str, Any]]:
    return s, {{"s": s}}
"""
NESTED = f"""{NUMPY}
# how much a step forward counts
WEIGHT = 2.0

def reward(s, a, s_next):
    '''Forward, not far.'''
    def squash(x):
        return np.tanh(x)

    forward = WEIGHT * squash(s_next - s)
    return forward, {{"forward": forward}}
"""


def fenced(code: str, tag: str = "python", fence: str = "```") -> str:
    return f"Here it is:\n\n{fence}{tag}\n{code}{fence}\n\nIt should run well.\n"


def indented(text: str, margin: str) -> str:
    return margin + text.strip("\n").replace("\n", "\n" + margin) + "\n"


@dataclass(frozen=True)
class No:
    """The reply is refused, and the reason holds these words."""

    words: str


CASES: dict[str, tuple[str, str | No]] = {
    "a fenced block": (fenced(REWARD), REWARD),
    "no language tag": (fenced(REWARD, ""), REWARD),
    "tildes": (fenced(REWARD, "", "~~~"), REWARD),
    "four backticks": (fenced(REWARD, "py", "````"), REWARD),
    "a tag with a title": (fenced(REWARD, 'python title="x"'), REWARD),
    "imports, constants, an inner function": (fenced(NESTED), NESTED),
    "Windows line ends": (fenced(NESTED).replace("\n", "\r\n"), NESTED),
    "a byte order mark": ("\ufeff" + REWARD, REWARD),
    "a reply inside a fence": (f"````markdown\n{fenced(REWARD)}````\n", REWARD),
    "a changed constant": (fenced(TABLE), TABLE),
    "cut after a comma": (f"```\n{REWARD[:-1]},", No("middle of the code")),
    "tabs": (fenced(TABBED), TABBED),
    "the whole reply is Python": (NESTED, NESTED),
    "a fence in a list": ("1. It:\n" + indented(fenced(REWARD), "   "), REWARD),
    "a fence after a list mark": (f"- ```python\n{REWARD}```\n", REWARD),
    "a fence in a quotation": (indented(fenced(REWARD), "> "), REWARD),
    "the new version comes last": (fenced(OLD) + fenced(REWARD), REWARD),
    "the new version has another name": (fenced(OLD) + fenced(NAMED), REWARD),
    "both versions in one block": (fenced(OLD + REWARD), REWARD),
    "a usage example": (fenced(REWARD) + fenced("print(reward(s, a, t))\n"), REWARD),
    "a usage example in a function": (
        fenced(REWARD) + fenced("def main():\n    print(reward(1, 2, 3))\n"),
        REWARD,
    ),
    "a demonstration in the same block": (
        fenced(REWARD + "\ns = env.reset()\nreward = reward(s, 0, s)\nprint(reward)\n"),
        REWARD,
    ),
    "a sketch after it": (fenced(REWARD) + fenced(HEAD + "    ...\n"), REWARD),
    "a diff after it": (fenced(REWARD) + fenced("-  x\n+  y\n", "diff"), REWARD),
    "a second opening instead of a closing": (f"```\n{OLD}```py\n{REWARD}```", REWARD),
    "a helper before": (fenced(SCALE + GAIN + HELPED), SCALE + GAIN + HELPED),
    "a helper after": (fenced(HELPED + GAIN + SCALE), HELPED + GAIN + SCALE),
    "helpers in other blocks, transitively": (
        fenced(SCALE) + fenced(HELPED) + fenced(GAIN),
        SCALE + GAIN + HELPED,
    ),
    "the latest helper wins": (
        fenced("WEIGHT = 9.0\n" + GAIN) + fenced(SCALE) + fenced(HELPED),
        GAIN + SCALE + HELPED,
    ),
    "an import in another block": (
        fenced(NUMPY + "import os\n") + fenced(SQUARED),
        NUMPY + SQUARED,
    ),
    "a future import stays first": (
        fenced(SCALE + GAIN) + fenced(FUTURE + HELPED),
        FUTURE + SCALE + GAIN + HELPED,
    ),
    "an unclosed fence": (f"```python\n{REWARD}", REWARD),
    "an unclosed fence, then prose": (f"```\n{REWARD}\nI hope it works.\n", REWARD),
    "an unclosed fence, then a list": (f"```\n{REWARD}- `s`: the state\n", REWARD),
    "only the closing fence": (f"{REWARD}```\nThat is all.\n", REWARD),
    "no fence, prose with the word def": (
        f"I would def start simple.\n\n{REWARD}\nThe def above is short\n",
        REWARD,
    ),
    "types and a decorator": (fenced(TYPED), TYPED),
    "another name": (fenced(NAMED), REWARD),
    "an alias in the reply": (fenced(NAMED + "reward = get_reward\n"), REWARD),
    "a helper with the word in its name": (
        fenced(OWN + CALC),
        OWN + CALC.replace("calc", "reward"),
    ),
    "other parameter names": (
        fenced(REWARD.replace(" a,", " u,")),
        REWARD.replace(" a,", " u,"),
    ),
    "an extra parameter with a default": (
        fenced(REWARD.replace("xt)", "xt, k=2)")),
        REWARD.replace("xt)", "xt, k=2)"),
    ),
    "star arguments": (fenced(ARGUMENTS), ARGUMENTS),
    "code in the reasoning": (f"<think>\n{fenced(OLD)}\n</think>\n{REWARD}", REWARD),
    "no-break spaces": (fenced(REWARD.replace("    ", "\xa0" * 4)), REWARD),
    "smart quotes": (fenced(QUOTED.replace("'", "\u2019")), QUOTED),
    "JSON": (json.dumps({"thought": "hm", "code": REWARD}), REWARD),
    "fenced JSON": (fenced(json.dumps({"reward": REWARD}) + "\n", "json"), REWARD),
    "JSON with a fence": (json.dumps({"code": fenced(REWARD)}), REWARD),
    "prompts": (fenced(PROMPTED), REWARD),
    "line numbers": (fenced("1: " + HEAD + "2:     return 0.0 * s\n"), OLD),
    "invalid escapes": (fenced(ESCAPED), ESCAPED),
    "an unclosed fence, then a heading in capitals": (
        f"```python\n{REWARD}\nREASONING:\nFaster is better, so x = 2.\n",
        REWARD,
    ),
    "an unclosed fence, then remarks": (
        f"```\n{REWARD}\nNote that s = 0 at rest\n  * so it pays nothing\n",
        REWARD,
    ),
    "remarks inside of a fence": (
        fenced(f"{REWARD}\nWHY: it pays for speed\n"),
        REWARD,
    ),
    "a tag of HTML": (f"<code>\n{REWARD}</code> pays for speed.\n", REWARD),
    "tags in tags": (f"<pre><code class='py'>{REWARD}</code></pre>\nDone.", REWARD),
    "a tag of a language": (f"Here:\n<python>\n{REWARD}</python>\n", REWARD),
    "tags of a chat model": (f"[PYTHON]\n{REWARD}[/PYTHON]\nSo it runs.", REWARD),
    "signs as HTML": (f"<code>{LARGER.replace('>', '&gt;')}</code>", LARGER),
    "a fence inside of a tag": (f"<code>\n{fenced(REWARD)}</code>\n", REWARD),
    "the old version comes last": (
        f"{fenced(NAMED)}For comparison, this is what the original one was:\n"
        + fenced(OLD)[13:],
        REWARD,
    ),
    "the old version under a heading": (
        f"{fenced(REWARD)}## Before\n\nIt paid for nothing.\n\n{fenced(OLD)[13:]}",
        REWARD,
    ),
    "the old version under a comment": (
        fenced(f"{REWARD}\n# the previous version\n{OLD}"),
        REWARD,
    ),
    "the old version by its name": (
        fenced(REWARD) + fenced(OLD.replace("reward", "old_reward")),
        REWARD,
    ),
    "an improved version of the previous one": (
        f"{fenced(OLD)}The improved version of the previous reward:\n"
        + fenced(REWARD)[13:],
        REWARD,
    ),
    "only a previous version": (
        "The previous version was:\n" + fenced(REWARD)[13:],
        REWARD,
    ),
    "a helper that is named reward": (
        fenced(
            "def reward(x):\n    return x\n\n" + CALC.replace("own_reward", "reward")
        ),
        No("calc uses another function that is named reward"),
    ),
    "an empty reply": (" \n", No("empty")),
    "a refusal": ("I can't help with that.", No("no Python function")),
    "an HTML page": ("<!DOCTYPE html><p>502</p>", No("HTML")),
    "a very long reply": ("x" * 200_001, No("longer than 200,000")),
    "very long code": (fenced(REWARD + "# x\n" * 9000), No("longer than 30,000")),
    "unfinished reasoning": ("<think>\n" + fenced(OLD), No("inside its reasoning")),
    "cut in a line": (f"```\n{REWARD[:-1]} - (", No("middle of the code: '(' was")),
    "cut in a name": (f"```\n{REWARD[:-1]} - s_ne", No("middle of the code")),
    "cut before the return": (f"```\n{HEAD}    x = s\n", No("middle of the code")),
    "cut after an early return": (f"```\n{EARLY}", No("middle of the code")),
    "cut in the docstring": (f'```\n{HEAD}    """Go\nfar fast', No("middle of the")),
    "cut in the new version": (fenced(OLD) + f"```\n{HEAD}", No("middle of the code")),
    "cut without a fence": (f"Well:\n{REWARD[:-1]} - (", No("middle of the code")),
    "a syntax error": (
        fenced(REWARD[:-1] + ")\n"),
        No("')' (line 2: 'return s_next - s)')"),
    ),
    "an error in the new version": (fenced(OLD) + fenced(REWARD + ")\n"), No("line 3")),
    "an async function": (fenced("async " + REWARD), No("is an async function")),
    "a method": (fenced(METHOD), No("a method of class Walk")),
    "two parameters": (
        fenced(REWARD.replace(" a,", "")),
        No("reward(s, s_next) can't"),
    ),
    "four parameters": (
        fenced(REWARD.replace("xt)", "xt, k)")),
        No("s_next, k) can't"),
    ),
    "a needed keyword": (fenced(REWARD.replace("xt)", "xt, *, k)")), No("*, k) can't")),
    "no return": (fenced(REWARD.replace("return", "x =")), No("no return statement")),
    "a return outside": (
        fenced(HEAD + "    x = 1\nreturn x\n"),
        No("'return' outside"),
    ),
    "only an inner return": (fenced(INNER), No("no return statement")),
}
S, A, S_NEXT = np.array([1.0, 2.0]), np.zeros((2, 1)), np.array([3.0, 5.0])


def call(source: str) -> object:
    module: dict[str, object] = {}
    exec(compile(source, "reward.py", "exec", dont_inherit=True), module)
    reward = module["reward"]
    assert callable(reward)
    total = reward(S, A, S_NEXT)
    return total[0] if isinstance(total, tuple) else total


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
@pytest.mark.parametrize(("reply", "expected"), CASES.values(), ids=CASES)
def test_exactly_the_reward_and_its_needs_are_kept(reply: str, expected: str | No):
    match extract(reply):
        case Extracted(source):
            assert source == expected
        case NoCode(reason):
            assert isinstance(expected, No), reason
            assert expected.words in reason


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
def test_all_that_is_kept_can_be_called_on_arrays():
    for reply, expected in CASES.values():
        if isinstance(expected, str):
            found = extract(reply)
            assert isinstance(found, Extracted)
            assert np.shape(call(found.source)) == (2,)


def test_helpers_from_other_blocks_give_the_number_worked_out_by_hand():
    found = extract(CASES["the latest helper wins"][0])
    assert isinstance(found, Extracted)
    np.testing.assert_array_equal(call(found.source), [2 * 3 - 1, 2 * 5 - 2])


def test_lines_keep_the_numbers_of_the_block_that_they_stood_in():
    reply = fenced(f"\n{SCALE}") + fenced(f"\n\n# {'x' * 9}\n{HELPED}\n{GAIN}")
    found = extract(reply)
    assert isinstance(found, Extracted)
    lines = found.source.split("\n")
    places = dict(zip(lines, found.numbers, strict=False))
    assert places[SCALE.strip()] == 2
    assert places[HEAD.strip()] == 4
    assert places[GAIN.split("\n")[0]] == 7


@pytest.mark.parametrize("cut", range(len(HEAD), len(REWARD) - 1))
def test_a_cut_reply_never_gives_less_than_a_whole_return(cut: int):
    match extract("```python\n" + REWARD[:cut]):
        case Extracted(source):
            # `return s` and `return s_next` are whole: see "Not covered" in extract.
            assert source.split("return ")[1].strip() in {"s", "s_next", "s_next - s"}
