"""The program of the process that reads replies: receives text, sends the reward in it.

Started by launch.BOOT with two inherited descriptors (requests, replies) and its limits
as JSON on stdin. It parses and compiles LLM-written code, and never runs it. Standard
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
from sandbox.check import Problem, check_source
from sandbox.extract import Extracted, NoCode, extract
from sandbox.text import letter_name, odd_letter, one_line

LENGTH = struct.Struct("<q")  # bytes of the JSON text that follows
MAX_PROBLEM_CHARACTERS = 600
MAX_THOUGHT_CHARACTERS = 200
_MAX_QUOTED_CHARACTERS = 80  # of the line with the problem
_WITHOUT_EFFECT = {"annotation", "returns", "ctx", "kind", "type_comment"}
_END = object()  # marks the end of a node or a list
TOO_DEEP = (
    "the code is nested too deeply, or too large, for Python to read: use fewer nested "
    "blocks, brackets, operators in one expression or elif branches (np.select takes "
    "lists)"
)


def read_request(
    text: str, widths: Mapping[str, int], is_reply: bool
) -> dict[str, Any]:
    """The fields of sandbox.read.Reading, or the reason why the text has no reward."""
    numbers = tuple(range(1, text.count("\n") + 2))
    extracted = extract(text) if is_reply else Extracted(text, numbers)
    if isinstance(extracted, NoCode):
        return {"reason": extracted.reason}
    problems = check_source(extracted.source, widths)
    if not extracted.source.isascii():
        problems = tuple(sorted({*problems, *odd_names(extracted.source)}))
    answer = {"source": extracted.source, "numbers": extracted.numbers}
    answer["problems"] = list(_in_authors_lines(problems, extracted, widths))
    if problems:
        return {**answer, "shape": "", "thought": ""}
    tree = ast.parse(extracted.source)
    return {**answer, "shape": shape(tree), "thought": thought(tree)}


def odd_names(source: str) -> Iterator[Problem]:
    """Names with letters that look like other letters, or are hard to type."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            odd = odd_letter(token.string) if token.type == tokenize.NAME else ""
            if odd:
                message = f"the name '{token.string}' has the letter {letter_name(odd)}"
                yield Problem(token.start[0], f"{message}; use ASCII or Greek letters")
    except (tokenize.TokenError, SyntaxError):  # reported by the static check
        return


def shape(tree: ast.Module) -> str:
    """Hash of a reward's code without comments, spacing, docstrings and annotations.

    Covers all syntax nodes in order. It does not recurse, for expressions nest deeply.
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
    """The design thought: first line of the reward's docstring, '' without one."""
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
    problems: tuple[Problem, ...], extracted: Extracted, widths: Mapping[str, int]
) -> Iterator[str]:
    """The problems with line numbers of the author's block.

    Only the first of them that lists all fields keeps the list.
    """
    lines = extracted.source.split("\n")
    fields = ", ".join(widths)
    is_listed = False
    for problem in problems:
        k = min(max(problem.line, 1), len(lines), len(extracted.numbers)) - 1
        message = problem.message
        if is_listed:
            message = message.replace(f" (fields: {fields})", "").replace(
                f": {fields}", ""
            )
        is_listed = is_listed or (bool(fields) and fields in message)
        line = one_line(lines[k], _MAX_QUOTED_CHARACTERS)
        place = f"line {extracted.numbers[k]}" + (f" ({line})" if line else "")
        yield one_line(f"{place}: {message}", MAX_PROBLEM_CHARACTERS)


def _receive(descriptor: int) -> bytes:
    """The next request; b'' once the host has closed its pipe."""
    data = b""
    size = LENGTH.size
    while len(data) < size:
        received = os.read(descriptor, size - len(data))
        if not received:
            return b""
        data += received
        if len(data) == LENGTH.size:
            size += LENGTH.unpack(data)[0]
    return data[LENGTH.size :]


def _send(descriptor: int, answer: Mapping[str, Any]) -> None:
    content = json.dumps(answer).encode()
    data = LENGTH.pack(len(content)) + content
    while data:
        data = data[os.write(descriptor, data) :]


def main() -> None:
    """Reads the limits from stdin, confines the process and serves requests."""
    requests, replies = map(int, sys.argv[-2:])
    spec = json.loads(sys.stdin.buffer.read())
    confine.limit(spec)
    hung_up = select.poll()
    hung_up.register(requests, 0)
    if hung_up.poll(0):  # the host died before prctl could tie us to it
        return
    warnings.simplefilter("ignore")  # invalid escapes in strings do no harm
    confine.build(spec)
    while request := _receive(requests):
        arguments = json.loads(request)
        try:
            answer = read_request(**arguments) if arguments else {}
        except (RecursionError, MemoryError):
            answer = {"reason": TOO_DEEP}
        _send(replies, answer)
