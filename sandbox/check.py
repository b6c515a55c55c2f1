"""The static check of a reward's source: syntax, names, signature and array use.

It is an allow-list; each problem comes with its line and what to write instead. The
check takes a millisecond. It is not the security boundary: code that gets around it
still runs in a confined process.
"""

import ast
import itertools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.advice import in_our_words
from sandbox.arrays import batch_problems
from sandbox.hints import foreign_hint
from sandbox.names import MATH, TYPING
from sandbox.scopes import misused_names
from sandbox.sets import unordered
from sandbox.syntax import MAX_DEPTH, parameters, refused

MAX_SOURCE_CHARACTERS = 20_000
MAX_PROBLEMS = 20
MAX_PROBLEM_MESSAGE_CHARACTERS = 2000  # characters
_CONTRACT = "define 'def reward(s, a, s_next):' at the top level"


@dataclass(frozen=True, order=True)
class Problem:
    """One reason to refuse a reward, in words for its author. line: from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def check_source(source: str, widths: Mapping[str, int]) -> tuple[Problem, ...]:
    """The problems of a reward's source, () where it may run. Raises nothing.

    widths: the fields that a reward may read; 0 for an (n,) field, k for an (n, k) one.
    """
    if len(source) > MAX_SOURCE_CHARACTERS:
        size = f"the source has {len(source)} characters"
        return (Problem(1, f"{size}; at most {MAX_SOURCE_CHARACTERS} are allowed"),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in strings do no harm
            tree = ast.parse(source)
            all_problems = (
                Problem(line, f"{message:.{MAX_PROBLEM_MESSAGE_CHARACTERS}}")
                for line, message in _problems(tree, widths)
            )
            problems = {*itertools.islice(all_problems, MAX_PROBLEMS)}
            if not problems:  # the compiler finds errors that the parser accepts
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
    """The function that ``reward`` names at the end of the module, None without one."""
    functions: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                functions[name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=original)):
                if original in functions:
                    functions[name] = functions[original]
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
        yield from batch_problems(reward, widths)


def _too_deep(tree: ast.Module) -> int:
    """The first line that is nested more than MAX_DEPTH levels deep, 0 for none."""
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
    """Line and message of each refused node; nodes inside a refused one are skipped.

    Nodes without a line of their own have their parent's.
    """
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
    """Removes annotations, which are never evaluated and so need no check."""
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
    importable = {"typing": TYPING, "math": MATH}.get(node.module or "")
    if importable and not node.level:
        bad = [name for name, alias in names if name not in importable or alias]
        return f"{bad[0]!r} cannot be imported from {node.module}" if bad else ""
    if hint := foreign_hint((node.module or "").partition(".")[0], names[0][0]):
        return f"'from {node.module} import {names[0][0]}': {hint}"
    return (
        f"'from {node.module} import ...' is not possible; "
        "use np.name and math.name, both are already there"
    )


def _contract(reward: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """Problems of the reward's signature and return statements."""
    arguments = reward.args
    count = len(arguments.posonlyargs) + len(arguments.args)
    if (
        count != 3
        or arguments.vararg
        or arguments.kwarg
        or arguments.kwonlyargs
        or arguments.defaults
    ):
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
