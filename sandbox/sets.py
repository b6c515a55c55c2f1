"""Refuses uses of sets that depend on their order, which differs by process."""

import ast
from collections.abc import Collection, Iterator

_MESSAGE = (
    "a set has no order that stays, so it may only stand after 'in' or in sorted(...) "
    "without a key, which leaves equals in the set's order: use a list or a tuple"
)


def unordered(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and message of each set in a place where its order may matter."""
    nodes = list(ast.walk(tree))
    assigned = [
        (target.id, value)
        for node in nodes
        for target, value in _assigned(node)
        if isinstance(target, ast.Name)
    ]
    views = {name for name, value in assigned if _keys(value)}
    names = {name for name, value in assigned if _is_set(value, views)}
    own = _own_names(nodes)
    fine: set[int] = set()
    for node in nodes:
        fine |= {id(use) for use in _fine_uses(node, own, views)}
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name == "set" or name in names:
                misused = id(node) not in fine
            case ast.expr():
                misused = _is_set(node, views) and id(node) not in fine
            case _:
                continue
        if misused:
            yield node.lineno, _MESSAGE


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            return [(target, value) for target in targets]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return [(target, value)]
    return []


def _own_names(nodes: list[ast.AST]) -> set[str]:
    """The names that the source itself binds, wherever it does."""
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                own.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                own |= {alias.asname or alias.name for alias in names}
    return own


def _fine_uses(
    node: ast.AST, own: Collection[str], views: Collection[str]
) -> Iterator[ast.AST]:
    """The sets whose order does not matter here; a name of the source's own hides."""
    match node:
        case ast.Compare(ops=ops, comparators=operands):
            for op, operand in zip(ops, operands, strict=True):
                if isinstance(op, ast.In | ast.NotIn):
                    yield operand
        case ast.Call(func=ast.Name(id=name)) if name in own:
            return
        case ast.Call(func=ast.Name(id="len" | "sorted"), args=[first]):
            if all(keyword.arg == "reverse" for keyword in node.keywords):
                yield first
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            yield from kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        case ast.Call(func=ast.Name(id="set") as name):
            yield name
    for target, value in _assigned(node):
        if isinstance(target, ast.Name) and _is_set(value, views):
            yield value


def _is_set(node: ast.expr, views: Collection[str]) -> bool:
    """Whether the expression is a set; views: the names of keys() and items()."""
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set")):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor() | ast.Sub()):
            return any(
                _keys(side) or (isinstance(side, ast.Name) and side.id in views)
                for side in (node.left, node.right)
            )
    return False


def _keys(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="keys" | "items"), args=[]):
            return True
    return False
