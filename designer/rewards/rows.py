"""Whether a reward pays each row, one robot, for itself whatever rows are beside it.

Batches are put in another order, split, repeated and asked about row by row. Not
covered: what happens only beside rows that no batch here holds.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from designer.rewards.sources import Array

COPIES, REPEATED = 9, 8  # so many rows are each asked about in so many copies
TIMES = 4  # the whole batch is asked about so many times in one
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 64, 100, 128, 256, 512, 1000, 2048)
# Relative to a term's largest value. Sums and matrix products round differently in
# batches of other sizes; a reward that computes in float32 is off by about 1e-7.
ROUNDING = 1e-6
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


class Batch(NamedTuple):
    """Transitions: s and s_next are (n, width), a is (n, action_dim)."""

    s: Array
    a: Array
    s_next: Array

    def take(self, rows: Array) -> "Batch":
        """Some of the transitions, in that order."""
        return Batch(*(part[rows] for part in self))


class Difference(NamedTuple):
    """A term of one row that differs between two batches; where: in the second one."""

    term: int
    first: float
    second: float
    where: str


def row_difference(
    call: Callable[[str, Batch], Array],
    batch: Batch,
    values: Array,
    singles: Array,
) -> Difference | None:
    """Where a row's terms change with the rows beside it; None where they never do.

    call: gives the terms (n, terms) of a batch that is described in words, too.
    values: the terms of the batch, (n, terms). singles: rows to be asked about alone.
    """
    for where, rows in regroupings(len(values), singles):
        again = call(where, batch.take(rows))
        if place := difference(values[rows], again, values):
            row, term = place
            return Difference(term, values[rows][row, term], again[row, term], where)
    return None


def regroupings(n: int, singles: Array) -> Iterator[tuple[str, Array]]:
    """The rows of a batch of n in other batches, and what these are in words."""
    order = np.random.default_rng(0).permutation(n)
    yield "in a batch of other rows", order[n // 3 :]
    yield "in another order", order
    yield f"in a batch with every row {TIMES} times", np.tile(order, TIMES)
    for size in (size for size in SIZES if size < n):
        yield f"in a batch of {size} rows", order[:size]
    for row in singles:
        yield "in a batch of one row", row[None]
    for row in singles[:: max(1, len(singles) // REPEATED)]:
        yield f"in a batch of {COPIES} copies of it", np.repeat(row, COPIES)


def difference(
    first: Array, second: Array, all_values: Array
) -> tuple[int, int] | None:
    """Row and term where two answers (n, terms) differ most beyond rounding."""
    if not len(first):
        return None
    over = np.abs(second - first) - ROUNDING * np.abs(all_values).max(axis=0)
    row, term = np.unravel_index(over.argmax(), over.shape)
    return (int(row), int(term)) if over[row, term] > 0 else None


def spread(batch: Batch, wanted: int) -> Array:
    """Rows spread over a batch, and those where a column is at an extreme."""
    ends = batch.s_next.argmin(axis=0), batch.s_next.argmax(axis=0)
    return np.unique(np.concatenate([evenly(len(batch.a), wanted), *ends]))


def evenly(n: int, wanted: int) -> Array:
    """Indices of at most `wanted` of n rows, spread over all of them."""
    return np.linspace(0, n - 1, min(wanted, n)).astype(int)


def in_words(
    difference: Difference, terms: tuple[str, ...], rows: int, source: str
) -> str:
    """One sentence for the author, with the lines that may mix rows."""
    name, first, second, where = terms[difference.term], *difference[1:]
    text = (
        f"term '{name}' of a row is {second:.6g} {where}, and {first:.6g} among "
        f"{rows}: each row is a robot of its own, so use no mean, extreme, rank or "
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
