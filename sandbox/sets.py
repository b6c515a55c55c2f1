"""Refuses uses of sets that depend on their order, which differs by process."""

import ast
from collections.abc import Iterator

_ORDERLESS = ("len", "sorted")
_MESSAGE = (
    "a set has no order that stays, so it may only stand after 'in' or in sorted(...): "
    "use a list or a tuple"
)


def unordered(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and message of each set in a place where its order may matter."""
    nodes = list(ast.walk(tree))
    names = {
        target.id
        for node in nodes
        for target, value in _assigned(node)
        if isinstance(target, ast.Name) and _is_set(value)
    }
    fine: set[int] = set()
    for node in nodes:
        fine |= {id(use) for use in _fine_uses(node)}
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name == "set" or name in names:
                misused = id(node) not in fine
            case ast.expr():
                misused = _is_set(node) and id(node) not in fine
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


def _fine_uses(node: ast.AST) -> Iterator[ast.AST]:
    """The set expressions whose order does not matter in this node."""
    match node:
        case ast.Compare(ops=ops, comparators=operands):
            for op, operand in zip(ops, operands, strict=True):
                if isinstance(op, ast.In | ast.NotIn):
                    yield operand
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _ORDERLESS:
            yield first
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            yield from ast.walk(kinds)
        case ast.Call(func=ast.Name(id="set") as name):
            yield name
    for target, value in _assigned(node):
        if isinstance(target, ast.Name) and _is_set(value):
            yield value


def _is_set(node: ast.expr) -> bool:
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set")):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor() | ast.Sub()):
            return _keys(node.left) or _keys(node.right)
    return False


def _keys(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="keys" | "items"), args=[]):
            return True
    return False
