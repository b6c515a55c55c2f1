"""One row where a column is meant, and lists of columns: what to write instead."""

import ast
from collections.abc import Callable, Collection

_JOINING = {"array", "asarray", "stack", "vstack"}


def one_row(node: ast.Subscript, is_wide: bool) -> str:
    """Why x[0] of a batch is wrong, '' where the index is not of one row."""
    index: ast.expr = node.slice
    column = index
    if isinstance(index, ast.Tuple) and index.elts:
        column = index.elts[-1]
        index = index.elts[0]
    if isinstance(index, ast.UnaryOp):
        index = index.operand
    if not (isinstance(index, ast.Constant) and type(index.value) is int):
        return ""
    x, k = f"{ast.unparse(node.value):.80}", f"{ast.unparse(column):.20}"
    way = f"number {k} of every row is {x}[:, {k}]"
    return (
        f"{ast.unparse(node):.80} is of one row, and a row may depend on no other row; "
        + (way if is_wide else f"{x} has one number per row")
    )


def is_columns(
    node: ast.expr | None, is_column: Callable[[ast.expr], bool], names: Collection[str]
) -> bool:
    """Whether the expression is k arrays (n,) one after the other, so (k, n).

    is_column: whether an expression is (n,). names: those that stand for such a list.
    """
    match node:
        case ast.List(elts=[_, *_] as items) | ast.Tuple(elts=[_, *_] as items):
            return all(map(is_column, items))
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="np"), attr=name),
            args=[items],
            keywords=[],
        ):
            return name in _JOINING and is_columns(items, is_column, names)
    return isinstance(node, ast.Name) and node.id in names


def reduced_columns(node: ast.Call, axis: str) -> str:
    """Why a reduction of a list of columns is wrong; axis: as written, '' for none."""
    if axis not in ("", "1", "-1"):
        return ""
    wrong = f"axis={axis} is the rows" if axis else "axis=0 is missing"
    return (
        f"{wrong} in {ast.unparse(node):.80}: k arrays (n,) in a list are (k, n), so "
        "axis=0 reduces the k numbers of each row"
    )
