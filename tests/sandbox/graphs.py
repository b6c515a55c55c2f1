"""Graphs that a hostile reward process could send.

REFUSED: by name, the text or the data of each; none is a graph. HARMLESS: graphs that
pass, and may: they compute little.
"""

import json

WIDTHS = {"x": 0, "p": 3, "last_action": 2}
ACTION_DIM = 2
# Nodes 0 to 4: x (n,), the action (n, 2), p (n, 3), a condition, one number.
INPUTS = [
    ["field", [], ["s", "x"]],
    ["action", [], []],
    ["field", [], ["s_next", "p"]],
    ["isnan", [0], []],
    ["numbers", [], [[], [1.5]]],
]
START = len(INPUTS)


def graph(*nodes, terms=None):
    """The inputs and these nodes, of which the last is a term."""
    last = START + len(nodes) - 1
    return {"nodes": [*INPUTS, *nodes], "terms": terms or {"t": last}}


def one(operation, inputs, *parameters):
    """One node after the inputs, as a term."""
    return graph([operation, inputs, list(parameters)])


def constant(shape, values):
    return one("numbers", [], shape, values)


def chain(step, count, *first):
    """Nodes that each follow from the one before."""
    nodes = list(first)
    for _ in range(count):
        nodes.append(step(START + len(nodes) - 1))
    return graph(*nodes)


GOOD = graph(["square", [1], []], ["sum", [5], [1]])
TEXT = json.dumps(GOOD)

