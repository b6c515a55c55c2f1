"""numpy's own errors, and what an author reads in their place."""

import math

import numpy as np
import pytest

from sandbox.advice import in_our_words

X, W = np.arange(4.0), np.ones((4, 3))  # a field (n,) and a field (n, k)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda: bool(X > 1), "np.where(condition, x, y) instead of 'if'"),
        (lambda: max(X, 0 * X), "np.maximum and np.minimum instead of max and min"),
        (lambda: 0 < X < 1, "(x > 0) & (y > 0)"),
        (lambda: math.exp(X), "np.exp, np.sqrt, np.abs and so on instead of math.exp"),
        (lambda: math.exp([1.0]), "instead of math.exp"),
        (lambda: float(W), "no float(), int() or .item()"),
        (lambda: X.item(), "no float(), int() or .item()"),
        (lambda: range(X.astype(int)), "np.where to choose"),
        (lambda: [1, 2][X.astype(int)], "np.where to choose"),
        (lambda: X * W, "(4,) (4,3) : these shapes don't fit together"),
        (lambda: X * W, "add an axis to (n,) with [:, None]"),
        (lambda: W @ np.ones(4), "these shapes don't fit together"),
        (lambda: X[:, 0], "this value is (n,), one number per row"),
        (lambda: W[:, 3], "count the k numbers of a field from 0"),
        (lambda: X[9], "axis 0 is the rows"),
        (lambda: np.sum(X, axis=1), "has no second axis to reduce"),
        (lambda: np.sum(np.float64(1.0), axis=1), "this is one number"),
        (lambda: np.array([X, 1.0]), "np.stack([x, y], axis=1)"),
        (lambda: np.stack([X, W]), "np.column_stack([x, y])"),
        (lambda: np.concatenate([X, W]), "np.column_stack([x, y])"),
        (lambda: (X > 1) - (X > 2), ".astype(float)"),
        (lambda: -(X > 1), ".astype(float)"),
        (lambda: X & X, "brackets round each comparison"),
        (lambda: ~X, "brackets round each comparison"),
        (lambda: np.array(10) ** -3, "10.0 ** -3"),
        (lambda: np.arange(4).__iadd__(0.5), "x = x + y instead of x += y"),
        (lambda: W[X[:3] > 1], "np.where(mask, x, y)"),
        (lambda: {X: 1}, "can't be a key"),
        (
            lambda: np.exp(np.array([X, None], dtype=object)),
            "something other than an ar",
        ),
        (lambda: np.sum(W, dim=1), "numpy says axis=1"),
        (lambda: [1.0] - [2.0], "np.array([...])"),
        (lambda: [1.0] * 0.5, "np.array([...])"),
        (lambda: list(np.array(1.0)), "this is one number already"),
    ],
)
def test_an_error_of_numpy_is_told_in_words_that_repair(use, words):
    with pytest.raises((TypeError, ValueError, IndexError)) as caught:
        use()
    advice = in_our_words(str(caught.value))
    assert words in advice
    assert "a.any()" not in advice


def test_other_errors_keep_their_words():
    assert in_our_words("division by zero") == "division by zero"


def test_a_constant_that_a_function_assigns_is_told_as_a_name_of_its_own():
    weight = 2.0

    def changes():
        weight = weight * 2.0  # noqa: F823
        return weight

    with pytest.raises(UnboundLocalError) as caught:
        changes()
    assert weight == 2.0
    assert "give the new value another name" in in_our_words(str(caught.value))
