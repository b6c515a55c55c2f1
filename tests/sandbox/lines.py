"""Rewards made of lines, and what the static check says of them."""

import runpy
from pathlib import Path

from sandbox import check_source

CORPUS = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
WIDTHS = CORPUS["WIDTHS"]


def body(*lines, before=""):
    """A reward with these lines, from line 2 on."""
    text = "".join(f"    {line}\n" for line in lines)
    return f'{before}def reward(s, a, s_next):\n{text}    return {{"x": s.time}}\n'


def told(source):
    return "\n".join(map(str, check_source(source, WIDTHS)))
