"""Checks that a row's reward does not depend on the other rows of its batch.

Rows are independent environments. Batches are reordered, split, repeated and called row
by row. Not covered: dependence on rows that are in none of these batches.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from envs.bodies import Array

REPEATED_ROWS, COPIES_OF_A_ROW = 8, 9  # Some rows are called in batches of copies.
TILES = 4  # The whole batch is repeated so many times in one batch.
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 64, 100, 128, 256, 512, 1000, 2048)
# Relative to a term's largest value. Sums and matrix products round differently in
# batches of other sizes; a reward that computes in float32 is off by about 1e-7.
RELATIVE_ROUNDING = 1e-6
_REDUCES = re.compile(
    r"\b(all|any|sum|mean|std|var|median|max|min|amax|amin|argmax|argmin|norm|prod|"
    r"average|percentile|quantile|ptp|cumsum|cumprod)\("
)
_ONE_ROW = re.compile(r"[\w\])]\[-?\d+[],]")
_MIXES = re.compile(
    r"\b(sort|argsort|sorted|unique|diff|flip|trapezoid|searchsorted|gradient|len)\(|"
    r"\.(shape|size)\b|\[::-1\]"
)
MAX_LINES_QUOTED = 3


class Transitions(NamedTuple):
    """Transitions: s and s_next are (n, width), a is (n, action_dim)."""

    s: Array
    a: Array
    s_next: Array

    def take(self, rows: Array) -> "Transitions":
        """The transitions with these indices, in that order."""
        return Transitions(*(array[rows] for array in self))


class Difference(NamedTuple):
    """A term of one row that differs between two batches.

    regrouping: the second batch, in words.
    """

    term: int
    first: float
    second: float
    regrouping: str


def row_difference(
    call: Callable[[str, Transitions], Array],
    batch: Transitions,
    values: Array,
    singles: Array,
) -> Difference | None:
    """The first difference of a row's terms in another batch; None if there is none.

    call: gives the terms (n, terms) of a batch; its first argument describes the batch
    in words. values: terms of the batch, (n, terms). singles: indices of rows that are
    also called in a batch of one.
    """
    for regrouping, rows in regroupings(len(values), singles):
        again = call(regrouping, batch.take(rows))
        if place := difference(values[rows], again, values):
            row, term = place
            return Difference(
                term, values[rows][row, term], again[row, term], regrouping
            )
    return None


def regroupings(n: int, singles: Array) -> Iterator[tuple[str, Array]]:
    """Other batches of the rows of a batch of n: a description, and the indices."""
    order = np.random.default_rng(0).permutation(n)
    yield "in a batch of other rows", order[n // 3 :]
    yield "in another order", order
    yield f"in a batch with every row {TILES} times", np.tile(order, TILES)
    for size in (size for size in SIZES if size < n):
        yield f"in a batch of {size} rows", order[:size]
    for row in singles:
        yield "in a batch of one row", row[None]
    for row in singles[:: max(1, len(singles) // REPEATED_ROWS)]:
        yield (
            f"in a batch of {COPIES_OF_A_ROW} copies of it",
            np.repeat(row, COPIES_OF_A_ROW),
        )


def difference(
    first: Array, second: Array, all_values: Array
) -> tuple[int, int] | None:
    """Row and term where two arrays (n, terms) differ most; None within rounding."""
    if not len(first):
        return None
    over = np.abs(second - first) - RELATIVE_ROUNDING * np.abs(all_values).max(axis=0)
    row, term = np.unravel_index(over.argmax(), over.shape)
    return (int(row), int(term)) if over[row, term] > 0 else None


def spread(batch: Transitions, count: int) -> Array:
    """Indices of rows spread over a batch, and of those with a column's extreme."""
    ends = batch.s_next.argmin(axis=0), batch.s_next.argmax(axis=0)
    return np.unique(np.concatenate([evenly(len(batch.a), count), *ends]))


def evenly(n: int, count: int) -> Array:
    """Indices of at most `count` of n rows, spread over all of them."""
    return np.linspace(0, n - 1, min(count, n)).astype(int)


def difference_sentence(
    difference: Difference, terms: tuple[str, ...], rows: int, source: str
) -> str:
    """The problem for the author, with the lines that may mix rows."""
    name, first, second, regrouping = terms[difference.term], *difference[1:]
    text = (
        f"term '{name}' of a row is {second:.6g} {regrouping}, and {first:.6g} among "
        f"{rows}: rows are independent environments, so use no mean, extreme, rank or "
        "difference over the rows (axis 0), no .all() or .any() of them, no other row "
        "and no number of rows"
    )
    lines = []
    for number, line in enumerate(source.split("\n"), 1):
        code = line.partition("#")[0].strip()
        if _REDUCES.search(code) and not re.search("axis=-?1", code):
            axis = 0 if re.search(r"\(\s*[\[(]", code) else 1  # of a list of columns
            if f"axis={axis}" not in code:
                lines.append(f"line {number}, is axis={axis} missing in '{code:.100}'?")
        elif _ONE_ROW.search(code):
            lines.append(
                f"line {number}: '{code:.100}' (x[0] is the first row of x; number 0 "
                "of every row is x[:, 0], as in a[:, 0])"
            )
        elif _MIXES.search(code):
            lines.append(f"line {number}: '{code:.100}'")
    return text + ("; look at " + "; ".join(lines[:MAX_LINES_QUOTED]) if lines else "")
