"""Rewards are traced to graphs that give what they give, or say why they can't be."""

import json
import runpy
from pathlib import Path
from textwrap import indent

import numpy as np
import pytest

from sandbox import RewardFault, RewardProcess
from sandbox.contract import collect, load, view
from sandbox.graph import evaluate, read_graph
from sandbox.tape import Untraceable
from sandbox.tracing import TRACE_ROWS, trace

IDIOMS = runpy.run_path(str(Path(__file__).with_name("idioms.py")))
WIDTHS = IDIOMS["WIDTHS"]
N = max(TRACE_ROWS)


def batch(n=N):
    normal = np.random.default_rng(0).standard_normal
    width = sum(k or 1 for k in WIDTHS.values())
    return normal((n, width)), normal((n, 2)), normal((n, width))


def reward_of(*lines):
    body = indent("\n".join(lines), "    ")
    return f"def reward(s, a, n):\n{body}\n"


def traced(source):
    """The graph of a reward, traced in this process."""
    text = trace(lambda numpy: load(source, numpy), batch(), WIDTHS)
    return read_graph(text, WIDTHS, 2)


def assert_equal_to_numpy(source):
    s, a, s_next = batch()
    with np.errstate(all="ignore"):
        result = load(source)(view(s, WIDTHS), a, view(s_next, WIDTHS))
        names, values = collect(result, N)
    graph = traced(source)
    assert graph.terms == names
    found = evaluate(graph, np, s, a, s_next)
    np.testing.assert_allclose(found, values, rtol=1e-12, atol=1e-12)


# What has a graph


@pytest.mark.parametrize("expression", IDIOMS["EXPRESSIONS"])
def test_an_expression_is_the_same_as_a_graph(expression):
    assert_equal_to_numpy(reward_of(f"return {{'x': {expression}}}"))


@pytest.mark.parametrize("name", IDIOMS["BODIES"])
def test_a_body_is_the_same_as_a_graph(name):
    assert_equal_to_numpy(reward_of(*IDIOMS["BODIES"][name].strip().split("\n")))


def test_constants_of_the_module_and_helpers_are_followed():
    head = "W = np.array([1.0, 2.0, 3.0])\ndef f(x, w=W):\n    return x @ w\n"
    assert_equal_to_numpy(head + reward_of("return {'x': f(n.p) - f(n.q, W[::-1])}"))


def test_what_is_computed_twice_is_one_node():
    graph = traced(reward_of("return {'x': n.v + 1, 'y': n.v + 1}"))
    assert len(graph.nodes) == 3
    assert len({*graph.outputs}) == 1


def test_what_no_term_needs_is_left_out():
    graph = traced(reward_of("unused = np.exp(n.p).sum(axis=1)", "return {'x': n.v}"))
    assert [node.operation for node in graph.nodes] == ["field"]


def test_a_reward_in_float32_is_traced_in_full_precision():
    graph = traced(reward_of("return {'x': n.v.astype(np.float32) * 2}"))
    s, a, s_next = batch()
    assert np.array_equal(evaluate(graph, np, s, a, s_next)[:, 0], 2 * s_next[:, 1])


