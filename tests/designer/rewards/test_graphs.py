"""Every reward at hand has a graph that pays what it pays; what has none says why."""

import re
import runpy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from designer.authors import examples
from designer.rewards.bank import Bank, random_bank
from designer.rewards.graphs import trace_reward, trace_source
from designer.rewards.sources import BASELINES, Baseline, Designed
from envs.hidden import load_hidden
from envs.make import load_task, task_names
from sandbox import RewardFault
from sandbox.contract import collect, load, view
from sandbox.graph import Graph, evaluate, read_graph
from sandbox.tape import Untraceable
from sandbox.tracing import trace

EXAMPLES = sorted(Path(examples.__file__).with_name("examples").glob("*.py"))
CORPUS = {
    key: source
    for path in sorted(Path(__file__).with_name("corpus").glob("*.py"))
    for key, source in runpy.run_path(str(path))["REWARDS"].items()
}
# They compute row by row, in Python.
WITHOUT_GRAPH = {
    ("hopper-run", "small: per row in a comprehension"),
    ("hopper-run", "small: a row index in a loop"),
    ("hopper-hop-in-place", "rows one by one"),
}
IN_FLOAT32 = {
    ("walker-run", "qwen: float32 arrays"),
    ("hopper-run", "float32 and matrix products"),
}


@cache
def bank(task: str) -> Bank:
    return random_bank(load_task(task), 0)


def designed() -> Iterator[tuple[str, str, str]]:
    """Task, name and source of every reward that is text."""
    for path in EXAMPLES:
        source = path.read_text()
        fields_of = re.search(r"fields of: (\S+)", source)
        assert fields_of
        yield fields_of[1], path.stem, source
    yield from ((task, style, source) for (task, style), source in CORPUS.items())


def traced(task: str, source: str) -> Graph:
    """A graph, traced in this process, for the sources are ours."""
    b = bank(task)
    frames = b.s, b.a, b.s_next
    text = trace(lambda numpy: load(source, numpy), frames, b.widths)
    return read_graph(text, b.widths, b.a.shape[1])


@cache
def graphs() -> dict[str, list[tuple[str, Graph, np.ndarray]]]:
    """For each task: name, graph and values on the bank of all its rewards."""
    graphs_by_task: dict[str, list[tuple[str, Graph, np.ndarray]]] = {}
    for task, name, source in designed():
        if (task, name) in WITHOUT_GRAPH:
            continue
        b = bank(task)
        with np.errstate(all="ignore"):
            result = load(source)(view(b.s, b.widths), b.a, view(b.s_next, b.widths))
        _, values = collect(result, len(b.a))
        rows = graphs_by_task.setdefault(task, [])
        rows.append((name, traced(task, source), values))
    return graphs_by_task


def test_every_designed_reward_at_hand_is_the_same_as_a_graph() -> None:
    for task, rows in graphs().items():
        b = bank(task)
        for name, graph, values in rows:
            found = evaluate(graph, np, b.s, b.a, b.s_next)
            tolerance = 1e-6 if (task, name) in IN_FLOAT32 else 1e-12
            np.testing.assert_allclose(
                found, values, rtol=tolerance, atol=tolerance, err_msg=name
            )


def test_few_rewards_at_hand_have_no_graph() -> None:
    assert len(WITHOUT_GRAPH) / len(list(designed())) < 0.03


@pytest.mark.parametrize(("task", "style"), sorted(WITHOUT_GRAPH))
def test_a_reward_that_computes_row_by_row_has_no_graph(task: str, style: str) -> None:
    with pytest.raises(Untraceable, match=r"np\.where\(condition, x, y\)"):
        traced(task, CORPUS[task, style])


@pytest.mark.parametrize("task", task_names())
def test_a_tasks_own_rewards_have_graphs(task: str) -> None:
    hidden, b = load_hidden(load_task(task)), bank(task)
    for name in BASELINES:
        graph = trace_reward(Baseline(name), hidden, b)
        function = hidden.baseline(name)
        assert function is not None
        result = function(view(b.s, b.widths), b.a, view(b.s_next, b.widths))
        _, values = collect(result, len(b.a))
        found = evaluate(graph, np, b.s, b.a, b.s_next)
        np.testing.assert_allclose(found, values, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")
def test_jax_computes_every_graph_alike_in_float32() -> None:
    import jax
    import jax.numpy as jnp

    for task, rows in graphs().items():
        b = bank(task)
        arrays = [x[:512].astype(np.float32) for x in (b.s, b.a, b.s_next)]
        rounded = [x.astype(np.float64) for x in arrays]
        all_graphs = [graph for _, graph, _ in rows]
        hidden = load_hidden(load_task(task))
        all_graphs += [trace_reward(Baseline(name), hidden, b) for name in BASELINES]
        program = jax.jit(
            lambda s, a, n, them=all_graphs: [evaluate(g, jnp, s, a, n) for g in them]
        )
        for graph, found in zip(all_graphs, program(*arrays), strict=True):
            assert found.dtype == np.float32
            expected = evaluate(graph, np, *rounded)
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


# Behind the walls


def source_of(line: str) -> str:
    return f"def reward(s, a, s_next):\n    {line}\n    return {{'go': x}}\n"


def test_a_designed_reward_is_traced_behind_its_walls(tmp_path: Path) -> None:
    path = tmp_path / "reward.py"
    path.write_text(source_of("x = s_next.x_velocity - 0.1 * (a**2).sum(axis=1)"))
    b, hidden = bank("hopper-run"), load_hidden(load_task("hopper-run"))
    graph = trace_reward(Designed(path), hidden, b)
    velocity = view(b.s_next, b.widths).x_velocity
    found = evaluate(graph, np, b.s, b.a, b.s_next)[:, 0]
    np.testing.assert_allclose(found, velocity - 0.1 * (b.a**2).sum(axis=1))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x = s.time * (2.0 if len(a) > 300 else 1.0)", "agrees with it on "),
        ("x = s.time + (a.__class__.__name__ == 'Traced')", "agrees with it on 0.0 %"),
        ("x = np.exp(100 * np.tanh(1000 * s_next.x_velocity))", "in float32"),
        ("x = 1 / (s.time * 0 + 1e-60)", "in float32"),
        ("x = 1.0 * (s_next.time == s.time + 0.008)", "more than seven digits"),
        ("x = np.array([float(v) for v in s.time])", "line 2, in reward: x = np.array"),
    ],
)
def test_a_reward_is_refused_with_the_reason(line: str, words: str) -> None:
    with pytest.raises(RewardFault) as caught:
        trace_source(source_of(line), bank("hopper-run"))
    assert caught.value.kind == "untraceable"
    assert words in caught.value.message


def test_a_tasks_own_reward_without_a_graph_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "hidden.py"
    path.write_text(
        "import numpy as np\n\ndef human_reward(s, a, s_next):\n"
        "    return {'x': np.array([float(v) for v in s.time])}\n"
    )
    hidden = replace(load_hidden(load_task("hopper-run")), path=path)
    with pytest.raises(RewardFault) as caught:
        trace_reward(Baseline("human"), hidden, bank("hopper-run"))
    assert caught.value.kind == "untraceable"
    assert "human_reward: a Python loop over the rows" in caught.value.message
    assert "hidden.py:4)" in caught.value.message
