"""Finds mistakes in how a reward handles batches; rows are independent environments.

Reports states used as arrays, conditions on whole arrays, functions of a single number,
and reductions that mix rows. It reads the text only; the probe finds the rest by calls.
"""

import ast
from collections.abc import Mapping, Sequence

from sandbox.columns import is_columns, one_row, reduced_columns
from sandbox.hints import module_hint
from sandbox.names import UFUNC_INPUTS
from sandbox.reductions import NO_AXIS, is_numpy, reduction_name, written_axis
from sandbox.syntax import COMPREHENSIONS, bindings, parameters

LineMessage = tuple[int, str]  # line number and problem
ROWS, WIDE = 1, 2  # known shapes (n,) and (n, k); 0 where the shape is unknown
_MIXES_COLUMNS = {"matmul", "vecdot"}
_ELEMENTWISE = UFUNC_INPUTS.keys() - _MIXES_COLUMNS | {
    *("where", "clip", "nan_to_num", "sinc", "round", "around", "asarray", "copy"),
    *("isclose", "real", "angle", "zeros_like", "ones_like"),
}
_SAME_SHAPE = {"astype", "clip", "copy", "round"}  # methods
_SINGLE = {"bool", "float", "int", "max", "min", "sum", "any", "all", "sorted", "range"}
_CONDITION = (
    "this condition has one truth value per row, not one: np.where(condition, x, y) "
    "instead of 'if', and & | ~ with brackets instead of 'and', 'or', 'not'"
)


def batch_problems(
    reward: ast.FunctionDef, widths: Mapping[str, int]
) -> list[LineMessage]:
    """Line and message of each place where a reward certainly handles batches wrongly.

    widths: field to 0 for (n,), k for (n, k).
    """
    visitor = _BatchVisitor(parameters(reward.args), bindings(reward.body), widths)
    for statement in reward.body:
        visitor.visit(statement)
    return visitor.problems


