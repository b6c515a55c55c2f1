"""Which names a reward uses: fields, numpy, its own; tells typos and changed inputs."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sandbox.names import BUILTINS, LINALG, MATH, MUTATORS, NUMPY, VALUE_ATTRIBUTES

_GIVEN = frozenset({"np", "math", *BUILTINS})
_RANDOM = "is random; rewards must be deterministic (noise belongs to the environment)"
_CHANGE = "a reward must not change its inputs; work on a copy"
_FEW_FIELDS = 30
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class _Scope:
    """The names of one function; states and actions are inputs of the reward."""

    names: frozenset[str]
    states: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()  # x = s.x_velocity, the same memory


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that shares most with this one; '' when nothing is known."""

    def likeness(other: str) -> float:
        shared = len({*name} & {*other}) / max(1, len({*name}))
        return SequenceMatcher(None, name.lower(), other.lower()).ratio() + shared

    return max(sorted(known), key=likeness, default="")


def _bindings(body: Sequence[ast.AST]) -> dict[str, list[ast.expr | None]]:
    """What each name of a function is bound to; None where it is not one expression.

    Names that only ``x += 1`` binds are missing: they are an input or unknown.
    """
    bound: dict[str, list[ast.expr | None]] = {}
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.setdefault(name, []).append(None)
                continue
            case ast.Lambda():
                continue
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    bound.setdefault(alias.asname or alias.name, []).append(None)
            case ast.ExceptHandler(name=str(name)):
                bound.setdefault(name, []).append(None)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                bound.setdefault(name, []).append(value)
                waiting.extend([value] if value else [])
                continue
            case ast.AugAssign(target=ast.Name()):
                waiting.append(node.value)
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                bound.setdefault(name, []).append(None)
        if isinstance(node, _COMPREHENSIONS):  # its own scope, but for (name := value)
            waiting += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return bound


def _parameters(arguments: ast.arguments) -> list[str]:
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]
    return [argument.arg for argument in given]


def _reward_scope(
    parameters: Sequence[str], bound: Mapping[str, Sequence[ast.expr | None]]
) -> _Scope:
    """The scope of the reward: parameters that it does not rebind are inputs."""
    states = frozenset(p for p in parameters[::2] if p not in bound)

    def is_field(value: ast.expr | None) -> bool:
        return isinstance(value, ast.Attribute) and _root(value) in states

    return _Scope(
        names=frozenset({*bound, *parameters}),
        states=states,
        actions=frozenset({parameters[1]} - {*bound}),
        aliases=frozenset(
            n for n, values in bound.items() if all(map(is_field, values))
        ),
    )


def _root(node: ast.expr) -> str:
    """The name that ``name.x[0].y`` begins with, '' when it begins with none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def misused_names(tree: ast.Module, fields: Mapping[str, int]) -> list[tuple[int, str]]:
    """Line and message of each name that a reward with these fields cannot use."""
    checker = _Checker(fields)
    checker.visit(tree)
    return checker.problems


class _Checker(ast.NodeVisitor):
    """Walks a source with the names that hold at each place, and collects problems."""

    def __init__(self, fields: Mapping[str, int]) -> None:
        self.fields = fields
        self.problems: list[tuple[int, str]] = []
        self.scopes = [_Scope(_GIVEN)]
        self.foreign: set[str] = set()  # what is imported besides np and math

    def visit_Module(self, node: ast.Module) -> None:
        imports = (n for n in ast.walk(node) if isinstance(n, ast.Import))
        self.foreign = {a.asname or a.name for n in imports for a in n.names}
        self.foreign -= {"np", "math"}
        self.scopes.append(_Scope(frozenset(_bindings(node.body))))
        self.generic_visit(node)

    def _tell(self, node: ast.expr | ast.stmt | ast.arg, message: str) -> None:
        self.problems.append((node.lineno, message))

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
        bound = _bindings(node.body)
        parameters = _parameters(node.args)
        for parameter in parameters:
            self._binds(node, parameter)
        if node.name == "reward" and len(self.scopes) == 2 and len(parameters) == 3:
            scope = _reward_scope(parameters, bound)
        else:
            scope = _Scope(frozenset({*bound, *parameters}))
        self.scopes.append(scope)
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        names = _parameters(node.args)
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
            known = {name for scope in self.scopes for name in scope.names}
            near = nearest(node.id, known)
            self._tell(
                node, f"{node.id!r} is not defined or not allowed; nearest: {near}"
            )

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
                self._tell(node, f"{name!r} has no value yet where it is changed")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = _root(node)
        owner = self._owner(name)
        if isinstance(node.ctx, ast.Store):
            self._written(node, name)
        elif isinstance(node.value, ast.Name) and owner and name in owner.states:
            self._tell(node, f"{name!r} has named fields: {self._fields()}")
        self.generic_visit(node)

    def _written(self, node: ast.expr, name: str) -> None:
        if self._is_input(name):
            self._tell(node, f"this writes into {name!r}: {_CHANGE}")
        elif len(self.scopes) > 2 and self._owner(name) in self.scopes[:2]:
            told = f"{name!r} is a constant of the module; calls must not change it"
            self._tell(node, told)

    def visit_Call(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg == "out":
                self._tell(node, "'out=' is not allowed; use the returned array")
            elif keyword.arg is None and _root(node.func) != "dict":
                self._tell(node, "'**' in a call is not allowed; name the arguments")
        if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            name = _root(node.func)
            if name not in ("", "np"):
                self._written(node, name)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
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
                return _member("np", name, NUMPY | {"linalg"})
            case ast.Attribute(value=ast.Name(id="np"), attr="linalg"):
                return _member("np.linalg", name, LINALG)
            case ast.Attribute(value=ast.Name(id="np"), attr="random"):
                return ""  # told already
            case ast.Name(id="math"):
                return _member("math", name, MATH)
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
        return self._unknown(_root(node.value) or "this value", name)

    def _unknown(self, value: str, name: str) -> str:
        near = nearest(name, self.fields)
        return f"'{value}' has no field '{name}'; nearest: {near}{self._fields(' ')}"

    def _fields(self, before: str = "") -> str:
        if len(self.fields) > _FEW_FIELDS:
            return ""
        return f"{before}(fields: {', '.join(self.fields)})"


def _member(module: str, name: str, allowed: frozenset[str]) -> str:
    if name in allowed:
        return ""
    near = nearest(name, allowed)
    return f"'{module}.{name}' is not available in a reward; nearest: {module}.{near}"
