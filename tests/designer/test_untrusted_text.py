"""What the screen and the report make of text that means something to them."""

import pytest

from designer.authors.messages import quoted
from designer.report.markdown import escaped
from designer.terminal.screen import Screen
from prompts import fenced

MARKUP = "[/b] [red]x[/red] :smile: \x1b[2J|"


def test_the_screen_prints_markup_as_it_is_written(capsys):
    screen = Screen("s")
    screen.say(MARKUP)
    screen.table([["reward", "note"], ["designed", MARKUP]])
    said, _, row = capsys.readouterr().out.strip().split("\n")
    assert said == "[/b] [red]x[/red] :smile: |"
    assert row.split(maxsplit=1) == ["designed", said]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a | b\n# c", r"a \| b # c"),
        ("# a", r"\# a"),
        ("<img src=x>", r"\<img src=x>"),
        ("[a](javascript:b) ![c](d)", r"\[a\](javascript:b) !\[c\](d)"),
        ("http://a.b www.c.d", r"http:\//a.b www\.c.d"),
        ("`a` *b* ~~c~~ \\", r"\`a\` \*b\* \~\~c\~\~ \\"),
        ("forward_velocity is 0.5 - 1", "forward_velocity is 0.5 - 1"),
        ("- a list", r"\- a list"),
        ("-0.5 (-1 to 0)", "-0.5 (-1 to 0)"),
    ],
)
def test_a_line_of_the_report_has_no_meaning_of_its_own(text: str, line: str):
    assert escaped(text) == line


def test_a_fence_is_longer_than_any_inside_of_it():
    assert fenced("x = 1") == "```python\nx = 1\n```"
    assert fenced("# ````") == "`````python\n# ````\n`````"


def test_every_line_of_a_quotation_is_marked():
    assert quoted("a\r\nb\u2028c\x1b[1m\n# d") == "> a\n> b c\n> # d"
