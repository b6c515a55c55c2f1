"""Checks the names that a reward uses: unknown names and fields, changed inputs."""

import ast
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.hints import (
    AXIS_WORDS,
    foreign_hint,
    method_hint,
    missing_member,
    module_hint,
    same_meaning,
    some_words,
)
from sandbox.names import (
    BUILTINS,
    LINALG,
    MATH,
    MUTATORS,
    NUMPY,
    UFUNC_INPUTS,
    VALUE_ATTRIBUTES,
)
from sandbox.syntax import bindings, is_made_there, parameters, root_name

_BUILTIN_NAMES = frozenset({"np", "math", *BUILTINS})
_RANDOM = "is random; rewards must be deterministic (noise belongs to the environment)"
_UNDERSCORES = "names with two underscores are not allowed"
_NO_OUT = "not allowed; use the returned array"
_CHANGE = "a reward must not change its inputs; work on a copy"
_CONSTANT = "is a constant of the module; calls must not change it"
_MAX_FIELDS_LISTED = 30
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class _Scope:
    """The names of one function; all but names are inputs, which must not change."""

    names: frozenset[str]
    states: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()  # of a field's array: x = s.x_velocity


def _reward_scope(
    arguments: Sequence[str], assignments: Mapping[str, Sequence[ast.expr | None]]
) -> _Scope:
    """The scope of the reward; parameters that it does not reassign are inputs."""
    states = frozenset(p for p in arguments[::2] if p not in assignments)

    def is_field(value: ast.expr | None) -> bool:
        return isinstance(value, ast.Attribute) and root_name(value) in states

    return _Scope(
        names=frozenset({*assignments, *arguments}),
        states=states,
        actions=frozenset({arguments[1]} - {*assignments}),
        aliases=frozenset(
            n for n, values in assignments.items() if all(map(is_field, values))
        ),
    )


def misused_names(
    tree: ast.Module,
    fields: Mapping[str, int],
    reward: ast.FunctionDef | None,
    max_problems: int,
) -> list[tuple[int, str]]:
    """Line and message of each name that a reward with these fields can't use.

    reward: the function whose arguments are states and action, None without one.
    """
    checker = _Checker(fields, reward, max_problems)
    with contextlib.suppress(_ProblemLimit):
        checker.visit(tree)
    return list(checker.problems)


class _ProblemLimit(Exception):  # noqa: N818 (no error, the end of the walk)
    """max_problems are reached."""


