"""Find the reward function in a model's reply; keep it and what it needs, no more.

Runs in the process that reads replies; standard library only.

Not covered: whether the code is safe or right; a reply cut where its last return looks
whole (`return x` of `return x + y`: see the server's finish reason); TABLE.update(x=1).
"""

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

from sandbox.advice import in_our_words
from sandbox.blocks import Block, Lines, blocks, from_json, is_old, is_prose, versions
from sandbox.text import MAX_REPLY_CHARACTERS

MAX_CODE_CHARACTERS = 30_000
_SURE = 8  # the grade of a reward by name and form
_OLD_NAME = re.compile(r"(^|_)(old|prev|previous|original|baseline)(_|$)")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Extracted:
    """A whole module's text that defines reward(s, a, s_next).

    numbers: of its lines, each in the author's own block.
    """

    source: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class NoCode:
    """Why the reply holds no reward, in a sentence for its author."""

    reason: str


@dataclass(frozen=True, eq=False)
class _Piece:
    """A top-level statement with the comments above it."""

    block: int
    old: bool  # introduced as an earlier version
    node: ast.stmt
    lines: Lines
    binds: set[str]
    uses: set[str]

    @property
    def text(self) -> str:
        return _joined(self.lines)


def extract(reply: str) -> Extracted | NoCode:
    """The last reward function of a reply with the helpers it uses.

    RecursionError or MemoryError where Python itself can't parse it.
    """
    found: Extracted | str
    found = f"the reply is longer than {MAX_REPLY_CHARACTERS:,} characters"
    if len(reply) <= MAX_REPLY_CHARACTERS:
        found = _extract(reply.replace("\r\n", "\n").replace("\r", "\n"))
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
    broken: list[tuple[int, Block, str]] = []
    room = MAX_CODE_CHARACTERS
    for number, block in reversed(list(enumerate(blocks(from_json(text))))):
        parsed = _parse(block, room)
        if isinstance(parsed, str):
            broken.append((number, block, parsed))
        else:
            pieces[:0] = _pieces(number, block.old, *parsed)
        room -= len(block.text) if len(block.text) <= room else 0
    grade, home, function = _choose(pieces)
    for number, block, reason in broken:  # the latest first
        version = block.open or "return" in block.text.partition("reward")[2]
        meant = "def " in block.text and (version or not home) and not block.old
        if meant and (not home or grade < _SURE or number > home.block):
            return reason
    for piece in pieces if grade < _SURE else ():
        if isinstance(piece.node, ast.ClassDef) and "def reward" in piece.text:
            return f"reward is a method of class {piece.node.name}, not a function"
    for piece in pieces if grade < _SURE else ():
        if name := _lambda_name(piece.node):
            return f"{name} is a lambda; write it as 'def reward(s, a, s_next):'"
    if not home or not function:
        return "there is no Python function in the reply"
    return _objection(function) or _assemble(home, function.name, pieces)


