"""Reading replies in a process of its own: what comes back, and what can't get out."""

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import NoReward, Reader, Reading, SandboxError, available, read_reply
from sandbox.read import READER_LIMITS, UnreadError, parse_answer

WIDTHS = {"x_velocity": 0, "time": 0}
HEAD = "def reward(s, a, s_next):\n"
REWARD = HEAD + '    """Run."""\n    return {"run": s_next.x_velocity}\n'
LONGEST_S = 3.0


@pytest.fixture(scope="module")
def reader():
    with Reader() as reader:
        yield reader


def fenced(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}```\n"


def tower(levels: int) -> str:
    """Blocks whose compilation costs twice as much at each level."""
    lines = [HEAD.rstrip()]
    for k in range(1, levels + 1):
        pad = " " * k
        lines += [f"{pad}try:", f"{pad} pass", f"{pad}finally:"]
    lines += [" " * (levels + 1) + "pass", " return {'x': s_next.time}"]
    return fenced("\n".join(lines) + "\n")


def branches(count: int) -> str:
    more = "".join(
        f"    elif a.shape[1] == {k}:\n        w = {k}.0\n" for k in range(count)
    )
    first = HEAD + "    if a.shape[1] > 99:\n        w = 0.5\n"
    return fenced(f"{first}{more}    return {{'x': w * s_next.time}}\n")


@pytest.mark.parametrize("walls", available(), ids=str)
def test_a_reply_is_read_behind_all_walls(walls):
    reading = read_reply(fenced(REWARD), WIDTHS, walls)
    assert isinstance(reading, Reading)
    assert (reading.source, reading.problems) == (REWARD, ())


def test_a_code_that_would_take_gigabytes_is_refused_and_the_next_is_read(reader):
    answer = reader.read(tower(19), WIDTHS)
    assert isinstance(answer, NoReward)
    assert "nested" in answer.reason
    assert isinstance(reader.read(fenced(REWARD), WIDTHS), Reading)


ENDLESS = {
    "signs": "x = " + "-" * 20_000 + "1\n" + REWARD,
    "brackets": REWARD + "y = " + "(" * 5000,
    "lists": "[" * 9000,
    "sums": REWARD + "y = " + "+".join(["1"] * 9000),
    "attributes": REWARD + "y = 1" + ".a" * 9000,
}


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS)
def test_a_code_without_end_is_refused_in_words(reader, code: str):
    answer = reader.read(fenced(code + "\n"), WIDTHS)
    if isinstance(answer, Reading):
        assert answer.problems
    else:
        assert answer.reason.isprintable()


def test_a_long_chain_of_branches_has_a_shape(reader):
    one, other = (reader.read(branches(k), WIDTHS) for k in (60, 61))
    assert isinstance(one, Reading)
    assert isinstance(other, Reading)
    assert len({one.shape, other.shape, ""}) == 3


@pytest.mark.parametrize(
    "reply",
    [
        "a = b\n" * 33_000,
        "```\na\n```\n" * 20_000,
        "```\nx = f'" + "{a}" * 60_000 + "'\n```",
        fenced(REWARD + "x = f'" + "{a}" * 9_000 + "'\n"),
        fenced(REWARD + "x = [" + "a," * 14_000 + "a a]\n"),
        fenced(REWARD + "s = s\n" * 4_900),
        fenced(REWARD + "".join(f"v{k} = u{k}\n" for k in range(1500))),
        "A a" + " a" * 99_000,
        "def reward" * 20_000,
        "`" * 200_000,
        "{" * 200_000,
        '{"code": ' * 20_000,
        "<think>" * 28_000,
        "<code>" * 33_000,
        "[PYTHON]def " * 16_000,
        "previous " * 22_000 + "\n```\n" + REWARD,
        " " * 199_999 + "x",
        "'" * 200_000,
        "\ud800" * 200_000,
        "\x1b[" * 100_000,
        tower(15),
    ],
    ids=range(21),
)
def test_no_reply_takes_long_to_read(reader, reply: str):
    began = time.monotonic()
    reader.read(reply, WIDTHS)
    assert time.monotonic() - began < LONGEST_S


def test_a_text_that_is_late_is_given_up():
    with Reader(limits=replace(READER_LIMITS, call_s=1e-5)) as hasty:
        answer = hasty.read(fenced(REWARD), WIDTHS)
    assert isinstance(answer, NoReward)
    assert "took longer than 1e-05 s" in answer.reason


def test_a_process_that_cannot_start_is_our_own_trouble():
    small = Reader(limits=replace(READER_LIMITS, start_s=1e-5))
    with small, pytest.raises(SandboxError, match="did not start"):
        small.read(fenced(REWARD), WIDTHS)


def test_the_process_ends_with_the_reader():
    with Reader() as reader:
        reader.read(fenced(REWARD), WIDTHS)
        pid = reader._child.process.pid
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()


def test_a_text_at_which_the_process_is_killed_is_read_once_more():
    with Reader() as reader:
        first = reader.read(fenced(REWARD), WIDTHS)
        os.kill(reader._child.process.pid, signal.SIGKILL)
        assert reader.read(fenced(REWARD), WIDTHS) == first


