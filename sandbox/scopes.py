"""Which names a reward uses: fields, numpy, its own; tells typos and changed inputs."""

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

_GIVEN = frozenset({"np", "math", *BUILTINS})
_RANDOM = "is random; rewards must be deterministic (noise belongs to the environment)"
_CHANGE = "a reward must not change its inputs; work on a copy"
_CONSTANT = "is a constant of the module; calls must not change it"
_MAX_FIELDS_LISTED = 30
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class _Scope:
    """The names of one function; states and actions are inputs of the reward."""

    names: frozenset[str]
    states: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()  # x = s.x_velocity, the same memory


def _reward_scope(
    arguments: Sequence[str], bound: Mapping[str, Sequence[ast.expr | None]]
) -> _Scope:
    """The scope of the reward: parameters that it does not rebind are inputs."""
    states = frozenset(p for p in arguments[::2] if p not in bound)

    def is_field(value: ast.expr | None) -> bool:
        return isinstance(value, ast.Attribute) and root_name(value) in states

    return _Scope(
        names=frozenset({*bound, *arguments}),
        states=states,
        actions=frozenset({arguments[1]} - {*bound}),
        aliases=frozenset(
            n for n, values in bound.items() if all(map(is_field, values))
        ),
    )


def misused_names(
    tree: ast.Module,
    fields: Mapping[str, int],
    reward: ast.FunctionDef | None,
    most: int,
) -> list[tuple[int, str]]:
    """Line and message of the names that a reward with these fields cannot use.

    reward: the function whose arguments are states and action. most: problems told.
    """
    checker = _Checker(fields, reward, most)
    with contextlib.suppress(_Enough):
        checker.visit(tree)
    return list(checker.problems)


class _Enough(Exception):  # noqa: N818 (no error, the end of the walk)
    """As many problems as are told."""


