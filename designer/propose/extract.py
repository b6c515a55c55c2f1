"""Find the reward function in a model's reply; keep it and what it needs, no more.

Not covered: whether the code is safe or right; a reply cut where its last return looks
whole (`return x` of `return x + y`: see the server's finish reason); TABLE.update(x=1).
"""

import ast
import json
import re
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword, issoftkeyword
from textwrap import dedent

_MAX_REPLY, _MAX_BLOCKS = 200_000, 20
_MAX_CODE = 30_000  # characters; ast.parse takes 2 s for one f-string of 200,000
_SURE = 8  # the grade of a reward by name and form
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})([^`]*)$")
_PREFIX = re.compile(r"> ?| *\d+ ?[|:.]?")  # a quotation, or line numbers
_TYPOGRAPHY = str.maketrans("\xa0\u202f‘’“”−", "  ''\"\"-", "\u200b\ufeff")  # noqa: RUF001
_CODE = re.compile(  # how code without a fence may start
    r"(async )?def \w+ *\(|class \w|@\w|import \w|from \S+ import|[\w, ]+(:[^=]+)?=[^=]"
)
_PROSE = re.compile(  # sentences, list entries, rules and backticks: never Python
    r"[A-Z]\S* [^=]*[.!?:]$|\W*[A-Z][a-z]+[*_]*[.!?:]+[*_]*$|[-*_=]{3,}$|.*`"
    r"|[-*+] (?:\*\*|[\w ]+:)|\d+[.)] [A-Za-z]|•"
)
_TWO_WORDS = re.compile(
    r"(?<!\S)[*_]*([^\W\d_]+)[*_]*(?=\s+([^\W\d_]+)[.,;:!?]*(?!\S))"
)
_INFIX = {"and", "as", "else", "for", "if", "import", "in", "is", "not", "or"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Extracted:
    """A whole module's text that defines reward(s, a, s_next)."""

    source: str


@dataclass(frozen=True)
class NoCode:
    """Why the reply holds no reward, in a sentence for its author."""

    reason: str


@dataclass(frozen=True)
class _Block:
    text: str
    open: bool  # no fence ends it: prose may follow, or the reply may be cut


@dataclass(frozen=True, eq=False)
class _Piece:
    """A top-level statement with the comments above it."""

    block: int
    node: ast.stmt
    text: str
    binds: set[str]
    uses: set[str]


def extract(reply: str) -> Extracted | NoCode:
    """The last reward function of a reply with the helpers it uses; never raises."""
    found: Extracted | str = f"the reply is longer than {_MAX_REPLY:,} characters"
    with warnings.catch_warnings():  # the model's invalid escapes are not our warnings
        warnings.simplefilter("ignore")
        try:
            if len(reply) <= _MAX_REPLY:
                found = _extract(reply.replace("\r\n", "\n").replace("\r", "\n"))
        except (RecursionError, MemoryError):
            found = "the code is nested too deeply for Python"
    if isinstance(found, Extracted):
        return found
    return NoCode(f"{found}; send all of reward(s, a, s_next) in one fenced block")


def _extract(reply: str) -> Extracted | str:
    text = re.split(r"</(?:think|thinking|reasoning)>", reply)[-1].strip("\ufeff \n")
    if not text:
        return "the reply is empty"
    if re.match(r"<(?:think|thinking|reasoning)>", text):
        return "the reply ends inside its reasoning"
    if re.match(r"<!doctype html|<html", text, re.I):
        return "the reply is an HTML page, not code"
    pieces: list[_Piece] = []
    broken: list[tuple[int, _Block, str]] = []
    room = _MAX_CODE
    for number, block in reversed(list(enumerate(_blocks(_from_json(text))))):
        parsed = _parse(block, room)
        if isinstance(parsed, str):
            broken.append((number, block, parsed))
        else:
            pieces[:0] = _pieces(number, *parsed)
        room -= len(block.text) if len(block.text) <= room else 0
    grade, home, function = _choose(pieces)
    for number, block, reason in broken:  # the latest first
        version = block.open or "return" in block.text.partition("reward")[2]
        meant = "def " in block.text and (version or not home)
        if meant and (not home or grade < _SURE or number > home.block):
            return reason
    for piece in pieces if grade < _SURE else ():
        if isinstance(piece.node, ast.ClassDef) and "def reward" in piece.text:
            return f"reward is a method of class {piece.node.name}, not a function"
    if not home or not function:
        return "there is no Python function in the reply"
    return _objection(function) or _assemble(home, function.name, pieces)


def _from_json(text: str) -> str:
    """The code string of a JSON object, or the text as it is."""
    try:
        data = json.loads(text, strict=False) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return text
    keys = ("code", "reward", "reward_code", "reward_function", "source", "python")
    strings = (code for code in map(data.get, keys) if isinstance(code, str))
    return next((code for code in strings if "def " in code), text)


def _blocks(text: str) -> list[_Block]:
    """The fenced blocks; where none defines a function, what is outside them too."""
    blocks: list[_Block] = []
    outside: list[str] = []
    inside, mark, tag = outside, "", ""
    for line in [*text.split("\n"), None]:
        fence = _FENCE.match(line) if line is not None else None
        if line is not None and not (fence and fence[1].startswith(mark)):
            inside.append(line)
            continue
        if mark and any(inside) and not tag.startswith("diff"):
            code = _from_json(dedent("\n".join(inside)).strip("\n"))
            blocks.append(_Block(code, open=line is None))
        if fence:
            tag = fence[2].strip().lower()  # a second opening closes the first
            opens = (tag or not mark) and not tag.startswith(("md", "markdown"))
            mark = fence[1] if opens else ""
            inside = [] if mark else outside
    if not any("def " in block.text for block in blocks):
        blocks.append(_Block("\n".join(outside), open=True))
    return blocks[-_MAX_BLOCKS:]


def _parse(block: _Block, room: int) -> tuple[ast.Module, str] | str:
    """The tree of a block and the text it is of, or what is wrong with the block."""
    reason = f"the code is longer than {_MAX_CODE:,} characters"
    for text in dict.fromkeys(t for t in _versions(block) if len(t) <= room):
        try:
            tree = ast.parse(text)
            compile(tree, "reward.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            lines = text.rstrip().split("\n")
            number = min(error.lineno or 1, len(lines))
            reason = f"{error.msg} (line {number}: {lines[number - 1].strip()[:120]!r})"
            cut = number == len(lines) or re.search("never closed|unterminated", reason)
            what = "reply ends in the middle of the code" if block.open and cut else ""
            reason = f"the {what or 'code has a syntax error'}: {reason}"
        except ValueError as error:  # lone surrogates
            reason = f"Python can't read the code ({error})"
        else:
            if not (block.open and _is_cut(tree, block.text.rstrip())):
                return tree, text
            reason = "the reply ends in the middle of the code"
    return reason


def _versions(block: _Block) -> Iterator[str]:
    """The text as sent, then in plain typography; both also without prose around it."""
    lines = block.text.translate(_TYPOGRAPHY).expandtabs(4).split("\n")
    if lines[0].startswith(">>> "):
        lines = [line[4:] for line in lines if line.startswith((">>>", "..."))]
    elif all(_PREFIX.match(line) for line in lines if line.strip()):
        lines = [_PREFIX.sub("", line, count=1) for line in lines]
    for text in (block.text, dedent("\n".join(lines))):
        yield text
        if block.open:
            lines = [line for line in text.split("\n") if not _is_prose(line)]
            start = next((k for k, line in enumerate(lines) if _CODE.match(line)), 0)
            yield "\n".join(lines[start:])


def _is_prose(line: str) -> bool:
    """Whether a line at the left margin can't be Python."""
    if line[:1] in (" ", "\t", "#"):
        return False
    line = re.sub(r"\"[^\"]*\"|(?<!\w)'[^']*'", "", line).split("#")[0]
    return bool(_PROSE.match(line)) or any(
        not (iskeyword(first) or issoftkeyword(first) or second in _INFIX)
        for first, second in _TWO_WORDS.findall(line)
    )


def _is_cut(tree: ast.Module, text: str) -> bool:
    """Whether the text stops inside a function, or within a name."""
    line = text[text.rfind("\n") + 1 :]
    if _is_prose(line) or not tree.body or not isinstance(tree.body[-1], _Function):
        return False
    word = re.search(r"(?<![\w.])[^\W\d]\w*$", line.split("#")[0])
    if word and len(re.findall(rf"\b{word[0]}\b", text)) == 1:  # nothing defines it
        return not iskeyword(word[0])
    node: ast.stmt = tree.body[-1]
    while isinstance(node, _Function | ast.With | ast.If):
        if isinstance(node, ast.If) and not node.orelse:
            return True
        node = (node.orelse if isinstance(node, ast.If) else node.body)[-1]
    whole = isinstance(node, ast.Return | ast.Raise | ast.Try)
    return not whole or line.endswith(",")


def _pieces(block: int, tree: ast.Module, text: str) -> Iterator[_Piece]:
    lines, start = text.split("\n"), 0
    for node, after in zip(tree.body, [*tree.body, None][1:], strict=True):
        end = node.end_lineno or start
        if after and after.lineno <= end:  # a = 1; b = 2 is one piece
            continue
        part = "\n".join(lines[start:end])
        tables = [symtable.symtable(part, "reward.py", "exec")]
        piece = _Piece(block, node, part, set(), set())
        for table in tables:  # grows while it is read
            tables.extend(table.get_children())
            for symbol in filter(symtable.Symbol.is_global, table.get_symbols()):
                bound = symbol.is_assigned() or symbol.is_imported()
                (piece.binds if bound else piece.uses).add(symbol.get_name())
        if re.search(r"^from (__future__ |\S+ import \*)", part, re.M):
            piece.binds.add("*")  # no name asks for these
        if changed := re.match(r"(\w+)[\[.][^(=]*=", lines[node.lineno - 1]):
            piece.binds.add(changed[1])  # TABLE["x"] = 1
        yield piece
        start = end


def _choose(pieces: list[_Piece]) -> tuple[int, _Piece | None, _Function | None]:
    """The likeliest reward, of equals the latest, after its grade."""
    functions = [(p, p.node) for p in pieces if isinstance(p.node, _Function)]
    called = {n for p, f in functions if not _misfit(f) for n in p.uses - p.binds}
    best: tuple[int, int, bool] = (-2, 0, False)
    home = function = None
    for piece, node in functions:
        named, free = "reward" in node.name.lower(), node.name not in called
        fits = not _misfit(node)
        grade = 4 * (named and free) + 2 * (fits and free) + free
        if node.name == "reward" or (named and free and fits):
            grade = _SURE
        if all(isinstance(n, ast.Pass | ast.Expr) for n in node.body):
            grade = -1  # a sketch: def reward(s, a, s_next): ...
        rank = (grade, piece.block, node.name == "reward")
        if rank >= best:
            best, home, function = rank, piece, node
    return best[0], home, function


def _misfit(function: _Function) -> str:
    """Why a function can't be called as reward(s, a, s_next), or nothing."""
    given = function.args
    most = len(given.posonlyargs + given.args)
    least = most - len(given.defaults)
    if least <= 3 <= (3 if given.vararg else most) and None not in given.kw_defaults:
        return ""
    found = f"{function.name}({ast.unparse(given)})"
    return f"{found} can't be called with three arguments, as reward(s, a, s_next)"


def _objection(function: _Function) -> str:
    """Why a function can't be the reward, or nothing."""
    if isinstance(function, ast.AsyncFunctionDef):
        return f"{function.name} is an async function"
    inner: list[ast.AST] = list(function.body)
    for node in inner:  # grows while it is read
        if isinstance(node, ast.Return) and node.value:
            return _misfit(function)
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            inner.extend(ast.iter_child_nodes(node))
    return f"{function.name} has no return statement with a value"


def _assemble(home: _Piece, name: str, pieces: list[_Piece]) -> Extracted:
    """The function with all it needs, from its own block or else the latest."""
    owners: dict[str, list[_Piece]] = {}
    for piece in (ordered := sorted(pieces, key=lambda p: p.block == home.block)):
        for bound in piece.binds:
            known = owners.setdefault(bound, [])
            if known and known[0].block != piece.block:
                known.clear()
            known.append(piece)
    kept = {home, *(p for p in pieces if "*" in p.binds and p.block == home.block)}
    seen, wanted = {name}, [*home.uses, *home.binds]
    for need in wanted:  # grows while it is read
        for piece in owners.get(need, ()) if need not in seen else ():
            wanted.extend((piece.uses | piece.binds) if piece not in kept else ())
            kept.add(piece)
        seen.add(need)
    parts = [piece for piece in ordered if piece in kept]
    parts.sort(key=lambda p: getattr(p.node, "module", "") != "__future__")
    source = "\n".join(piece.text for piece in parts).strip("\n") + "\n"
    return Extracted(source + (f"\n\nreward = {name}\n" if name != "reward" else ""))
