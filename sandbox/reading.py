"""What runs in the process that reads replies: text comes in, what it holds goes out.

Started by launch.BOOT with two inherited descriptors (requests, replies) and its limits
as JSON on stdin. Parses and compiles, and never runs, what a model wrote. Standard
library only. Trusted code may import the protocol.
"""

import ast
import hashlib
import io
import json
import os
import select
import struct
import sys
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import confine
from sandbox.check import Problem, check
from sandbox.extract import Extracted, NoCode, extract
from sandbox.text import described, odd_letter, one_line

LENGTH = struct.Struct("<q")  # bytes of the JSON text that follows
MAX_PROBLEM_CHARACTERS = 600
MAX_THOUGHT_CHARACTERS = 200
_QUOTED_CHARACTERS = 80  # of the line that a problem stands in
_WITHOUT_EFFECT = {"annotation", "returns", "ctx", "kind", "type_comment"}
_END = object()  # of the fields of a node or of a list
TOO_DEEP = (
    "the code is nested too deeply, or too large, for Python to read: use fewer nested "
    "blocks, brackets, operators in one expression or elif branches (np.select takes "
    "lists)"
)


def read(text: str, widths: Mapping[str, int], is_reply: bool) -> dict[str, Any]:
    """What a reply, or a source, holds: see sandbox.read.Reading, or why nothing."""
    numbers = tuple(range(1, text.count("\n") + 2))
    found = extract(text) if is_reply else Extracted(text, numbers)
    if isinstance(found, NoCode):
        return {"reason": found.reason}
    problems = check(found.source, widths)
    if not found.source.isascii():
        problems = tuple(sorted({*problems, *odd_names(found.source)}))
    answer = {"source": found.source, "numbers": found.numbers}
    answer["problems"] = list(_in_authors_lines(problems, found, widths))
    if problems:
        return {**answer, "shape": "", "thought": ""}
    tree = ast.parse(found.source)
    return {**answer, "shape": shape(tree), "thought": thought(tree)}


def odd_names(source: str) -> Iterator[Problem]:
    """Names with letters that look like others, or that few can type."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            odd = odd_letter(token.string) if token.type == tokenize.NAME else ""
            if odd:
                told = f"the name '{token.string}' has the letter {described(odd)}"
                yield Problem(token.start[0], f"{told}; use ASCII or Greek letters")
    except (tokenize.TokenError, SyntaxError):  # the check has told of it
        return


def shape(tree: ast.Module) -> str:
    """What a reward is apart from comments, spacing, docstrings and annotations.

    A hash of all nodes in order, without recursion: a long chain nests deeply.
    """
    digest = hashlib.sha256()
    waiting: list[object] = [tree]
    docstrings: set[object] = set()
    while waiting:
        value = waiting.pop()
        if value is _END:
            digest.update(b")")
        elif isinstance(value, ast.AST):
            if value in docstrings:
                continue
            digest.update(f"{type(value).__name__}(".encode())
            fields = [f for f in value._fields if f not in _WITHOUT_EFFECT]
            inner = [getattr(value, field, None) for field in fields]
            waiting += [_END, *reversed(inner)]
            if isinstance(value, ast.Module | ast.FunctionDef) and _docstring(value):
                docstrings.add(value.body[0])
        elif isinstance(value, list):
            digest.update(b"[(")
            waiting += [_END, *reversed(value)]
        else:
            digest.update(ascii(value).encode() + b",")
    return digest.hexdigest()


def thought(tree: ast.Module) -> str:
    """First line of the reward's docstring: its design thought, '' without one."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "reward":
            first = _docstring(node).strip().partition("\n")[0]
            return one_line(first, MAX_THOUGHT_CHARACTERS)
    return ""


def _docstring(node: ast.AST) -> str:
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str(text))), *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str(text))), *_])
        ):
            return text
    return ""


def _in_authors_lines(
    problems: tuple[Problem, ...], found: Extracted, widths: Mapping[str, int]
) -> Iterator[str]:
    """The problems with the author's own lines; the list of fields comes once."""
    lines = found.source.split("\n")
    fields = ", ".join(widths)
    is_listed = False
    for problem in problems:
        k = min(max(problem.line, 1), len(lines), len(found.numbers)) - 1
        told = problem.message
        if is_listed:
            told = told.replace(f" (fields: {fields})", "").replace(f": {fields}", "")
        is_listed = is_listed or (bool(fields) and fields in told)
        line = one_line(lines[k], _QUOTED_CHARACTERS)
        where = f"line {found.numbers[k]}" + (f" ({line})" if line else "")
        yield one_line(f"{where}: {told}", MAX_PROBLEM_CHARACTERS)


def _receive(descriptor: int) -> bytes:
    """The next request, b'' when the host has hung up."""
    data = b""
    size = LENGTH.size
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            return b""
        data += part
        if len(data) == LENGTH.size:
            size += LENGTH.unpack(data)[0]
    return data[LENGTH.size :]


def _send(descriptor: int, answer: Mapping[str, Any]) -> None:
    content = json.dumps(answer).encode()
    data = LENGTH.pack(len(content)) + content
    while data:
        data = data[os.write(descriptor, data) :]


def main() -> None:
    """Takes the limits from stdin and reads until the host hangs up."""
    requests, replies = map(int, sys.argv[-2:])
    spec = json.loads(sys.stdin.buffer.read())
    confine.limit(spec)
    hung_up = select.poll()
    hung_up.register(requests, 0)
    if hung_up.poll(0):  # the host died before prctl could tie us to it
        return
    warnings.simplefilter("ignore")  # an odd escape in a text is no problem
    confine.build(spec)
    while request := _receive(requests):
        asked = json.loads(request)
        try:
            answer = read(**asked) if asked else {}
        except (RecursionError, MemoryError):
            answer = {"reason": TOO_DEEP}
        _send(replies, answer)
