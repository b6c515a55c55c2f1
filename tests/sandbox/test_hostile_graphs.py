"""Graphs of a hostile reward process are refused at once, or do no harm."""

import json
import random
import runpy
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from sandbox.graph import GraphError, evaluate, read_graph
from sandbox.operations import MAX_CELLS

GRAPHS = runpy.run_path(str(Path(__file__).with_name("graphs.py")))
WIDTHS, ACTION_DIM = GRAPHS["WIDTHS"], GRAPHS["ACTION_DIM"]
MAX_S = 1.0  # of the processor
MAX_BYTES = 150 << 20  # what json makes of a mebibyte of empty lists
ROWS = 64


def text_of(graph):
    return graph if isinstance(graph, str) else json.dumps(graph)


def compute(graph):
    normal = np.random.default_rng(0).standard_normal
    width = sum(k or 1 for k in WIDTHS.values())
    arrays = [normal((ROWS, k)) for k in (width, ACTION_DIM, width)]
    return evaluate(graph, np, *arrays)


def within_limits(call):
    """The result of a call, or its GraphError, that took little time and memory."""
    tracemalloc.start()
    began = time.process_time()
    try:
        return call()
    except GraphError as error:
        return error
    finally:
        seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 5 * MAX_S  # tracing memory is slow
        assert peak < MAX_BYTES


def test_the_graph_that_the_others_are_made_of_is_one():
    graph = read_graph(GRAPHS["TEXT"], WIDTHS, ACTION_DIM)
    assert compute(graph).shape == (ROWS, 1)


@pytest.mark.parametrize("name", GRAPHS["REFUSED"])
def test_a_hostile_graph_is_refused_at_once(name):
    text = text_of(GRAPHS["REFUSED"][name])
    seconds = []
    for _ in range(3):  # Other work on the machine slows any single one.
        began = time.process_time()
        with pytest.raises(GraphError) as caught:
            read_graph(text, WIDTHS, ACTION_DIM)
        seconds.append(time.process_time() - began)
    assert min(seconds) < MAX_S
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_no_hostile_graph_takes_much_memory():
    for graph in GRAPHS["REFUSED"].values():
        text = text_of(graph)
        found = within_limits(lambda text=text: read_graph(text, WIDTHS, ACTION_DIM))
        assert isinstance(found, GraphError)


@pytest.mark.parametrize("name", GRAPHS["HARMLESS"])
def test_a_strange_graph_that_is_one_takes_little(name):
    text = text_of(GRAPHS["HARMLESS"][name])
    graph = read_graph(text, WIDTHS, ACTION_DIM)
    values = within_limits(lambda: compute(graph))
    assert values.shape == (ROWS, 1)


def test_there_are_more_than_a_hundred():
    assert len(GRAPHS["REFUSED"]) + len(GRAPHS["HARMLESS"]) >= 100


def mutated(draw):
    """A good graph in which some numbers, names and lists are exchanged."""
    data = json.loads(GRAPHS["TEXT"])
    for _ in range(draw.randrange(1, 4)):
        node = draw.choice(data["nodes"])
        place = draw.randrange(3)
        edges = (-1, 0, 1, 2, 5, 7, 1e9, True, None, "s", [], [0], [-1, 3], {})
        names = ("sum", "where", "take", "slice", "reshape", "sort", "field", "numbers")
        if place == 0:
            node[0] = draw.choice(names)
        elif draw.random() < 0.5 and node[place]:
            node[place][draw.randrange(len(node[place]))] = draw.choice(edges)
        else:
            node[place].append(draw.choice(edges))
    data["terms"]["t"] = draw.randrange(len(data["nodes"]))
    return json.dumps(data)


@pytest.mark.parametrize("seed", range(300))
def test_no_change_of_a_graph_makes_one_that_fails_to_compute(seed):
    try:
        graph = read_graph(mutated(random.Random(seed)), WIDTHS, ACTION_DIM)
    except GraphError:
        return
    assert compute(graph).shape == (ROWS, 1)


def test_what_all_nodes_make_of_a_row_is_limited():
    count = 100
    nodes = (
        ["take", [2], [1, [0] * count]],
        *(["negative", [5 + k], []] for k in range(MAX_CELLS // count)),
    )
    with pytest.raises(GraphError, match="more than 20000 numbers of a row"):
        read_graph(text_of(GRAPHS["graph"](*nodes, terms={"t": 0})), WIDTHS, ACTION_DIM)