class _Checker(ast.NodeVisitor):
    """Visits a source with a stack of scopes; collects at most limit problems."""

    def __init__(
        self, fields: Mapping[str, int], reward: ast.FunctionDef | None, limit: int
    ) -> None:
        self.fields, self.reward, self.limit = fields, reward, limit
        self.problems: dict[tuple[int, str], None] = {}
        self.scopes = [_Scope(_BUILTIN_NAMES)]
        self.foreign: set[str] = set()  # imported names besides np and math
        self.listed = len(fields) > _MAX_FIELDS_LISTED  # listed in one message only

    def visit_Module(self, node: ast.Module) -> None:
        for n in ast.walk(node):
            match n:
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    self.foreign |= {alias.asname or alias.name for alias in names}
        self.foreign -= {"np", "math"}
        self.scopes.append(_Scope(frozenset(bindings(node.body))))
        self.generic_visit(node)

    def _report(self, node: ast.expr | ast.stmt | ast.arg, message: str) -> None:
        self.problems[node.lineno, message] = None
        if len(self.problems) >= self.limit:
            raise _ProblemLimit

    def _owner(self, name: str) -> _Scope | None:
        """The innermost scope with the name, None without one."""
        return next((s for s in reversed(self.scopes) if name in s.names), None)

    def _is_input(self, name: str) -> bool:
        owner = self._owner(name)
        if owner is None:
            return False
        return name in owner.states | owner.actions | owner.aliases

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._check_binding(node, node.name)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default:
                self.visit(default)
        assignments = bindings(node.body)
        arguments = parameters(node.args)
        for argument in arguments:
            self._check_binding(node, argument)
        if node is self.reward and len(arguments) == 3:
            scope = _reward_scope(arguments, assignments)
        else:
            scope = _Scope(frozenset({*assignments, *arguments}))
        self.scopes.append(scope)
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        names = parameters(node.args)
        for name in names:
            self._check_binding(node, name)
        self._visit_with_names(names, node)

    def _comprehension(self, node: _Comprehension) -> None:
        targets = (target for g in node.generators for target in ast.walk(g.target))
        self._visit_with_names([t.id for t in targets if isinstance(t, ast.Name)], node)

    visit_ListComp = visit_SetComp = _comprehension  # noqa: N815 (ast chose the names)
    visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def _visit_with_names(self, names: Iterable[str], node: ast.AST) -> None:
        self.scopes.append(_Scope(frozenset(names)))
        self.generic_visit(node)
        self.scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._check_binding(node, node.id)
        elif node.id.startswith("__"):
            self._report(node, f"{node.id!r}: {_UNDERSCORES}")
        elif self._owner(node.id) is None:
            message = foreign_hint(node.id, "")
            if not message:
                visible = {name for scope in self.scopes for name in scope.names}
                near = same_meaning(node.id, visible)
                message = "it is not defined or not allowed"
                message += near and f"; nearest: {near}"
            self._report(node, f"'{node.id:.60}': {message}")

    def _check_binding(self, node: ast.expr | ast.stmt, name: str) -> None:
        if name in ("np", "math"):
            self._report(node, f"{name!r} must stay the module; choose another name")
        elif name.startswith("__"):
            self._report(node, f"{name!r}: {_UNDERSCORES}")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            name = node.target.id
            if self._is_input(name):
                self._report(node, f"'{name} ...=' writes into {name!r}: {_CHANGE}")
            elif name not in self.scopes[-1].names:
                message = f"{name!r} has no value yet where it is changed"
                if self._owner(name):
                    message = f"{name!r} {_CONSTANT}; give the new value another name"
                self._report(node, message)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = root_name(node)
        owner = self._owner(name)
        if isinstance(node.ctx, ast.Store):
            self._report_write(node, name)
        elif isinstance(node.value, ast.Name) and owner and name in owner.states:
            self._report(node, f"{name!r} has named fields{self._fields(' ')}")
        self.generic_visit(node)

    def _report_write(self, node: ast.expr, name: str) -> None:
        if name in BUILTINS and self._owner(name) is self.scopes[0]:
            hint = f"call methods on the value, as in values.append(x), not on {name!r}"
            self._report(node, hint)
        elif self._is_input(name):
            self._report(node, f"this writes into {name!r}: {_CHANGE}")
        elif len(self.scopes) > 2 and self._owner(name) in self.scopes[:2]:
            self._report(node, f"{name!r} {_CONSTANT}")

    def visit_Call(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg == "out" and not is_made_there(keyword.value):
                self._report(node, f"'out=' is {_NO_OUT}")
            elif keyword.arg in AXIS_WORDS and isinstance(node.func, ast.Attribute):
                instead = AXIS_WORDS[keyword.arg]
                self._report(node, f"numpy says {instead}=, not {keyword.arg}=")
            elif keyword.arg is None and root_name(node.func) != "dict":
                self._report(node, "'**' in a call is not allowed; name the arguments")
        match node.func:
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                self._check_ufunc(node, name)
            case ast.Attribute(attr=name) if name in MUTATORS and root_name(node.func):
                self._report_write(node, root_name(node.func))
        self.generic_visit(node)

    def _check_ufunc(self, node: ast.Call, name: str) -> None:
        """Reports results written into an argument, and those left uninitialised."""
        inputs = UFUNC_INPUTS.get(name, len(node.args))
        keywords = {keyword.arg for keyword in node.keywords}
        if name == "ndarray":
            message = "np.ndarray(...) holds whatever was in memory before"
            self._report(node, f"{message}; use np.zeros")
        elif len(node.args) > inputs:
            message = f"np.{name} takes {inputs} arrays and writes into the next one"
            self._report(node, f"{message}, which is {_NO_OUT}")
        elif name in UFUNC_INPUTS and "where" in keywords and "out" not in keywords:
            message = f"np.{name}(..., where=...) leaves the other rows undefined"
            self._report(node, f"{message}; use np.where(condition, x, y)")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        root = root_name(node)
        missing = root in self.foreign or self._owner(root) is None
        if missing and (message := foreign_hint(root, node.attr)):
            self._report(node, f"'{ast.unparse(node):.60}': {message}")
            return
        message = self._attribute_problem(node)
        if not isinstance(node.ctx, ast.Load):
            message = f"attributes cannot be set ('.{node.attr} = '): {_CHANGE}"
        if message:
            self._report(node, message)
        self.generic_visit(node)

    def _attribute_problem(self, node: ast.Attribute) -> str:
        """Why this attribute can't be read; '' where it can."""
        name = node.attr
        if name.startswith("_"):
            return f"'.{name}': attributes that begin with '_' are not allowed"
        match node.value:
            case ast.Name(id="np"):
                if name == "random":
                    return f"np.random {_RANDOM}"
                return missing_member("np", name, NUMPY | {"linalg"})
            case ast.Attribute(value=ast.Name(id="np"), attr="linalg"):
                return missing_member("np.linalg", name, LINALG)
            case ast.Attribute(value=ast.Name(id="np"), attr="random"):
                return ""  # np.random itself is reported
            case ast.Name(id="math"):
                return missing_member("math", name, MATH)
            case ast.Name(id=value) if value in self.foreign:
                return ""  # the import is reported
            case ast.Name(id=value):
                owner = self._owner(value)
                if owner and value in owner.states:
                    return "" if name in self.fields else self._unknown(value, name)
                if owner and value in owner.actions and name in self.fields:
                    return f"{value!r} is the action, an (n, k) array without fields"
        if name in self.fields or name in VALUE_ATTRIBUTES:
            return ""
        if name in ("format", "format_map"):
            return f"'.{name}' is not allowed; use an f-string"
        if hint := method_hint(name):
            return hint
        message = self._unknown(root_name(node.value) or "this value", name)
        hint = module_hint(name)
        return message + (hint and f"; write {hint}")

    def _unknown(self, value: str, name: str) -> str:
        near = same_meaning(name, self.fields)
        similar = "" if near else ", ".join(some_words(name, self.fields))
        message = f"'{value}' has no field '{name:.60}'"
        message += f"; nearest: {near}" if near else ""
        message += f"; fields with such a word: {similar}" if similar else ""
        return message + self._fields(" ")

    def _fields(self, before: str = "") -> str:
        if self.listed:
            return ""
        self.listed = True
        return f"{before}(fields: {', '.join(self.fields)})"