REFUSED = {
    # The text
    "no text": "",
    "no JSON": "{'nodes': []}",
    "half of it": TEXT[: len(TEXT) // 2],
    "two of it": TEXT + TEXT,
    "a list": [],
    "a number": 7,
    "a text": "nodes",
    "null": "null",
    "too long": TEXT + " " * (1 << 20),
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 100_000,
    "deep and closed": '{"nodes":' + "[" * 9000 + "]" * 9000 + ',"terms":{"t":0}}',
    "a deep parameter": one("take", [2], 1, [[[0]]]),
    "a mebibyte of empty lists": '{"nodes":['
    + "[]," * 340_000
    + '[]],"terms":{"t":0}}',
    "a mebibyte of brackets": "[]" * (1 << 19),
    "a mebibyte of one number": '{"nodes":[' + "9" * 1_000_000 + '],"terms":{}}',
    "NaN": TEXT.replace("1.5", "NaN"),
    "Infinity": TEXT.replace("1.5", "-Infinity"),
    "an overflow": TEXT.replace("1.5", "1e999"),
    "null bytes": TEXT.replace("square", "squa\\u0000re"),
    "a lone surrogate": TEXT.replace("square", "squa\\ud800re"),
    # The whole
    "no terms": {"nodes": INPUTS},
    "empty": {"nodes": [], "terms": {}},
    "another key": {**GOOD, "code": "import os"},
    "another case": {"Nodes": INPUTS, "terms": {"t": 0}},
    "terms as a list": {"nodes": INPUTS, "terms": [0]},
    "nodes as an object": {"nodes": {"0": INPUTS[0]}, "terms": {"t": 0}},
    "nodes as a text": {"nodes": "x", "terms": {"t": 0}},
    "33 terms": graph(terms={f"t{k}": 0 for k in range(33)}),
    "4,001 nodes": {"nodes": INPUTS[:1] * 4001, "terms": {"t": 0}},
    # Names of terms
    "an empty name": graph(terms={"": 0}),
    "a long name": graph(terms={"x" * 65: 0}),
    "a name of many words": graph(terms={"buy this now and win money": 0}),
    "an escape sequence as name": graph(terms={"\x1b[31mred": 0}),
    "two lines as name": graph(terms={"a\nb": 0}),
    "a tag as name": graph(terms={"<script>": 0}),
    "a candidate's name": graph(terms={"g01/c02": 0}),
    "a reversed name": graph(terms={"a\u202eb": 0}),
    # What a term is
    "a term without node": graph(terms={"t": 99}),
    "a term before the first": graph(terms={"t": -1}),
    "a term by text": graph(terms={"t": "0"}),
    "a term by truth": graph(terms={"t": True}),
    "a term by float": graph(terms={"t": 0.0}),
    "a term by list": graph(terms={"t": [0]}),
    "a term of many numbers": graph(terms={"t": 2}),
    "a term of three numbers": constant([3], [1.0, 2.0, 3.0]),
    "a term of one number a row, on its side": one("reshape", [0], [1, -1]),
    # Nodes
    "a node as text": graph("sum"),
    "a node as object": graph({"operation": "sum"}),
    "an empty node": graph([]),
    "a node of two": graph(["sum", [2]]),
    "a node of four": graph(["sum", [2], [1], []]),
    "inputs as a number": graph(["negative", 0, []]),
    "parameters as an object": graph(["sum", [2], {"axis": 1}]),
    "an operation by number": graph([7, [0], []]),
    "null as operation": graph([None, [0], []]),
    # References
    "itself": graph(["negative", [5], []]),
    "a later node": graph(["negative", [6], []], ["negative", [0], []]),
    "the last from the end": graph(["negative", [-1], []]),
    "a reference by truth": graph(["negative", [True], []]),
    "a reference by float": graph(["negative", [0.0], []]),
    "a reference by text": graph(["negative", ["0"], []]),
    "a huge reference": graph(["negative", [10**400], []]),
    "null as reference": graph(["negative", [None], []]),
    # Operations
    "an unknown operation": one("frombuffer", [0]),
    "an attribute": one("__class__", [0]),
    "a path": one("linalg.norm", [0]),
    "a file written": one("save", [0], "/tmp/x"),
    "a file read": one("loadtxt", [], "/etc/passwd"),
    "a file mapped": one("memmap", [], "/etc/passwd"),
    "code run": one("eval", [], "1"),
    "another sum": one("einsum", [0, 0], "i,j->ij"),
    "an outer product": one("outer", [0, 0]),
    "a matrix product": one("matmul", [2, 2]),
    "an operation in capitals": one("ADD", [0, 0]),
    "a long name of an operation": one("x" * 100_000, [0]),
    "random numbers": one("random", []),
    "an unfinished array": one("empty", [], [3]),
    # Inputs of the reward
    "a field that is not there": one("field", [], "s", "y"),
    "a hidden field": one("field", [], "s", "fitness"),
    "another frame": one("field", [], "self", "x"),
    "a field of an attribute": one("field", [], "s", "__class__"),
    "a field by number": one("field", [], "s", 0),
    "a field of a field": one("field", [0], "s", "x"),
    "an action of a field": one("action", [0]),
    "an action with a name": one("action", [], "a"),
    # How many inputs, and of what kind
    "one input too few": one("add", [0]),
    "one input too many": one("add", [0, 0, 0]),
    "no input": one("sum", [], 0),
    "where with two": one("where", [3, 0]),
    "nothing joined": one("concatenate", [], 1),
    "a sum of truths": graph(["isnan", [2], []], ["sum", [5], [1]]),
    "truths added": one("add", [3, 3]),
    "numbers by logic": one("logical_and", [0, 0]),
    "a condition of numbers": one("where", [0, 0, 0]),
    "where of two kinds": one("where", [3, 3, 0]),
    "numbers made numbers": one("number", [0]),
    "a parameter too many": one("negative", [0], 1),
    # Along the rows
    "a sum over the rows": one("sum", [0], 0),
    "a maximum over the rows": graph(["max", [2], [0]]),
    "all of the rows": one("all", [3], 0),
    "the rows sorted": one("sort", [0], 0),
    "a sum that goes on": one("cumsum", [0], 0),
    "some rows": one("slice", [0], 0, 0, 1, 1),
    "the rows reversed": one("slice", [0], 0, 9, 10, -1),
    "rows taken": one("take", [0], 0, [0, 0]),
    "rows appended": one("concatenate", [0, 0], 0),
    "rows moved by a shape": graph(
        ["transpose", [2], [[1, 0]]], ["reshape", [5], [[-1, 3]]]
    ),
    "rows in one axis with numbers": graph(["reshape", [2], [[-1]]]),
    "fewer rows": one("reshape", [1], [1, -1]),
    "rows by rows": graph(
        ["reshape", [0], [[-1, 1]]], ["reshape", [0], [[1, -1]]], ["add", [5, 6], []]
    ),
    "rows by rows, broadcast": graph(
        ["reshape", [0], [[-1, 1]]], ["broadcast", [5], [[-1, -1]]]
    ),
    "rows with three": one("add", [0, 2]),
    "rows given a number": one("broadcast", [0], [7]),
    # Axes and shapes
    "an axis that is not there": one("sum", [2], 2),
    "an axis from the end": one("sum", [2], -1),
    "an axis by truth": one("sum", [2], True),
    "an axis by float": one("sum", [2], 1.0),
    "all axes": one("sum", [2], None),
    "two axes": one("sum", [2], [0, 1]),
    "an axis of a number": one("sum", [4], 0),
    "an axis twice": one("transpose", [2], [0, 0]),
    "an axis left out": one("transpose", [2], [0]),
    "another size": one("reshape", [2], [-1, 4]),
    "a size of nothing": one("reshape", [2], [-1, 0]),
    "a size below rows": one("reshape", [0], [-2]),
    "a size by float": one("broadcast", [4], [3.0]),
    "a size by text": one("broadcast", [4], ["3"]),
    "no shape": one("broadcast", [4], 3),
    "a huge size": one("broadcast", [4], [10**9]),
    "a size that overflows": one("broadcast", [4], [2**63]),
    "a product of sizes": one("broadcast", [4], [10**4] * 6),
    "seven axes": one("broadcast", [4], [1] * 7),
    "a million axes": one("broadcast", [4], [1] * 300_000),
    "a slice that is empty": one("slice", [2], 1, 0, 0, 1),
    "a slice without step": one("slice", [2], 1, 0, 2, 0),
    "a slice over the end": one("slice", [2], 1, 1, 3, 1),
    "a slice before the start": one("slice", [2], 1, 1, 3, -1),
    "a slice of huge steps": one("slice", [2], 1, 0, 2, 10**300),
    "an index over the end": one("take", [2], 1, [3]),
    "an index from the end": one("take", [2], 1, [-1]),
    "an index by float": one("take", [2], 1, [0.5]),
    "nothing taken": one("take", [2], 1, []),
    "too much taken": one("take", [2], 1, [0] * 5000),
    "unlike arrays joined": one("concatenate", [0, 2], 1),
    # Constants
    "too many numbers": constant([5000], [0.0] * 5000),
    "fewer numbers than said": constant([3], [0.0]),
    "more numbers than said": constant([1], [0.0] * 3),
    "whole numbers": constant([], [1]),
    "a huge whole number": constant([], [10**400]),
    "truths as numbers": constant([], [True]),
    "a text as number": constant([], ["1.0"]),
    "another special number": constant([], ["NaN"]),
    "null as number": constant([], [None]),
    "lists as numbers": constant([2], [[0.0], [0.0]]),
    "numbers of rows": constant([-1], [0.0]),
    "numbers that read": one("numbers", [0], [], [0.0]),
    "numbers as truths": one("truths", [], [], [0.0]),
    "no values": one("numbers", [], []),
    # Growth
    "doubling of numbers": chain(
        lambda i: ["concatenate", [i, i], [1]], 40, ["absolute", [2], []]
    ),
    "256 times, again and again": chain(
        lambda i: ["concatenate", [i] * 256, [1]], 5, ["absolute", [2], []]
    ),
    "a million joined": one("concatenate", [2] * 200_000, 1),
    "much in many nodes": chain(
        lambda i: ["negative", [i], []], 30, ["broadcast", [4], [[1000]]]
    ),
    "much for each row in many nodes": chain(
        lambda i: ["sin", [i], []], 3000, ["take", [2], [1, [0] * 100]]
    ),
    "a product of axes": graph(
        ["broadcast", [4], [[100, 1]]],
        ["broadcast", [4], [[1, 100]]],
        ["add", [5, 6], []],
        ["reshape", [7], [[100, 100, 1]]],
        ["add", [8, 5], []],
    ),
}

HARMLESS = {
    "4,000 nodes": chain(lambda i: ["sin", [i], []], 3990, ["sin", [0], []]),
    "a tower of powers": chain(lambda i: ["power", [i, i], []], 300, ["exp", [0], []]),
    "numbers without rows": constant([1], [1e308]),
    "nothing but nan": constant([], ["nan"]),
    "all that a row may have": graph(
        ["numbers", [], [[100, 1], [1.0] * 100]],
        ["numbers", [], [[1, 99], [1.0] * 99]],
        ["multiply", [5, 6], []],
        ["sum", [7], [1]],
        ["sum", [8], [0]],
        ["add", [9, 0], []],
    ),
    "sorted again and again": graph(
        *[["sort", [2 if k == 0 else 4 + k], [1]] for k in range(1000)],
        ["max", [1004], [1]],
    ),
    "a term twice": '{"nodes": [["action", [], []], ["max", [0], [1]]],'
    ' "terms": {"t": 1, "t": 1}}',
}
