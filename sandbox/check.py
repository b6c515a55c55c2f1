"""The static check of a reward: what it may say, with a line and a way out for each no.

An allow-list of syntax and names. It makes candidates comparable and answers in a
millisecond. It is not the boundary: what gets around it is still in its own process.
"""

import ast
import itertools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.advice import in_our_words
from sandbox.arrays import mixed_rows
from sandbox.hints import foreign_hint
from sandbox.names import MATH, TYPING
from sandbox.scopes import misused_names
from sandbox.sets import unordered
from sandbox.syntax import MAX_DEPTH, parameters, refused

MAX_SOURCE = 20_000
MAX_PROBLEMS = 20
MAX_MESSAGE = 2000  # characters
_CONTRACT = "define 'def reward(s, a, s_next):' at the top level"


@dataclass(frozen=True, order=True)
class Problem:
    """One reason to refuse a reward, in words for its author."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def check(source: str, widths: Mapping[str, int]) -> tuple[Problem, ...]:
    """Why this source is no reward; () when it may run. Raises nothing.

    widths: the fields that a reward may read; 0 for an (n,) field, k for an (n, k) one.
    """
    if len(source) > MAX_SOURCE:
        told = f"the source has {len(source)} characters, at most {MAX_SOURCE} may be"
        return (Problem(1, told),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a text is no problem
            tree = ast.parse(source)
            every = (
                Problem(line, f"{message:.{MAX_MESSAGE}}")
                for line, message in _problems(tree, widths)
            )
            problems = {*itertools.islice(every, MAX_PROBLEMS)}
            if not problems:  # the compiler finds what the parser lets pass
                compile(source, "<reward>", "exec", dont_inherit=True)
    except SyntaxError as error:
        text = f": {error.text.strip():.80}" if error.text else ""
        return (
            Problem(
                error.lineno or 1, f"syntax error: {in_our_words(error.msg)}{text}"
            ),
        )
    except (RecursionError, MemoryError):
        return (Problem(1, "the source is too deeply nested"),)
    except (ValueError, OverflowError) as error:  # null bytes, lone surrogates
        return (Problem(1, f"not valid Python text: {error}"),)
    return tuple(sorted(problems))


def reward_function(tree: ast.Module) -> ast.FunctionDef | None:
    """The function that the name ``reward`` stands for at the end of the module."""
    functions: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                functions[name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                if other in functions:
                    functions[name] = functions[other]
    return functions.get("reward")


def _problems(tree: ast.Module, widths: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    if line := _too_deep(tree):
        yield line, f"nested more than {MAX_DEPTH} levels deep (each 'elif' is one)"
        return
    _drop_annotations(tree)
    yield from _syntax(tree)
    reward = reward_function(tree)
    if reward is None:
        yield 1, f"there is no function 'reward'; {_CONTRACT}"
    else:
        yield from _contract(reward)
    yield from misused_names(tree, widths, reward, MAX_PROBLEMS)
    yield from unordered(tree)
    if reward and len(parameters(reward.args)) == 3:
        yield from mixed_rows(reward, widths)


def _too_deep(tree: ast.Module) -> int:
    """A line that is nested too deeply, 0 for none."""
    line, level = 1, list(ast.iter_child_nodes(tree))
    for _ in range(MAX_DEPTH):
        if not level:
            return 0
        line = next(
            (n.lineno for n in level if isinstance(n, ast.expr | ast.stmt)), line
        )
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return line


def _syntax(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What is refused, outermost node only; some nodes have their parent's line."""
    waiting: list[tuple[int, ast.AST]] = [(1, tree)]
    while waiting:
        line, node = waiting.pop()
        line = getattr(node, "lineno", line)
        message = refused(node)
        if not message and isinstance(node, ast.Import | ast.ImportFrom):
            message = _bad_import(node)
        if message:
            yield line, message
        else:
            waiting += [(line, child) for child in ast.iter_child_nodes(node)]


def _drop_annotations(tree: ast.Module) -> None:
    """Annotations are never evaluated in the child, so they may say anything."""
    for node in ast.walk(tree):
        match node:
            case ast.arg():
                node.annotation = None
            case ast.FunctionDef():
                node.returns = None
            case ast.AnnAssign():
                node.annotation = ast.copy_location(ast.Constant(None), node)


def _bad_import(node: ast.Import | ast.ImportFrom) -> str:
    names = [(alias.name, alias.asname) for alias in node.names]
    if isinstance(node, ast.Import):
        if all(pair in (("numpy", "np"), ("math", None)) for pair in names):
            return ""
        return "only 'import numpy as np' and 'import math' are possible"
    if node.module == "__future__" and not node.level:
        return ""
    known = {"typing": TYPING, "math": MATH}.get(node.module or "")
    if known and not node.level:
        bad = [name for name, alias in names if name not in known or alias]
        return f"{bad[0]!r} cannot be imported from {node.module}" if bad else ""
    if hint := foreign_hint((node.module or "").partition(".")[0], names[0][0]):
        return f"'from {node.module} import {names[0][0]}': {hint}"
    return (
        f"'from {node.module} import ...' is not possible; "
        "use np.name and math.name, both are already there"
    )


def _contract(reward: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """What is wrong with the signature and the returns of the reward itself."""
    given = reward.args
    count = len(given.posonlyargs) + len(given.args)
    if count != 3 or given.vararg or given.kwarg or given.kwonlyargs or given.defaults:
        yield reward.lineno, f"reward takes exactly three arguments; {_CONTRACT}"
    returns = list(_returns(reward))
    if not returns:
        yield reward.lineno, "reward returns nothing; return {'name': array, ...}"
    for node in returns:
        value = node.value
        if isinstance(value, ast.Tuple):
            if len(value.elts) != 2:
                yield node.lineno, "return {'name': array, ...} or (total, {...})"
                continue
            value = value.elts[1]
        merged = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
        plain = isinstance(value, ast.Constant | ast.List | ast.BinOp)
        if value is None or (plain and not merged):
            yield node.lineno, "return a dict of named terms: {'name': array, ...}"
        if isinstance(value, ast.Dict) and not value.keys:
            yield node.lineno, "the dict of terms is empty; name at least one term"


def _returns(function: ast.FunctionDef) -> Iterator[ast.Return]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