class _BatchVisitor(ast.NodeVisitor):
    """Visits a reward, keeping the known shapes of its names, and collects problems."""

    def __init__(
        self,
        arguments: Sequence[str],
        assignments: Mapping[str, Sequence[ast.expr | None]],
        widths: Mapping[str, int],
    ) -> None:
        self.widths = widths
        self.problems: list[LineMessage] = []
        self.states = {name for name in arguments[::2] if name not in assignments}
        self.last = arguments[-1]
        self.shapes = {name: WIDE for name in arguments[1:2] if name not in assignments}
        self.cache: dict[int, int] = {}
        for name, values in reversed(
            [*assignments.items()]
        ):  # in the order of the text
            shapes = {self.shape(value) for value in values}
            if len(shapes) == 1 and name not in arguments:
                self.shapes[name] = shapes.pop()
        self.cache.clear()
        self.columns: set[str] = set()  # names of lists of (n,) arrays: (k, n)
        for name, values in assignments.items():
            if name not in arguments and all(map(self._is_columns, values)):
                self.columns.add(name)

    def _is_columns(self, node: ast.expr | None) -> bool:
        return is_columns(node, lambda n: self.shape(n) == ROWS, self.columns)

    def shape(self, node: ast.expr | None) -> int:
        """ROWS or WIDE where the expression certainly has one entry per row."""
        if node is None:
            return 0
        if id(node) not in self.cache:
            self.cache[id(node)] = self._shape(node)
        return self.cache[id(node)]

    def _shape(self, node: ast.expr) -> int:
        match node:
            case ast.Name(id=name):
                return self.shapes.get(name, 0)
            case ast.Attribute(value=ast.Name(id=name), attr=field):
                if name in self.states and field in self.widths:
                    return WIDE if self.widths[field] else ROWS
            case ast.BinOp(left=left, right=right):
                if not isinstance(node.op, ast.MatMult):
                    return max(self.shape(left), self.shape(right))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=value):
                return self.shape(value)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                one_valued_ops = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
                if not any(isinstance(op, one_valued_ops) for op in ops):
                    return max(map(self.shape, (left, *comparators)))
            case ast.Subscript(value=value, slice=ast.Tuple(elts=[first, second])):
                if isinstance(first, ast.Slice) and not (first.lower or first.upper):
                    is_one_column = isinstance(second, ast.UnaryOp) or (
                        isinstance(second, ast.Constant) and second.value is not None
                    )
                    return self.shape(value) and (ROWS if is_one_column else WIDE)
            case ast.Call(func=ast.Name(id="abs"), args=[value]):
                return self.shape(value)
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=arguments):
                if (reduction := reduction_name(node)) and reduction not in NO_AXIS:
                    reduced_array = (
                        arguments[0] if is_numpy(node.func) and arguments else value
                    )
                    per_row = written_axis(node, name) in ("1", "-1")
                    return ROWS if per_row and self.shape(reduced_array) == WIDE else 0
                if is_numpy(node.func) and name in _ELEMENTWISE:
                    return max(map(self.shape, arguments), default=0)
                if name in _SAME_SHAPE:
                    return self.shape(value)
        return 0

    def _report(self, node: ast.expr | ast.stmt, message: str) -> None:
        self.problems.append((node.lineno, message))

    def _no_state(self, *nodes: ast.expr) -> None:
        for node in nodes:
            if isinstance(node, ast.Name) and node.id in self.states:
                moment = "after" if node.id == self.last else "before"
                field = next(iter(self.widths), "time")
                self._report(
                    node,
                    f"{node.id!r} is the state {moment} the step: no array, no number, "
                    f"without a truth value; read its fields, as in {node.id}.{field}",
                )

    def _condition(self, *nodes: ast.expr) -> None:
        self._no_state(*nodes)
        for node in nodes:
            if self.shape(node):
                self._report(node, f"{_CONDITION}: {_text(node)}")

    def visit_If(self, node: ast.If | ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    visit_IfExp = visit_If  # noqa: N815 (ast chose the names)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._condition(*node.values)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._no_state(node.operand)
        if isinstance(node.op, ast.Not):
            self._condition(node.operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._no_state(node.left, node.right)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if not any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            self._no_state(node.left, *node.comparators)
        if len(node.ops) > 1 and self.shape(node):
            self._report(node, f"{_CONDITION}: {_text(node)}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        first = self.shape(node.args[0]) if node.args else 0
        any_batch = any(map(self.shape, node.args))
        match node.func:
            case ast.Name(id="len") if node.args and isinstance(
                node.args[0], ast.Subscript
            ):
                return self.generic_visit(node.args[0])  # all rows are alike in it
            case ast.Name(id=name) if name in _SINGLE and name not in self.shapes:
                self._no_state(*node.args)
                if any_batch:
                    self._report(
                        node, f"{_text(node)}: {_instead(name, len(node.args))}"
                    )
            case ast.Attribute(value=ast.Name(id="math"), attr=name):
                self._no_state(*node.args)
                if any_batch:
                    problem = "math works on one number, and this is one per row"
                    instead = module_hint(name) or "np's functions"
                    self._report(node, f"{_text(node)}: {problem}; use {instead}")
            case ast.Attribute(value=value, attr=name):
                if is_numpy(node.func):
                    self._no_state(*node.args)
                whole = node.args[:1] if is_numpy(node.func) else [value]
                shape = first if is_numpy(node.func) else self.shape(value)
                if shape and reduction_name(node):
                    self._reduced(node, name, shape)
                elif any(map(self._is_columns, whole)) and reduction_name(node):
                    axis = "other" if name in NO_AXIS else written_axis(node, name)
                    if problem := reduced_columns(node, axis):
                        self._report(node, problem)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        shape = isinstance(node.ctx, ast.Load) and self.shape(node.value)
        if shape and (problem := one_row(node, shape == WIDE)):
            self._report(node, problem)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        sized = node.attr in ("shape", "size", "ndim")  # all rows are alike in it
        inner = sized and isinstance(node.value, ast.Subscript)
        self.generic_visit(node.value if inner else node)

    def _reduced(self, node: ast.Call, name: str, shape: int) -> None:
        axis, text = written_axis(node, name), _text(node)
        if name in NO_AXIS or (shape == ROWS and axis in ("", "0", "-1")):
            message = "mixes the rows, and a row may depend on no other row"
            if name == "norm":
                message += "; the length of a single number is np.abs(x)"
            elif name in ("any", "all"):
                message += "; choose per row with np.where(condition, x, y)"
            self._report(node, f"{text} {message}")
        elif axis in ("", "0"):
            missing = "axis=1 is missing" if not axis else "axis=0 is the rows"
            self._report(
                node,
                f"{missing} in {text}: so it mixes the rows, and a row may depend on "
                "no other row; axis=1 reduces the k numbers of each row",
            )

    def _inner(self, names: set[str], node: ast.AST) -> None:
        """Visits an inner function or comprehension; its names hide the outer ones."""
        outer = self.shapes, self.states, self.columns
        self.shapes = {n: shape for n, shape in self.shapes.items() if n not in names}
        self.states, self.columns = self.states - names, self.columns - names
        self.cache.clear()
        super().generic_visit(node)
        self.shapes, self.states, self.columns = outer
        self.cache.clear()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner({*parameters(node.args)}, node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inner({*parameters(node.args), *bindings(node.body)}, node)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, COMPREHENSIONS):
            targets = (target for g in node.generators for target in ast.walk(g.target))
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if hidden := names & {*self.shapes, *self.states, *self.columns}:
                return self._inner(hidden, node)
        super().generic_visit(node)


def _text(node: ast.expr) -> str:
    return f"{ast.unparse(node):.80}"


def _instead(name: str, count: int) -> str:
    """What to write instead of a builtin function on a batch."""
    if name in ("max", "min") and count > 1:
        return f"np.{name}imum(x, y) compares row by row"
    if name in ("float", "int", "bool"):
        return "this is one number per row, not one; use .astype(float) or nothing"
    return "this mixes the rows, and a row may depend on no other row"