class _Checker(ast.NodeVisitor):
    """Walks a source with the names that hold at each place, and collects problems."""

    def __init__(
        self, fields: Mapping[str, int], reward: ast.FunctionDef | None, most: int
    ) -> None:
        self.fields, self.reward, self.most = fields, reward, most
        self.problems: dict[tuple[int, str], None] = {}
        self.scopes = [_Scope(_GIVEN)]
        self.foreign: set[str] = set()  # what is imported besides np and math
        self.listed = len(fields) > _MAX_FIELDS_LISTED  # the fields are told once

    def visit_Module(self, node: ast.Module) -> None:
        for n in ast.walk(node):
            match n:
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    self.foreign |= {alias.asname or alias.name for alias in names}
        self.foreign -= {"np", "math"}
        self.scopes.append(_Scope(frozenset(bindings(node.body))))
        self.generic_visit(node)

    def _tell(self, node: ast.expr | ast.stmt | ast.arg, message: str) -> None:
        self.problems[node.lineno, message] = None
        if len(self.problems) >= self.most:
            raise _Enough

    def _owner(self, name: str) -> _Scope | None:
        """The innermost scope that binds the name."""
        return next((s for s in reversed(self.scopes) if name in s.names), None)

    def _is_input(self, name: str) -> bool:
        owner = self._owner(name)
        if owner is None:
            return False
        return name in owner.states | owner.actions | owner.aliases

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._binds(node, node.name)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default:
                self.visit(default)
        bound = bindings(node.body)
        arguments = parameters(node.args)
        for argument in arguments:
            self._binds(node, argument)
        if node is self.reward and len(arguments) == 3:
            scope = _reward_scope(arguments, bound)
        else:
            scope = _Scope(frozenset({*bound, *arguments}))
        self.scopes.append(scope)
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        names = parameters(node.args)
        for name in names:
            self._binds(node, name)
        self._inside(names, node)

    def _comprehension(self, node: _Comprehension) -> None:
        targets = (part for g in node.generators for part in ast.walk(g.target))
        self._inside([t.id for t in targets if isinstance(t, ast.Name)], node)

    visit_ListComp = visit_SetComp = _comprehension  # noqa: N815 (ast chose the names)
    visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def _inside(self, names: Iterable[str], node: ast.AST) -> None:
        self.scopes.append(_Scope(frozenset(names)))
        self.generic_visit(node)
        self.scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._binds(node, node.id)
        elif node.id.startswith("__"):
            self._tell(node, f"{node.id!r}: names with two underscores are not allowed")
        elif self._owner(node.id) is None:
            told = foreign_hint(node.id, "")
            if not told:
                known = {name for scope in self.scopes for name in scope.names}
                near = same_meaning(node.id, known)
                told = "it is not defined or not allowed"
                told += near and f"; nearest: {near}"
            self._tell(node, f"'{node.id:.60}': {told}")

    def _binds(self, node: ast.expr | ast.stmt, name: str) -> None:
        if name in ("np", "math"):
            self._tell(node, f"{name!r} must stay the module; choose another name")
        elif name.startswith("__"):
            self._tell(node, f"{name!r}: names with two underscores are not allowed")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            name = node.target.id
            if self._is_input(name):
                self._tell(node, f"'{name} ...=' writes into {name!r}: {_CHANGE}")
            elif name not in self.scopes[-1].names:
                told = f"{name!r} has no value yet where it is changed"
                if self._owner(name):
                    told = f"{name!r} {_CONSTANT}; give the new value another name"
                self._tell(node, told)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = root_name(node)
        owner = self._owner(name)
        if isinstance(node.ctx, ast.Store):
            self._written(node, name)
        elif isinstance(node.value, ast.Name) and owner and name in owner.states:
            self._tell(node, f"{name!r} has named fields{self._fields(' ')}")
        self.generic_visit(node)

    def _written(self, node: ast.expr, name: str) -> None:
        if name in BUILTINS and self._owner(name) is self.scopes[0]:
            told = f"call methods on the value, as in values.append(x), not on {name!r}"
            self._tell(node, told)
        elif self._is_input(name):
            self._tell(node, f"this writes into {name!r}: {_CHANGE}")
        elif len(self.scopes) > 2 and self._owner(name) in self.scopes[:2]:
            self._tell(node, f"{name!r} {_CONSTANT}")

    def visit_Call(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg == "out" and not is_made_there(keyword.value):
                self._tell(node, "'out=' is not allowed; use the returned array")
            elif keyword.arg in AXIS_WORDS and isinstance(node.func, ast.Attribute):
                instead = AXIS_WORDS[keyword.arg]
                self._tell(node, f"numpy says {instead}=, not {keyword.arg}=")
            elif keyword.arg is None and root_name(node.func) != "dict":
                self._tell(node, "'**' in a call is not allowed; name the arguments")
        match node.func:
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                self._ufunc(node, name)
            case ast.Attribute(attr=name) if name in MUTATORS and root_name(node.func):
                self._written(node, root_name(node.func))
        self.generic_visit(node)

    def _ufunc(self, node: ast.Call, name: str) -> None:
        """Tells results that are written into an argument, or not written at all."""
        inputs = UFUNC_INPUTS.get(name, len(node.args))
        keywords = {keyword.arg for keyword in node.keywords}
        if name == "ndarray":
            told = "np.ndarray(...) holds whatever was in memory before"
            self._tell(node, f"{told}; use np.zeros")
        elif len(node.args) > inputs:
            told = f"np.{name} takes {inputs} arrays and writes into the next one"
            self._tell(node, f"{told}, which is not allowed; use the returned array")
        elif name in UFUNC_INPUTS and "where" in keywords and "out" not in keywords:
            told = f"np.{name}(..., where=...) leaves the other rows undefined"
            self._tell(node, f"{told}; use np.where(condition, x, y)")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        root = root_name(node)
        missing = root in self.foreign or self._owner(root) is None
        if missing and (told := foreign_hint(root, node.attr)):
            self._tell(node, f"'{ast.unparse(node):.60}': {told}")
            return
        told = self._attribute(node)
        if not isinstance(node.ctx, ast.Load):
            told = f"attributes cannot be set ('.{node.attr} = '): {_CHANGE}"
        if told:
            self._tell(node, told)
        self.generic_visit(node)

    def _attribute(self, node: ast.Attribute) -> str:
        """Why this attribute may not be read; '' when it may."""
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
                return ""  # told already
            case ast.Name(id="math"):
                return missing_member("math", name, MATH)
            case ast.Name(id=value) if value in self.foreign:
                return ""  # the import is told
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
        if told := method_hint(name):
            return told
        told = self._unknown(root_name(node.value) or "this value", name)
        return told + (module_hint("np", name) and f"; write {module_hint('np', name)}")

    def _unknown(self, value: str, name: str) -> str:
        near = same_meaning(name, self.fields)
        some = "" if near else ", ".join(some_words(name, self.fields))
        told = f"'{value}' has no field '{name:.60}'"
        told += f"; nearest: {near}" if near else ""
        told += f"; fields with such a word: {some}" if some else ""
        return told + self._fields(" ")

    def _fields(self, before: str = "") -> str:
        if self.listed:
            return ""
        self.listed = True
        return f"{before}(fields: {', '.join(self.fields)})"