def _parse(block: Block, room: int) -> tuple[ast.Module, Lines] | str:
    """The tree of a block and the lines it is of, or what is wrong with the block."""
    reason = f"the code is longer than {MAX_CODE_CHARACTERS:,} characters"
    tried = set()
    for numbered, is_guess in versions(block):
        text = _joined(numbered)
        if text in tried or len(text) > room:
            continue
        tried.add(text)
        try:
            tree = ast.parse(text)
            compile(tree, "reward.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            reason = reason if is_guess else _fault(error, block, numbered)
        except ValueError as error:  # lone surrogates
            reason = f"Python can't read the code ({error})"
        else:
            ending = text if is_guess else block.text
            if not (block.open and _is_cut(tree, ending.rstrip())):
                return tree, numbered
            reason = "the reply ends in the middle of the code"
    return reason


def _fault(error: SyntaxError, block: Block, numbered: Lines) -> str:
    """What is wrong with a block, in the lines of its author."""
    last = _joined(numbered).rstrip().count("\n") + 1
    k = min(error.lineno or 1, last)
    number, line = numbered[k - 1]
    told = f"{in_our_words(error.msg)} (line {number}: {line.strip()[:120]!r})"
    cut = k == last or re.search("never closed|unterminated", told)
    what = "reply ends in the middle of the code" if block.open and cut else ""
    return f"the {what or 'code has a syntax error'}: {told}"


def _is_cut(tree: ast.Module, text: str) -> bool:
    """Whether the text stops inside a function, or within a name."""
    line = text[text.rfind("\n") + 1 :]
    if is_prose(line) or not tree.body or not isinstance(tree.body[-1], _Function):
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


def _pieces(block: int, old: bool, tree: ast.Module, lines: Lines) -> Iterator[_Piece]:
    start = 0
    for node, after in zip(tree.body, [*tree.body, None][1:], strict=True):
        end = node.end_lineno or start
        if after and after.lineno <= end:  # a = 1; b = 2 is one piece
            continue
        own = lines[start:end]
        piece = _Piece(block, old or _is_old_piece(own, node), node, own, set(), set())
        tables = [symtable.symtable(piece.text, "reward.py", "exec")]
        for table in tables:  # grows while it is read
            tables.extend(table.get_children())
            for symbol in filter(symtable.Symbol.is_global, table.get_symbols()):
                bound = symbol.is_assigned() or symbol.is_imported()
                (piece.binds if bound else piece.uses).add(symbol.get_name())
        piece.uses.update(  # what is only changed there is not made there
            change.target.id
            for change in ast.walk(node)
            if isinstance(change, ast.AugAssign) and isinstance(change.target, ast.Name)
        )
        if re.search(r"^from (__future__ |\S+ import \*)", piece.text, re.M):
            piece.binds.add("*")  # no name asks for these
        if changed := re.match(r"(\w+)[\[.][^(=]*=", lines[node.lineno - 1][1]):
            piece.binds.add(changed[1])  # TABLE["x"] = 1
        yield piece
        start = end


def _is_old_piece(lines: Lines, node: ast.stmt) -> bool:
    """Whether a name, or the last comment above, calls it an earlier version."""
    comments = [line for _, line in lines if line.startswith("#")]
    name = getattr(node, "name", "")
    return bool(_OLD_NAME.search(name)) or any(map(is_old, comments[-1:]))


def _joined(lines: Lines) -> str:
    return "\n".join(line for _, line in lines)


def _choose(pieces: list[_Piece]) -> tuple[int, _Piece | None, _Function | None]:
    """The likeliest reward, of equals the latest, after its grade."""
    functions = [(p, p.node) for p in pieces if isinstance(p.node, _Function)]
    called = {n for p, f in functions if not _misfit(f) for n in p.uses - p.binds}
    best: tuple[int, bool, int, bool] = (-2, False, 0, False)
    home = function = None
    for piece, node in functions:
        named, free = "reward" in node.name.lower(), node.name not in called
        fits = not _misfit(node)
        grade = 4 * (named and free) + 2 * (fits and free) + free
        if fits and (node.name == "reward" or (named and free)):
            grade = _SURE
        if all(isinstance(n, ast.Pass | ast.Expr) for n in node.body):
            grade = -1  # a sketch: def reward(s, a, s_next): ...
        rank = (grade, not piece.old, piece.block, node.name == "reward")
        if rank >= best:
            best, home, function = rank, piece, node
    return best[0], home, function


def _lambda_name(node: ast.stmt) -> str:
    """The name with 'reward' in it that a lambda is given to, or ''."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name), *_], value=ast.Lambda())
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Lambda())
        ) if "reward" in name.lower():
            return name
    return ""


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


def _assemble(home: _Piece, name: str, pieces: list[_Piece]) -> Extracted | str:
    """The function with all it needs, from its own block or else the latest."""
    owners: dict[str, list[_Piece]] = {}
    ordered = sorted(pieces, key=lambda p: (p.block == home.block, not p.old))
    for piece in ordered:
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
    if name != "reward" and any("reward" in piece.uses for piece in kept):
        return f"{name} uses another function that is named reward; name that otherwise"
    parts = [piece for piece in ordered if piece in kept]
    parts.sort(key=lambda p: getattr(p.node, "module", "") != "__future__")
    lines = [line for piece in parts for line in _renamed(piece, name)]
    while lines and not lines[0][1].strip():
        lines.pop(0)
    return Extracted(f"{_joined(lines)}\n", tuple(number for number, _ in lines))


def _renamed(piece: _Piece, name: str) -> Lines:
    """The lines of a piece in which the function of this name is called reward."""
    pattern = rf"\b{name}\b" if name in piece.uses else rf"(?<=^def ) *{name}\b"
    return [(number, re.sub(pattern, "reward", line)) for number, line in piece.lines]
