"""What models put round code instead of a fence: tags, LaTeX, JSON; and lambdas.

Called here in this process, which only a test may do.
"""

import json
import time

import pytest

from sandbox.extract import Extracted, NoCode, extract

CODE = "def reward(s, a, s_next):\n    v = s_next - s\n    return {'v': v}\n"
CALL = json.dumps({"name": "submit", "arguments": {"code": CODE}})
FENCED = f"```py\n{CODE}```"
STEPS = CODE.replace(
    "    v", '    """Pays for\n\n    <speed> per\n    <step>\n    """\n    v'
)
FORMS = {
    "a tag of a chat model": f"Sure.\n\n<answer>\n{CODE}</answer>\n",
    "a tag on the same line": f"<answer>{CODE}</answer> It pays for speed.",
    "a tag with a name of its own": f"<reward_function>\n{CODE}</reward_function>",
    "tags in a row": f"<function=send><parameter=code>{CODE}</parameter></function>",
    "a tool call of tags": (
        f"<tool_call>\n<function=send>\n<parameter=code>\n{CODE}</parameter>\n"
        "</function>\n</tool_call>\nThat is all."
    ),
    "a tag with attributes": f'<file path="reward.py">\n{CODE}</file>',
    "CDATA": f"<answer><![CDATA[\n{CODE}]]></answer>",
    "words in a tag": f"<answer>\nThis one pays for speed:\n\n{CODE}</answer>",
    "words between tags": f"<plan>\nPay for speed.\n</plan>\n<code>\n{CODE}</code>",
    "a tag that is never closed": f"<answer>\n{CODE}",
    "a tag that is only closed": f"{CODE}</answer>\n",
    "brackets": f"[ANSWER]\n{CODE}[/ANSWER]",
    "LaTeX": f"\\begin{{lstlisting}}[language=Python]\n{CODE}\\end{{lstlisting}}\nEnd.",
    "LaTeX with braces": f"\\begin{{minted}}{{python}}\n{CODE}\\end{{minted}}",
    "plain LaTeX": f"So:\n\\begin{{verbatim}}\n{CODE}\\end{{verbatim}}",
    "a tool call of JSON": f"<tool_call>\n{CALL}\n</tool_call>",
    "a fenced tool call": f"```json\n{CALL}\n```",
    "arguments as a text": json.dumps({"name": "send", "arguments": CALL}),
    "a list of calls": json.dumps([{"type": "function", "function": json.loads(CALL)}]),
    "a list of lines": json.dumps({"code": CODE.split("\n")}),
    "JSON among words": f"Here it is:\n{CALL}\nDone.",
    "fenced JSON with a fence": f"```json\n{json.dumps({'code': FENCED})}\n```",
    "a docstring with signs": STEPS,
}


@pytest.mark.parametrize(("name", "reply"), FORMS.items(), ids=FORMS)
def test_the_function_is_taken_out_of_what_surrounds_it(name: str, reply: str):
    found = extract(reply)
    assert isinstance(found, Extracted), found
    assert found.source == (STEPS if reply is STEPS else CODE)


def test_a_lambda_is_refused_for_what_it_is():
    helper = "def double(x):\n    return 2 * x\n"
    for before in ("", helper):
        code = f"{before}reward = lambda s, a, s_next: {{'v': s}}\n"
        found = extract(f"```python\n{code}```")
        assert isinstance(found, NoCode)
        assert "reward is a lambda; write it as 'def reward(" in found.reason


def test_a_constant_that_the_function_changes_is_kept():
    code = CODE.replace("    v =", "    K += 1\n    v = K * ")
    found = extract(f"```python\nK = 1.0\n{code}```")
    assert isinstance(found, Extracted)
    assert found.source == f"K = 1.0\n{code}"


WEIGHTED = "def reward(s, a, s_next):\n    return {'v': s_next.x @ W}\n"
MADE = "W = np.ones(3)\n"


@pytest.mark.parametrize(
    "change",
    [
        "for i in range(3):\n    W[i] = 0.5 ** i\n",
        "if len(W) > 2:\n    W[0] = 2.0\n",
        "W[len(W) - 1] = 5.0\n",
        "W[1:] *= 2.0; TOP = 3.0\n",
        "W.fill(2.0)\n",
        "D = [3.0]\nD.append(4.0)\nW[:2] = D\n",
    ],
)
def test_code_that_fills_a_table_of_the_reward_is_kept(change: str):
    found = extract(f"```python\n{MADE}{change}{WEIGHTED}```")
    assert isinstance(found, Extracted)
    assert found.source == MADE + change + WEIGHTED


def test_a_table_that_is_only_read_by_other_code_brings_none_of_it():
    demo = "longer = np.append(W, 1.0)\nlonger[0] = W.sum()\nprint(longer)\n"
    found = extract(f"```python\n{MADE}{WEIGHTED}{demo}```")
    assert isinstance(found, Extracted)
    assert found.source == MADE + WEIGHTED


def test_python_s_own_settings_are_no_advice_for_a_long_number():
    found = extract(f"```python\n{CODE.replace('s_next - s', '9' * 5000)}```")
    assert isinstance(found, NoCode)
    assert "write a float, like 1e20" in found.reason
    assert "sys." not in found.reason


@pytest.mark.parametrize(
    "reply",
    [
        "<a>" * 60_000,
        "<a" * 90_000,
        "{" * 190_000,
        '{"code":' * 20_000,
        "[x]\n" * 9_000,
    ],
)
def test_any_text_is_read_quickly(reply: str):
    began = time.process_time()
    extract(reply)
    assert time.process_time() - began < 2.0