def test_problems_stand_in_the_lines_of_the_author_s_own_block(reader):
    helper = "Helper:\n```\n\nSCALE = 2.0\nOTHER = 1\n```\n"
    main = fenced("\n\n" + HEAD + "    v = s.speed\n    return {'v': SCALE * v}\n")
    reading = reader.read(helper + main, WIDTHS)
    assert reading.source.startswith("SCALE = 2.0\ndef reward(")
    (problem,) = reading.problems
    assert problem.startswith("line 4 (v = s.speed): 's' has no field 'speed'")


def test_the_list_of_fields_comes_once(reader):
    code = HEAD + "    return {'a': s.aa, 'b': s.bb, 'c': s_next.cc}\n"
    problems = reader.read(fenced(code), WIDTHS).problems
    assert len(problems) == 3
    assert sum("x_velocity, time" in problem for problem in problems) == 1


def test_lines_of_a_fault_are_translated_too(reader):
    reading = reader.read(fenced("\n\n# why\n" + REWARD), WIDTHS)
    fault = "error: line 3, in reward: return ...\nTypeError: line 3 of it"
    assert reading.in_authors_lines(fault) == fault.replace("3, in", "5, in")


def test_spacing_comments_docstrings_and_types_do_not_make_another_reward(reader):
    plain = reader.read(fenced(REWARD), WIDTHS)
    same = 'def reward(s, a: "A", s_next) -> dict:\n\n    # go\n    return {\n'
    same = reader.read(fenced(same + "'run': s_next.x_velocity}\n"), WIDTHS)
    other = reader.read(fenced(REWARD.replace("x_velocity", "time")), WIDTHS)
    renamed = reader.read(fenced(REWARD.replace("reward", "get_reward")), WIDTHS)
    assert plain.shape == same.shape == renamed.shape != other.shape


def test_the_thought_is_one_short_line_of_the_reward_s_own_docstring(reader):
    helper = 'def bump(x):\n    """A bump."""\n    return x\n'
    for text, thought in {
        "Hop.\n\n    And on.": "Hop.",
        "\\ud83d\\ude80 \\x1b[31mup": "\U0001f680 up",
        "x" * 300: "x" * 199 + "…",
    }.items():
        code = helper + HEAD + f'    """{text}"""\n    return {{"x": s.time}}\n'
        assert reader.read(fenced(code), WIDTHS).thought == thought
    without = HEAD + '    return {"x": s.time}\n'
    assert reader.read(fenced(without), WIDTHS).thought == ""


def test_a_name_in_letters_that_look_like_others_is_refused_by_name(reader):
    code = HEAD + "    \u0430x = s.time\n    return {'x': \u0430x}\n"
    problem = reader.read(fenced(code), WIDTHS).problems[0]
    letter = "the letter '\u0430' (U+0430, cyrillic small letter a)"
    assert f"the name '\u0430x' has {letter}" in problem
    greek = HEAD + "    θ, Δω = s.time, 1.0\n    return {'x': θ * Δω}\n"
    assert reader.read(fenced(greek), WIDTHS).problems == ()


def test_invisible_letters_are_dropped(reader):
    code = REWARD.replace("reward", "re\u200bward").replace("run", "r\u202eun")
    assert reader.read(fenced(code), WIDTHS).source == REWARD


GOOD = {"source": REWARD, "problems": [], "shape": "", "thought": "", "numbers": [1]}
UNTRUE = {
    "no JSON": b"{",
    "deep JSON": b"[" * 100_000,
    "a list": b"[]",
    "nothing": b"{}",
    "a reason that is a number": b'{"reason": 1}',
    "more than asked": json.dumps(GOOD | {"run": "x"}).encode(),
    "an escape in the source": json.dumps(GOOD | {"source": "\x1b[1m"}).encode(),
    "half a pair": json.dumps(GOOD | {"source": "\ud800"}).encode(),
    "a long source": json.dumps(GOOD | {"source": "x" * 200_001}).encode(),
    "a shape that is a path": json.dumps(GOOD | {"shape": "../x"}).encode(),
    "numbers that are true": json.dumps(GOOD | {"numbers": [True]}).encode(),
    "huge numbers": json.dumps(GOOD | {"numbers": [10**30]}).encode(),
}


@pytest.mark.parametrize("content", UNTRUE.values(), ids=UNTRUE)
def test_what_the_process_says_is_not_believed(content: bytes):
    with pytest.raises(UnreadError, match="broke the protocol"):
        parse_answer(content)


def test_words_of_the_process_are_cleaned_and_cut():
    said = {"problems": ["a\x1b[1mb\n" * 900] * 90, "thought": "\u202e" + "x" * 999}
    reading = parse_answer(json.dumps(GOOD | said).encode())
    assert len(reading.problems) == 20
    assert all(p.isprintable() and len(p) <= 600 for p in reading.problems)
    assert reading.thought == "x" * 199 + "…"
    reason = parse_answer(json.dumps({"reason": "\x07no\n" * 900}).encode()).reason
    assert reason.isprintable()
    assert len(reason) <= 600
