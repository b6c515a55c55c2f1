"""Finds the reward function in a model's reply, with the helpers that it needs.

Runs in the process that reads replies; standard library only.

Not covered: whether the code is safe or right; a reply cut where its last return looks
whole (`return x` of `return x + y`: see the server's finish reason); a table that is
filled under another name, or by a function that it is passed to.
"""

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

from sandbox.advice import in_our_words
from sandbox.blocks import (
    Block,
    Lines,
    blocks,
    code_from_json,
    is_old,
    is_prose,
    variants,
)
from sandbox.signature import Function, misfit, objection
from sandbox.syntax import changed_names
from sandbox.text import MAX_REPLY_CHARACTERS

MAX_CODE_CHARACTERS = 30_000
_SURE = 8  # the grade of a function that is a reward by its name and signature
_OLD_NAME = re.compile(r"(^|_)(old|prev|previous|original|baseline)(_|$)")


@dataclass(frozen=True)
class Extracted:
    """The source of a whole module that defines reward(s, a, s_next).

    numbers: for each line of source, its line number in the author's own block.
    """

    source: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class NoCode:
    """Why the reply holds no reward, in a sentence for its author."""

    reason: str


@dataclass(frozen=True, eq=False)
class _Statement:
    """A top-level statement of the reply's code, with the comments above it.

    block: index of its block. binds, uses: global names that it assigns and reads.
    """

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
    result: Extracted | str
    result = f"the reply is longer than {MAX_REPLY_CHARACTERS:,} characters"
    if len(reply) <= MAX_REPLY_CHARACTERS:
        result = _extract(reply.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(result, Extracted):
        return result
    return NoCode(f"{result}; send all of reward(s, a, s_next) in one fenced block")


def _extract(reply: str) -> Extracted | str:
    text = re.split(r"</(?:think|thinking|reasoning)>", reply)[-1].strip("\ufeff \n")
    if not text:
        return "the reply is empty"
    if re.match(r"<(?:think|thinking|reasoning)>", text):
        return "the reply ends inside its reasoning"
    if re.match(r"<!doctype html|<html", text, re.I):
        return "the reply is an HTML page, not code"
    statements: list[_Statement] = []
    broken: list[tuple[int, Block, str]] = []
    room = MAX_CODE_CHARACTERS
    for number, block in reversed(list(enumerate(blocks(code_from_json(text))))):
        parsed = _parse(block, room)
        if isinstance(parsed, str):
            broken.append((number, block, parsed))
        else:
            statements[:0] = _statements(number, block.old, *parsed)
        room -= len(block.text) if len(block.text) <= room else 0
    grade, home, function = _choose(statements)
    for number, block, reason in broken:  # the latest first
        version = block.open or "return" in block.text.partition("reward")[2]
        is_intended = "def " in block.text and (version or not home) and not block.old
        if is_intended and (not home or grade < _SURE or number > home.block):
            return reason
    for statement in statements if grade < _SURE else ():
        if isinstance(statement.node, ast.ClassDef) and "def reward" in statement.text:
            return f"reward is a method of class {statement.node.name}, not a function"
    for statement in statements if grade < _SURE else ():
        if name := _lambda_name(statement.node):
            return f"{name} is a lambda; write it as 'def reward(s, a, s_next):'"
    if not home or not function:
        return "there is no Python function in the reply"
    return objection(function) or _assemble(home, function.name, statements)


def _parse(block: Block, room: int) -> tuple[ast.Module, Lines] | str:
    """The syntax tree of a block and its lines; a message where it can't be parsed."""
    reason = f"the code is longer than {MAX_CODE_CHARACTERS:,} characters"
    tried = set()
    for numbered, is_guess in variants(block):
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
    """The syntax error of a block as a message, with the author's line number."""
    last = _joined(numbered).rstrip().count("\n") + 1
    k = min(error.lineno or 1, last)
    number, line = numbered[k - 1]
    message = f"{in_our_words(error.msg)} (line {number}: {line.strip()[:120]!r})"
    cut = k == last or re.search("never closed|unterminated", message)
    problem = "reply ends in the middle of the code" if block.open and cut else ""
    return f"the {problem or 'code has a syntax error'}: {message}"


def _is_cut(tree: ast.Module, text: str) -> bool:
    """Whether the text was cut off inside a function or in the middle of a name."""
    line = text[text.rfind("\n") + 1 :]
    if is_prose(line) or not tree.body or not isinstance(tree.body[-1], Function):
        return False
    word = re.search(r"(?<![\w.])[^\W\d]\w*$", line.split("#")[0])
    if word and len(re.findall(rf"\b{word[0]}\b", text)) == 1:  # nothing defines it
        return not iskeyword(word[0])
    node: ast.stmt = tree.body[-1]
    while isinstance(node, Function | ast.With | ast.If):
        if isinstance(node, ast.If) and not node.orelse:
            return True
        node = (node.orelse if isinstance(node, ast.If) else node.body)[-1]
    is_complete = isinstance(node, ast.Return | ast.Raise | ast.Try)
    return not is_complete or line.endswith(",")


def _statements(
    block: int, old: bool, tree: ast.Module, lines: Lines
) -> Iterator[_Statement]:
    start = 0
    for node, after in zip(tree.body, [*tree.body, None][1:], strict=True):
        end = node.end_lineno or start
        if after and after.lineno <= end:  # a = 1; b = 2 is one statement here
            continue
        own = lines[start:end]
        statement = _Statement(
            block, old or _is_old_statement(own, node), node, own, set(), set()
        )
        tables = [symtable.symtable(statement.text, "reward.py", "exec")]
        for table in tables:  # grows while it is read
            tables.extend(table.get_children())
            for symbol in filter(symtable.Symbol.is_global, table.get_symbols()):
                is_bound = symbol.is_assigned() or symbol.is_imported()
                (statement.binds if is_bound else statement.uses).add(symbol.get_name())
        statement.uses.update(  # what is only changed there is not made there
            change.target.id
            for change in ast.walk(node)
            if isinstance(change, ast.AugAssign) and isinstance(change.target, ast.Name)
        )
        if re.search(r"^from (__future__ |\S+ import \*)", statement.text, re.M):
            statement.binds.add("*")  # needed, though no name refers to them
        if not isinstance(node, Function | ast.ClassDef):
            statement.binds.update(changed_names(ast.parse(statement.text)))
        yield statement
        start = end


def _is_old_statement(lines: Lines, node: ast.stmt) -> bool:
    """Whether its name or the comment above says that it is an earlier version."""
    comments = [line for _, line in lines if line.startswith("#")]
    name = getattr(node, "name", "")
    return bool(_OLD_NAME.search(name)) or any(map(is_old, comments[-1:]))


def _joined(lines: Lines) -> str:
    return "\n".join(line for _, line in lines)


def _choose(
    statements: list[_Statement],
) -> tuple[int, _Statement | None, Function | None]:
    """The function most likely to be the reward: grade, statement, node.

    The last of equally likely ones; grade -2 and None where there is no function.
    """
    functions = [(p, p.node) for p in statements if isinstance(p.node, Function)]
    called_names = {n for p, f in functions if not misfit(f) for n in p.uses - p.binds}
    best: tuple[int, bool, int, bool] = (-2, False, 0, False)
    home = function = None
    for statement, node in functions:
        named_reward = "reward" in node.name.lower()
        uncalled = node.name not in called_names
        fits = not misfit(node)
        grade = 4 * (named_reward and uncalled) + 2 * (fits and uncalled) + uncalled
        if fits and (node.name == "reward" or (named_reward and uncalled)):
            grade = _SURE
        if all(isinstance(n, ast.Pass | ast.Expr) for n in node.body):
            grade = -1  # a sketch: def reward(s, a, s_next): ...
        rank = (grade, not statement.old, statement.block, node.name == "reward")
        if rank >= best:
            best, home, function = rank, statement, node
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


def _assemble(
    home: _Statement, name: str, statements: list[_Statement]
) -> Extracted | str:
    """A module of the function and all that it needs, or why there is none.

    Helpers come from the function's own block, else from the last block with one.
    """
    owners: dict[str, list[_Statement]] = {}
    ordered = sorted(statements, key=lambda p: (p.block == home.block, not p.old))
    for statement in ordered:
        for bound_name in statement.binds:
            definitions = owners.setdefault(bound_name, [])
            if definitions and definitions[0].block != statement.block:
                definitions.clear()
            definitions.append(statement)
    imports = (p for p in statements if "*" in p.binds and p.block == home.block)
    needed = {home, *imports}
    resolved, queue = {name}, [*home.uses, *home.binds]
    for used_name in queue:  # grows while it is read
        for statement in owners.get(used_name, ()) if used_name not in resolved else ():
            if statement not in needed:
                queue.extend(statement.uses | statement.binds)
                needed.add(statement)
        resolved.add(used_name)
    if name != "reward" and any("reward" in statement.uses for statement in needed):
        return f"{name} uses another function that is named reward; rename that"
    module = [statement for statement in ordered if statement in needed]
    module.sort(key=lambda p: getattr(p.node, "module", "") != "__future__")
    lines = [line for statement in module for line in _renamed(statement, name)]
    while lines and not lines[0][1].strip():
        lines.pop(0)
    return Extracted(f"{_joined(lines)}\n", tuple(number for number, _ in lines))


def _renamed(statement: _Statement, name: str) -> Lines:
    """The lines of a statement, with the function of this name renamed to reward."""
    pattern = rf"\b{name}\b" if name in statement.uses else rf"(?<=^def ) *{name}\b"
    return [
        (number, re.sub(pattern, "reward", line)) for number, line in statement.lines
    ]
