"""A model's reply as plain text that can be quoted in the next prompt."""

import re

from sandbox import clean

_REASONING = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL)
_CLOSED = re.compile(r"^.*</(?:think|thinking|reasoning)>", re.DOTALL)
_FENCED = re.compile(
    r"^[ \t>]*(`{3,}|~{3,}).*?(^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_FENCE = re.compile(r"`{3,}|~{3,}")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|>|\|)[ \t]*", re.MULTILINE)


def prose(reply: str) -> str:
    """The reply without reasoning, code blocks, headings' marks and control characters.

    Every line is stripped; no empty line is left. '' where nothing remains.
    """
    text = _CLOSED.sub("", _REASONING.sub("", clean(reply)))
    text = _FENCE.sub("", _MARKS.sub("", _FENCED.sub("", text)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def cut(text: str, max_characters: int) -> str:
    """The text, cut after the last whole sentence, or word, within max_characters."""
    if len(text) <= max_characters:
        return text
    short = text[: max_characters - 2]
    end = max(short.rfind(mark) for mark in (". ", "! ", "? ", ".\n"))
    if end >= max_characters // 2:
        return short[: end + 1]
    return short.rsplit(None, 1)[0] + " …"
