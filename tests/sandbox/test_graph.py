"""A checked graph computes what it says, by numpy and by jax, each row alone."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from sandbox.graph import GraphError, evaluate, read_graph
from sandbox.operations import (
    ARITHMETIC,
    LOGIC,
    REDUCTIONS,
    SCANS,
    TESTS,
    TRUTH_REDUCTIONS,
)
from sandbox.shapes import _RULES

WIDTHS = {"x": 0, "p": 3}
# Nodes 0 to 5: x, p and the next x as numbers, the action, and two conditions.
INPUTS = [
    ["field", [], ["s", "x"]],
    ["field", [], ["s", "p"]],
    ["field", [], ["s_next", "x"]],
    ["action", [], []],
    ["less", [0, 2], []],
    ["isfinite", [0], []],
]
needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


def batch(n=8, dtype=np.float64):
    normal = np.random.default_rng(1).standard_normal
    return [normal((n, k)).astype(dtype) for k in (4, 2, 4)]


def graph_of(*nodes, output=None):
    index = len(INPUTS) + len(nodes) - 1 if output is None else output
    data = {"nodes": [*INPUTS, *nodes], "terms": {"t": index}}
    return read_graph(json.dumps(data), WIDTHS, 2)


CASES = [
    ([["sum", [1], [1]]], lambda s, a, n: s[:, 1:].sum(1)),
    ([["prod", [3], [1]]], lambda s, a, n: a.prod(1)),
    ([["argmax", [1], [1]]], lambda s, a, n: s[:, 1:].argmax(1)),
    ([["slice", [1], [1, 2, 1, 1]], ["reshape", [6], [[-1]]]], lambda s, a, n: s[:, 3]),
    (
        [["slice", [1], [1, 2, 3, -1]], ["cumsum", [6], [1]], ["min", [7], [1]]],
        lambda s, a, n: np.cumsum(s[:, :0:-1], 1).min(1),
    ),
    (
        [["take", [1], [1, [2, 0, 2]]], ["sum", [6], [1]]],
        lambda s, a, n: 2 * s[:, 3] + s[:, 1],
    ),
    (
        [["sort", [1], [1]], ["argsort", [6], [1]], ["max", [7], [1]]],
        lambda s, a, n: 0 * n[:, 0] + 2,
    ),
    ([["where", [4, 0, 2], []]], lambda s, a, n: np.minimum(s[:, 0], n[:, 0])),
    (
        [["transpose", [1], [[1, 0]]], ["sum", [6], [0]]],
        lambda s, a, n: s[:, 1:].sum(1),
    ),
    (
        [["concatenate", [1, 3], [1]], ["max", [6], [1]]],
        lambda s, a, n: np.hstack([s[:, 1:], a]).max(1),
    ),
    (
        [["reshape", [0], [[-1, 1]]], ["multiply", [6, 1], []], ["sum", [7], [1]]],
        lambda s, a, n: s[:, 0] * s[:, 1:].sum(1),
    ),
    (
        [["logical_and", [4, 5], []], ["number", [6], []]],
        lambda s, a, n: s[:, 0] < n[:, 0],
    ),
    (
        [
            ["truths", [], [[3], [True, False, True]]],
            ["where", [6, 1, 1], []],
            ["numbers", [], [[3], [1.0, 2.0, 3.0]]],
            ["multiply", [7, 8], []],
            ["sum", [9], [1]],
        ],
        lambda s, a, n: s[:, 1:] @ [1.0, 2.0, 3.0],
    ),
    ([["argmin", [1], [1]]], lambda s, a, n: s[:, 1:].argmin(1)),
    (
        [["cumprod", [1], [1]], ["max", [6], [1]]],
        lambda s, a, n: np.cumprod(s[:, 1:], 1).max(1),
    ),
    ([["signbit", [1], []], ["all", [6], [1]]], lambda s, a, n: (s[:, 1:] < 0).all(1)),
    ([["signbit", [1], []], ["any", [6], [1]]], lambda s, a, n: (s[:, 1:] < 0).any(1)),
    (
        [
            ["signbit", [0], []],
            ["logical_not", [6], []],
            ["logical_or", [7, 4], []],
            ["logical_xor", [8, 6], []],
        ],
        lambda s, a, n: ((s[:, 0] >= 0) | (s[:, 0] < n[:, 0])) ^ (s[:, 0] < 0),
    ),
    (
        [["numbers", [], [[], [2.5]]], ["broadcast", [6], [[-1]]]],
        lambda s, a, n: np.full(len(a), 2.5),
    ),
]


@pytest.mark.parametrize(("nodes", "expected"), CASES)
def test_an_operation_computes_what_numpy_does(nodes, expected):
    s, a, s_next = batch()
    values = evaluate(graph_of(*nodes), np, s, a, s_next)
    np.testing.assert_allclose(values[:, 0], expected(s, a, s_next), rtol=1e-14)


@pytest.mark.parametrize("operation", [*ARITHMETIC, *TESTS])
def test_an_elementwise_operation_is_numpys(operation):
    arity = (ARITHMETIC | TESTS)[operation]
    s, a, s_next = batch()
    arguments = (s[:, 0], s_next[:, 0])[:arity]
    with np.errstate(all="ignore"):
        expected = getattr(np, operation)(*arguments)
    values = evaluate(graph_of([operation, [0, 2][:arity], []]), np, s, a, s_next)
    assert np.array_equal(values[:, 0], expected, equal_nan=True)


@pytest.mark.parametrize("n", [0, 1, 2, 300])
@pytest.mark.parametrize(("nodes", "expected"), CASES)
def test_a_row_is_paid_the_same_alone_and_in_any_batch(nodes, expected, n):
    graph, arrays = graph_of(*nodes), batch(300)
    whole = evaluate(graph, np, *arrays)
    part = evaluate(graph, np, *(x[:n] for x in arrays))
    np.testing.assert_allclose(part, whole[:n], rtol=1e-14)


def test_everything_is_computed_in_the_type_of_the_inputs():
    nodes = ["numbers", [], [[], [0.1]]], ["multiply", [0, 6], []]
    assert evaluate(graph_of(*nodes), np, *batch(dtype=np.float32)).dtype == np.float32


def test_one_number_is_paid_to_every_row_and_nan_stays():
    nodes = ["numbers", [], [[1], ["nan"]]], ["numbers", [], [[], ["-inf"]]]
    assert np.isnan(evaluate(graph_of(*nodes, output=6), np, *batch(3))).all()
    assert np.array_equal(evaluate(graph_of(*nodes), np, *batch(2)), [[-np.inf]] * 2)


def test_terms_come_in_their_order():
    data = {"nodes": INPUTS, "terms": {"b": 2, "a": 0}}
    graph = read_graph(json.dumps(data), WIDTHS, 2)
    s, a, s_next = batch()
    assert graph.terms == ("b", "a")
    values = evaluate(graph, np, s, a, s_next)
    assert np.array_equal(values, np.stack([s_next[:, 0], s[:, 0]], 1))


def test_equal_graphs_have_one_hash():
    assert {graph_of(["sum", [1], [1]]), graph_of(["sum", [1], [1]])} == {
        graph_of(["sum", [1], [1]])
    }


def test_an_error_names_the_node_and_the_operation():
    with pytest.raises(
        GraphError, match=re.escape("node 6, 'sum': an operation along")
    ):
        graph_of(["sum", [0], [0]])


def test_every_operation_is_tested():
    tested = {node[0] for nodes, _ in CASES for node in nodes}
    others = {*_RULES, *REDUCTIONS, *SCANS, *TRUTH_REDUCTIONS, *LOGIC}
    assert others <= tested


@needs_jax
def test_jax_computes_the_same_in_float32():
    import jax
    import jax.numpy as jnp

    arrays = batch(64, np.float32)
    for nodes, expected in CASES:
        graph = graph_of(*nodes)
        program = jax.jit(lambda s, a, n, graph=graph: evaluate(graph, jnp, s, a, n))
        values = np.asarray(program(*arrays))
        assert values.dtype == np.float32
        np.testing.assert_allclose(values[:, 0], expected(*arrays), rtol=1e-5)


def test_reading_and_computing_a_graph_loads_no_jax():
    code = "import sys, sandbox.graph; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
