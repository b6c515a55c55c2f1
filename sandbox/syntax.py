"""The syntax that a reward may use: an allow-list of nodes, and limits on literals."""

import ast
from collections.abc import Sequence

from sandbox.names import MUTATORS

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MADE_THERE = ("zeros", "zeros_like", "ones", "ones_like", "full", "full_like")
_CHANGING = MUTATORS | {"clear", "fill", "insert", "remove", "reverse", "sort"}
MAX_DEPTH = 100
MAX_POWER = 100
MAX_INTEGER = 10**15
MAX_ELEMENTS = 256
MAX_REPEAT = 10_000

_ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Module, ast.FunctionDef, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign,
    ast.For, ast.If, ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.Import,
    ast.ImportFrom, ast.alias, ast.BoolOp, ast.boolop, ast.NamedExpr, ast.BinOp,
    ast.UnaryOp, ast.unaryop, ast.Lambda, ast.IfExp, ast.Dict, ast.Set, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension, ast.Compare,
    ast.cmpop, ast.Call, ast.keyword, ast.FormattedValue, ast.JoinedStr, ast.Constant,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.Name, ast.List, ast.Tuple,
    ast.expr_context, ast.arguments, ast.arg, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.BitAnd, ast.BitOr, ast.BitXor,
)  # fmt: skip

_REFUSED: dict[type[ast.AST], str] = {
    ast.While: "'while' is not allowed; compute with whole arrays, or 'for i in range'",
    ast.ClassDef: "'class' is not allowed; use functions and module constants",
    ast.Global: "'global' is not allowed; a reward depends on its arguments only",
    ast.Nonlocal: "'nonlocal' is not allowed; return the value instead",
    ast.Try: "'try' is not allowed; guard the value with np.where or np.clip",
    ast.With: "'with' is not allowed; numpy warnings are already silent",
    ast.Raise: "'raise' is not allowed; return a number for every row",
    ast.Assert: "'assert' is not allowed; shapes are checked by the caller",
    ast.Delete: "'del' is not allowed; leave the name alone",
    ast.Yield: "'yield' is not allowed; return the terms as a dict",
    ast.YieldFrom: "'yield' is not allowed; return the terms as a dict",
    ast.AsyncFunctionDef: "'async' is not allowed; a reward is a plain function",
    ast.Await: "'await' is not allowed; a reward is a plain function",
    ast.Match: "'match' is not allowed; rows differ, so use np.where or np.select",
    ast.LShift: "'<<' is not allowed; multiply instead",
    ast.RShift: "'>>' is not allowed; divide instead",
}


def refused(node: ast.AST) -> str:
    """Why this node is not allowed in a reward; '' where it is."""
    if not isinstance(node, _ALLOWED):
        name = type(node).__name__
        return _REFUSED.get(type(node), f"this syntax ({name}) is not allowed")
    match node:
        case ast.FunctionDef(decorator_list=[_, *_]):
            return "decorators are not allowed; call the function instead"
        case ast.comprehension(is_async=1):
            return "'async' is not allowed; a reward is a plain function"
        case ast.arguments():
            defaults = [*node.defaults, *(d for d in node.kw_defaults if d)]
            if not all(_is_constant(default) for default in defaults):
                return "a default argument must be a constant"
        case ast.Constant(value=int(value)) if abs(value) > MAX_INTEGER:
            return "this whole number is too large; write it like 1e20"
        case ast.BinOp():
            return _operation(node)
        case ast.AugAssign(op=ast.Pow()):
            return _power(node.value)
        case ast.List() | ast.Tuple() | ast.Set() if len(node.elts) > MAX_ELEMENTS:
            return f"a literal of more than {MAX_ELEMENTS} elements is not allowed"
        case ast.Dict() if len(node.keys) > MAX_ELEMENTS:
            return f"a literal of more than {MAX_ELEMENTS} elements is not allowed"
    return ""


def _is_constant(node: ast.expr) -> bool:
    allowed = (
        ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.UnaryOp, ast.BinOp,
        ast.unaryop, ast.operator, ast.expr_context,
    )  # fmt: skip
    return all(isinstance(inner, allowed) for inner in ast.walk(node))


def _operation(node: ast.BinOp) -> str:
    if isinstance(node.op, ast.Pow):
        return _power(node.right)
    if isinstance(node.op, ast.Mult):
        for left, right in ((node.left, node.right), (node.right, node.left)):
            repeated = isinstance(left, ast.List | ast.Tuple | ast.JoinedStr) or (
                isinstance(left, ast.Constant) and isinstance(left.value, str | bytes)
            )
            if repeated and _size(right) > MAX_REPEAT:
                return f"repeating a sequence over {MAX_REPEAT} times is not allowed"
    return ""


def _power(exponent: ast.expr) -> str:
    if _size(exponent) > MAX_POWER or any(
        isinstance(inner, ast.Pow) for inner in ast.walk(exponent)
    ):
        return (
            f"an exponent over {MAX_POWER}, or one with a power in it, is not allowed"
        )
    return ""


def _size(node: ast.expr) -> float:
    """The largest literal number in the expression, 0 without one."""
    sizes = (
        abs(inner.value)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, int | float)
    )
    return max(sizes, default=0)


def bindings(body: Sequence[ast.AST]) -> dict[str, list[ast.expr | None]]:
    """The expressions assigned to each name of a function body.

    None stands for an assignment without an expression of its own (a loop variable, a
    def). Names that only ``x += 1`` assigns are left out: they are inputs or undefined.
    """
    values: dict[str, list[ast.expr | None]] = {}
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                values.setdefault(name, []).append(None)
                continue
            case ast.Lambda():
                continue
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    values.setdefault(alias.asname or alias.name, []).append(None)
            case ast.ExceptHandler(name=str(name)):
                values.setdefault(name, []).append(None)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                values.setdefault(name, []).append(value)
                waiting.extend([value] if value else [])
                continue
            case ast.AugAssign(target=ast.Name()):
                waiting.append(node.value)
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                values.setdefault(name, []).append(None)
        if isinstance(
            node, COMPREHENSIONS
        ):  # (name := value) in it assigns in the outer scope
            waiting += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return values


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of a function's arguments, in order."""
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    all_arguments = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *extra,
    ]
    return [argument.arg for argument in all_arguments]


def root_name(node: ast.expr) -> str:
    """The name at the start of ``name.x[0].y``; '' where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def changed_names(tree: ast.AST) -> set[str]:
    """Names whose values code changes: TABLE["x"] = 1, TABLE.update(x=1)."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(ctx=ctx) | ast.Attribute(ctx=ctx):
                if not isinstance(ctx, ast.Load):
                    names.add(root_name(node))
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _CHANGING:
                names.add(root_name(node.func))
    return names - {"", "np"}  # np.append(x, y) changes nothing


def is_made_there(node: ast.expr) -> bool:
    """Whether an array is new, as in out=np.zeros_like(x)."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name)):
            return name in _MADE_THERE
    return False
