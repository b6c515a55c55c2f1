"""A reward as a graph: read from the text of a confined process, and computed.

The text is not trusted. Its size and depth are limited before it is parsed; then every
operation, reference and parameter is checked, and the form of every result, so that a
graph can be computed for any number of rows with memory in proportion to it. The result
of a row depends on no other row, by the rules of the operations (shapes.py).

Not covered: a graph may compute something else than the reward that it came from, so it
is compared with that reward before use; and what a compiler makes of at most 4,000
nodes may take it long.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from sandbox.contract import MAX_TERMS
from sandbox.operations import (
    MAX_CELLS,
    MAX_JSON_CHARACTERS,
    MAX_NODES,
    ROW_AXIS,
    Form,
    Node,
    compute,
)
from sandbox.shapes import GraphError, cells, form_of
from sandbox.text import is_term_name

__all__ = ["Graph", "GraphError", "evaluate", "read_graph"]

MAX_JSON_DEPTH = 5  # of graph, nodes, node, parameters and shape
_BRACKET = re.compile(r"[\[\]{}]")
_SPECIAL = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_FRAMES = ("s", "s_next")


@dataclass(frozen=True)
class Graph:
    """A checked reward, which ``evaluate`` computes; can be hashed.

    widths: field and 0 for (n,), k for (n, k), in the order of a frame's columns.
    terms: the names of the terms. outputs: the node of each term.
    """

    widths: tuple[tuple[str, int], ...]
    action_dim: int
    nodes: tuple[Node, ...]
    terms: tuple[str, ...]
    outputs: tuple[int, ...]


def read_graph(text: str, widths: Mapping[str, int], action_dim: int) -> Graph:
    """The graph in the text that a reward process sent; GraphError for any other.

    widths: of the public fields, as for RewardProcess.
    """
    data = _parse(text)
    if not isinstance(data, dict) or data.keys() != {"nodes", "terms"}:
        raise GraphError("a graph has nodes and terms, and nothing else")
    rows, terms = data["nodes"], data["terms"]
    if not isinstance(rows, tuple) or len(rows) > MAX_NODES:
        raise GraphError(f"the nodes are no list of at most {MAX_NODES}")
    nodes: list[Node] = []
    left = MAX_CELLS
    for row in rows:
        nodes.append(_node(row, nodes, widths, action_dim))
        left -= cells(nodes[-1].form)
        if left < 0:
            raise GraphError(f"its nodes make more than {MAX_CELLS} numbers of a row")
    names, outputs = _terms(terms, nodes)
    return Graph(tuple(widths.items()), action_dim, tuple(nodes), names, outputs)


def _parse(text: str) -> Any:
    """The JSON with lists as tuples; refuses text that is too long or too deep."""
    if len(text) > MAX_JSON_CHARACTERS:
        raise GraphError(f"it has more than {MAX_JSON_CHARACTERS} characters")
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            raise GraphError(f"it is nested more than {MAX_JSON_DEPTH} levels deep")
    try:
        return _tuples(json.loads(text, parse_constant=_no_constant))
    except (ValueError, RecursionError) as error:
        raise GraphError(f"it is no JSON: {error!s:.100}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is written as a text")


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _node(
    row: Any, earlier: list[Node], widths: Mapping[str, int], action_dim: int
) -> Node:
    """One node: [operation, [indices of earlier nodes], [parameters]]."""
    match row:
        case (str(operation), tuple(inputs), tuple(parameters)):
            pass
        case _:
            raise GraphError(f"{row!r:.80} is no node")
    for index in inputs:
        _reference(index, earlier)
    if operation in ("field", "action"):
        form = _input_form(row, widths, action_dim)
    else:
        if operation == "numbers":
            parameters = _floats(parameters)
        forms = [earlier[index].form for index in inputs]
        try:
            form = form_of(operation, forms, parameters)
        except GraphError as error:
            place = f"node {len(earlier)}, {operation!r:.40}"
            raise GraphError(f"{place}: {error}") from None
    return Node(operation, inputs, parameters, form)


def _reference(index: Any, earlier: list[Node]) -> None:
    if type(index) is not int or not 0 <= index < len(earlier):
        raise GraphError(f"{index!r:.40} is no node before node {len(earlier)}")


def _input_form(row: Any, widths: Mapping[str, int], action_dim: int) -> Form:
    """The form of a field of a state, or of the action."""
    match row:
        case ("action", (), ()):
            return Form((ROW_AXIS, action_dim))
        case ("field", (), (str(frame), str(name))):
            if frame in _FRAMES and name in widths:
                width = widths[name]
                return Form((ROW_AXIS, width) if width else (ROW_AXIS,))
    raise GraphError(f"{row!r:.80} is no input of a reward")


def _floats(parameters: tuple[Any, ...]) -> tuple[Any, ...]:
    """Parameters of a constant with its numbers as floats, where they are numbers."""
    match parameters:
        case (shape, tuple(values)):
            return shape, tuple(map(_float, values))
    return parameters


def _float(value: Any) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if type(value) is float and math.isfinite(value):
        return value
    raise GraphError(f"{value!r:.40} is no float")


def _terms(terms: Any, nodes: list[Node]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and nodes of the terms, each one number per row or one for all."""
    if not isinstance(terms, dict) or not 1 <= len(terms) <= MAX_TERMS:
        raise GraphError(f"a graph has 1 to {MAX_TERMS} terms")
    for name, index in terms.items():
        _reference(index, nodes)
        if not is_term_name(name):
            raise GraphError(f"{name!r:.80} is no name of a term")
        if nodes[index].form.shape not in ((ROW_AXIS,), (), (1,)):
            raise GraphError(f"term {name!r} is not one number per row")
    return tuple(terms), tuple(terms.values())


def evaluate(graph: Graph, xp: Any, s: Any, a: Any, s_next: Any) -> Any:
    """The terms (n, terms) of n transitions, by numpy or jax.numpy as xp.

    s, s_next: frames (n, width); a: (n, action_dim); of one float type, in which all is
    computed. Pure, so that jax can compile it.
    """
    n, dtype = a.shape[0], s.dtype
    inputs: dict[tuple[str, ...], Any] = {(): a}
    for label, frame in zip(_FRAMES, (s, s_next), strict=True):
        column = 0
        for name, width in graph.widths:
            span = slice(column, column + width) if width else column
            inputs[label, name] = frame[:, span]
            column += width or 1
    results: list[Any] = []
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node.operation in ("field", "action"):
                results.append(inputs[node.parameters])
                continue
            values = [results[index] for index in node.inputs]
            results.append(compute(xp, node, values, n, dtype))
        columns = [results[index].astype(dtype) for index in graph.outputs]
        return xp.stack([xp.broadcast_to(x, (n,)) for x in columns], axis=1)
