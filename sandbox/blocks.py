"""The blocks of a reply that may hold code, and how the text of each may be meant.

Lines keep their numbers in the author's block, so that messages can name them. Runs in
the process that reads replies; standard library only.
"""

import contextlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from keyword import iskeyword, issoftkeyword
from textwrap import dedent

MAX_BLOCKS = 20
Lines = list[tuple[int, str]]  # line number in the author's block, text
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})([^`]*)$")
_TAG = re.compile(  # as in <code>, <parameter=code>, [/CODE], LaTeX and CDATA
    r"</?([a-z][\w.:-]*)(?:[ =][^<>\n]*)?>|\[/?([a-z_]+)\]|<!\[CDATA\[|\]\]>|"
    r"\\begin\{\w+\*?\}(?:[\[{].*)?|\\end\{\w+\*?\}",
    re.I,
)
_END_TAG = re.compile(r"</|\[/|\]\]>|\\end")
_CODE_TAGS = {"pre", "code", "python"}  # even in the middle of a line
_TAGGED = "tagged"  # the language of a fence that stands for a tag
_JSON_KEYS = ("code", "reward", "reward_code", "reward_function", "source", "python")
_JSON_START = re.compile(r"^[{[]", re.M)
_MAX_JSON_STARTS = 20
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
_PREFIX = re.compile(r"> ?| *\d+ ?[|:.]?")  # a quotation, or line numbers
_TYPOGRAPHY = str.maketrans("\xa0\u202f‘’“”−", "  ''\"\"-", "\u200b\ufeff")  # noqa: RUF001
_CODE = re.compile(  # how code without a fence may start
    r"(async )?def \w+ *\(|class \w|@\w|import \w|from \S+ import|[\w, ]+(:[^=]+)?=[^=]"
)
_CALL = re.compile(r"[\w.]+\(.*\)\s*$")
_PROSE = re.compile(  # sentences, list entries, rules and backticks: never Python
    r"[A-Z]\S* [^=]*[.!?:]$|\W*[A-Z][a-z]+[*_]*[.!?:]+[*_]*$|[-*_=]{3,}$|.*`"
    r"|[-*+] (?:\*\*|[\w ]+:)|\d+[.)] [A-Za-z]|•"
)
_TWO_WORDS = re.compile(
    r"(?<!\S)[*_]*([^\W\d_]+)[*_]*(?=\s+([^\W\d_]+)[.,;:!?]*(?!\S))"
)
_INFIX = {"and", "as", "else", "for", "if", "import", "in", "is", "not", "or"}
_OLD = re.compile(  # at the end of what introduces a block
    r"\b(previous|old|older|original|earlier|prior|before|parent|existing)\b"
    r"(?:[\s'`*()-]+\w+){0,4}\W*$|\bfor (comparison|reference)\b",
    re.I,
)
_NEW = re.compile(
    r"\b(new|improved|revised|updated|corrected|fixed|better|modified|replac\w+|"
    r"instead|now|rewritten)\b",
    re.I,
)
_MAX_INTRODUCTION = 300  # characters of a line that may introduce a block


@dataclass(frozen=True)
class Block:
    """A block of a reply that may hold code.

    open: no fence ends it, so prose may follow, or the reply may be cut off. old: the
    text above it calls it an earlier version. first: line number, in the author's
    block, of the first line. tagged: a tag or a LaTeX environment surrounds it, so
    prose may stand in it.
    """

    text: str
    open: bool
    old: bool = False
    first: int = 1
    tagged: bool = False


def blocks(text: str) -> list[Block]:
    """The fenced blocks, and the text outside them where none defines a function."""
    fenced, outside = _fenced(text)
    if not _defines(fenced):
        tagged, without_tags = _fenced(_tags_as_fences(text))
        if _defines(tagged):
            fenced, outside = tagged, without_tags
    if not _defines(fenced):
        words = "\n".join(outside)
        code = _json_among(words)
        fenced += blocks(code) if code else [Block(words, open=True)]
    return fenced[-MAX_BLOCKS:]


def code_from_json(text: str) -> str:
    """The code that a JSON object or list holds, or the text as it is."""
    try:
        return _code_in(json.loads(text, strict=False)) or text
    except (ValueError, RecursionError):
        return text


def _json_among(words: str) -> str:
    """The code of the first JSON among words that holds any, or ''."""
    decoder = json.JSONDecoder(strict=False)
    for start in itertools.islice(_JSON_START.finditer(words), _MAX_JSON_STARTS):
        with contextlib.suppress(ValueError, RecursionError):
            if code := _code_in(decoder.raw_decode(words, start.start())[0]):
                return code
    return ""


def _code_in(data: object) -> str:
    """The first text with a function in what JSON held, or ''.

    A text may be JSON itself, as the arguments of a tool call are, and a list of texts
    may be the lines of one.
    """
    match data:
        case str():
            if data.lstrip().startswith(("{", "[")):
                code = code_from_json(data)
                return "" if code is data else code
            return data if "def " in data else ""
        case [str(), *_] if all(isinstance(line, str) for line in data):
            code = "\n".join(map(str, data))
            return code if "def " in code else ""
        case dict():
            order = dict(zip(_JSON_KEYS, range(len(_JSON_KEYS)), strict=True))
            keys = sorted(data, key=lambda key: order.get(key, len(order)))
            return next(filter(None, (_code_in(data[key]) for key in keys)), "")
        case list():
            return next(filter(None, map(_code_in, data)), "")
    return ""


def _defines(fenced: list[Block]) -> bool:
    return any("def " in block.text for block in fenced)


def variants(block: Block) -> Iterator[tuple[Lines, bool]]:
    """The possible readings of a block, likeliest first, and whether each is a guess.

    The lines as sent, then in plain typography. In an open block prose is left out
    wherever it stands. Guesses come last: without HTML entities, and cut off at the
    first line after the code that can't be Python.
    """
    sent = list(enumerate(block.text.split("\n"), block.first))
    spellings = [sent, _plain(block)]
    for lines in spellings:
        yield lines, False
        if block.open or block.tagged:
            code_lines = [(k, line) for k, line in lines if not is_prose(line)]
            starts = (k for k, (_, line) in enumerate(code_lines) if _CODE.match(line))
            yield code_lines[next(starts, 0) :], False
    if any(entity in block.text for entity in _ENTITIES):
        spellings.append([(k, _without_entities(line)) for k, line in spellings[-1]])
        yield spellings[-1], True
    for lines in spellings:
        yield lines[: _end_of_code([line for _, line in lines])], True


def is_prose(line: str) -> bool:
    """Whether a line at the left margin can't be Python."""
    if line[:1] in ("", " ", "\t", "#"):
        return False
    line = re.sub(r"\"[^\"]*\"|(?<!\w)'[^']*'", "", line).split("#")[0]
    return bool(_PROSE.match(line)) or any(
        not (iskeyword(first) or issoftkeyword(first) or second in _INFIX)
        for first, second in _TWO_WORDS.findall(line)
    )


def is_old(introduction: str) -> bool:
    """Whether the text before code says that it is an earlier version."""
    line = introduction[-_MAX_INTRODUCTION:]
    return bool(_OLD.search(line)) and not _NEW.search(line)


def _fenced(text: str) -> tuple[list[Block], list[str]]:
    """The fenced blocks, and the lines outside of them."""
    fenced: list[Block] = []
    outside: list[str] = []
    inside, mark, tag, old = outside, "", "", False
    above = 0  # index of the first line that stands above the block
    for line in [*text.split("\n"), None]:
        fence = _FENCE.match(line) if line is not None else None
        if line is not None and not (fence and fence[1].startswith(mark)):
            inside.append(line)
            continue
        if mark and any(inside) and not tag.startswith("diff"):
            first = next(k for k, inner in enumerate(inside, 1) if inner)
            code = dedent("\n".join(inside)).strip("\n")
            if (held := code_from_json(code)) is not code:
                fenced += [replace(block, old=old) for block in blocks(held)]
            else:
                is_tagged = tag == _TAGGED
                fenced.append(Block(code, line is None, old, first, is_tagged))
        if fence:
            tag = fence[2].strip().lower()  # a second opening closes the first
            opens = (tag or not mark) and not tag.startswith(("md", "markdown"))
            mark = fence[1] if opens else ""
            inside = [] if mark else outside
            if mark:
                old = any(map(is_old, _introduction(outside[above:])))
                above = len(outside)
    return fenced, outside


def _introduction(lines: list[str]) -> list[str]:
    """The lines that introduce a block: the last with words, and the last heading."""
    words = [line for line in lines if any(map(str.isalpha, line[:_MAX_INTRODUCTION]))]
    headings = [line for line in words if line.lstrip().startswith(("#", "**"))]
    return [*words[-1:], *headings[-1:]]


def _tags_as_fences(text: str) -> str:
    """The text with fences where tags surround what may be code.

    They do at either end of a line, if they come in pairs or stand there alone.
    """
    lines = [(line, [*_TAG.finditer(line)]) for line in text.split("\n")]
    ended = {
        _tag_name(tag) for _, tags in lines for tag in tags if _END_TAG.match(tag[0])
    }
    fenced = []
    for line, tags in lines:
        is_alone = bool(tags) and not _TAG.sub("", line).strip()
        edges = {*_in_a_row(line, tags, 0), *_in_a_row(line, tags[::-1], len(line))}
        done = 0
        for tag in tags:
            name = _tag_name(tag)
            surrounds = name in ended or (is_alone and tag[0][0] != "[")
            if name in _CODE_TAGS or (surrounds and tag in edges):
                # A closing tag opens text, in which no closing fence is missing.
                fence = "md" if _END_TAG.match(tag[0]) else _TAGGED
                fenced += [line[done : tag.start()], f"```{fence}"]
                done = tag.end()
        fenced.append(line[done:])
    return "\n".join(fenced)


def _in_a_row(
    line: str, tags: list[re.Match[str]], edge: int
) -> Iterator[re.Match[str]]:
    """The tags with nothing but spaces between them and an edge of the line."""
    for tag in tags:
        start, end = tag.span()
        between = line[edge:start] if start >= edge else line[end:edge]
        if between.strip():
            return
        yield tag
        edge = end if start >= edge else start


def _tag_name(tag: re.Match[str]) -> str:
    """What a tag and its end share, '' for LaTeX and CDATA."""
    return (tag[1] or tag[2] or "").lower()


def _plain(block: Block) -> Lines:
    """The lines in plain typography, without margin, prompts (>>>) or line numbers."""
    lines = block.text.translate(_TYPOGRAPHY).expandtabs(4).split("\n")
    numbers = list(range(block.first, block.first + len(lines)))
    if lines[0].startswith(">>> "):
        are_inputs = [line.startswith((">>>", "...")) for line in lines]
        numbers = list(itertools.compress(numbers, are_inputs))
        lines = [line[4:] for line in itertools.compress(lines, are_inputs)]
    elif all(_PREFIX.match(line) for line in lines if line.strip()):
        lines = [_PREFIX.sub("", line, count=1) for line in lines]
    return list(zip(numbers, dedent("\n".join(lines)).split("\n"), strict=True))


def _without_entities(line: str) -> str:
    for entity, character in _ENTITIES.items():
        line = line.replace(entity, character)
    return line


def _end_of_code(lines: list[str]) -> int:
    """The number of lines before prose begins after the code."""
    is_code_above = False
    for k, line in enumerate(lines):
        is_code_above = is_code_above or "def " in line
        if not is_code_above or line[:1] in ("", *" \t#)]}'\"@"):
            continue
        word = re.split(r"\W", line, maxsplit=1)[0]
        if is_prose(line) or not (
            iskeyword(word) or _CODE.match(line) or _CALL.match(line)
        ):
            return k
    return len(lines)