# What has none: the message names the way out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x = n.v if n.v[0] > 0 else n.h", "x[:, k]"),
        ("x = n.v if np.all(n.v > 0) else n.h", "axis=1"),
        ("x = n.v if (n.v > 0) is True or n.v > 1 else n.h", "np.where(condition, x"),
        ("x = max(n.v, n.h)", "np.maximum"),
        ("x = np.array([float(v) for v in n.v])", "loop over the rows"),
        ("x = [v for v in n.p]", "loop over the rows"),
        ("x = math.exp(n.v)", "np.exp"),
        ("x = n.v * float(n.v.mean())", "axis=1"),
        ("x = n.v - n.v.mean()", "rows are independent"),
        ("x = np.cumsum(n.v, axis=0)", "rows are independent"),
        ("x = np.roll(n.v, 1, axis=0)", "rows are independent"),
        ("x = n.v[::-1]", "rows are independent"),
        ("x = np.sort(n.v)", "rows are independent"),
        ("x = n.v / len(a)", "the number of rows"),
        ("x = np.arange(len(a)) * 1.0", "no number"),
        ("x = n.v[:, None] - n.v[None, :]", "independent"),
        ("x = n.p.reshape(3, -1).sum(axis=0)", "moves numbers between rows"),
        ("x = n.v[n.v > 0].sum() + n.v", "np.where"),
        ("x = n.v[np.argsort(n.v)]", "axis=1"),
        ("x = n.v * len(n.v[n.v > 0])", "np.where"),
        ("x = np.unique(n.v)[0] + n.v", "np.where"),
        ("x = n.v + np.nonzero(n.v > 0)[0].size", "np.where"),
        ("x = np.apply_along_axis(np.sum, 1, n.p)", "axis=1"),
        ("x = n.v if np.allclose(n.v, 0) else n.h", "np.where"),
        ("x = (n.v > 0).astype(int) | 2", "truth values"),
    ],
)
def test_what_has_no_graph_is_refused_with_what_to_write(line, words):
    with pytest.raises(Untraceable) as caught:
        traced(reward_of(line, "return {'x': x}"))
    assert words in str(caught.value)


def test_an_array_that_shares_memory_is_not_changed_behind_its_back():
    lines = "r = n.p.copy()", "c, d = r[:, 0], r[:, 1]", "c += 1.0", "return {'x': d}"
    with pytest.raises(Untraceable, match=r"write x = x \+"):
        traced(reward_of(*lines))


def test_a_reward_that_never_ends_its_operations_is_refused():
    lines = "x = n.v", "while True:", "    x = np.sin(x)"
    with pytest.raises(Untraceable, match="4,000 operations"):
        traced(reward_of(*lines))


def test_inputs_stay_read_only():
    with pytest.raises(ValueError, match="read-only"):
        traced(reward_of("a[:, 0] = 1.0", "return {'x': n.v}"))


# In the confined process


def test_the_confined_process_sends_the_same_graph():
    source = reward_of("return {'x': np.where(n.v > 0, n.h, 0.0), 'y': 1}")
    with RewardProcess(source, WIDTHS, 2, rows=N) as process:
        text = process.trace(*batch())
        graph = read_graph(text, WIDTHS, 2)
        assert graph == traced(source)
        values = process(*batch())
        assert np.array_equal(values, evaluate(graph, np, *batch()))
        assert process.trace(*batch()) == text


def test_a_reward_without_a_graph_ends_its_process_with_the_line():
    source = reward_of("total = 0.0", "for v in n.v:", "    total += v", "return {}")
    with RewardProcess(source, WIDTHS, 2, rows=N) as process:
        with pytest.raises(RewardFault) as caught:
            process.trace(*batch())
        with pytest.raises(RewardFault):
            process(*batch())
    assert caught.value.kind == "untraceable"
    assert caught.value.message.startswith("line 3, in reward: for v in n.v:\n")
    assert "np.where(condition, x, y)" in caught.value.message


def test_a_large_graph_comes_through_the_pipe():
    weights = "W = np.sin(np.arange(4096.0)).reshape(64, 64)\n"
    lines = "x = W[None] * n.v[:, None, None]", "return {'x': x.sum(axis=(1, 2))}"
    with RewardProcess(weights + reward_of(*lines), WIDTHS, 2, rows=N) as process:
        text = process.trace(*batch())
    assert 65536 < len(text) < 1 << 20
    assert json.loads(text).keys() == {"nodes", "terms"}


def test_tracing_needs_its_number_of_rows():
    with (
        RewardProcess("def reward(s, a, n): return {'x': 1}", WIDTHS, 2) as process,
        pytest.raises(ValueError, match=f"{N} rows"),
    ):
        process.trace(*batch())
