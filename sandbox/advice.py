"""Rewrites numpy's error messages into advice for the author of a reward.

numpy's own advice can mislead: ``a.any()`` mixes rows, which no reward may do. Messages
that are not in the table stay as they are.
"""

import re

_ONE_PER_ROW = "fields are (n,) or (n, k), one row per environment"
_TABLE: dict[str, str] = {
    r"truth value of an? (empty )?array": (
        "a condition on arrays is one truth value per row, not one: write "
        "np.where(condition, x, y) instead of 'if' and '... if ... else ...', "
        "(x > 0) & (y > 0), | and ~ instead of 'and', 'or' and 'not', and "
        "np.maximum and np.minimum instead of max and min"
    ),
    r"only integer scalar arrays|'numpy\.ndarray' object cannot be interpreted": (
        "a count or an index must be one integer, and this is an array of one number "
        "per row: use array code instead of range or an index, and np.where to choose"
    ),
    r"only (length-1|0-dimensional|size-1) arrays|array of size 1 to a Python scalar|"
    r"must be real number, not (ndarray|list)": (
        "one number is expected here, and this is an array of one number per row: use "
        "np.exp, np.sqrt, np.abs and so on instead of math.exp, math.sqrt, ..., and no "
        "float(), int() or .item()"
    ),
    r"could not be broadcast|not aligned|mismatch in its core dimension|"
    r"cannot be broadcast|could not broadcast|doesn't match the broadcast": (
        "{}: these shapes don't fit together; " + _ONE_PER_ROW + ": reduce the k "
        "numbers with .sum(axis=1), take one with [:, k], or add an axis to (n,) with "
        "[:, None]"
    ),
    r"too many indices for array": (
        "{}: this value is (n,), one number per row, and has no second axis: use it as "
        "it is"
    ),
    r"out of bounds for axis 0": (
        "{}: axis 0 is the rows (environments), and no row may read another; "
        "column k of an (n, k) field is [:, k]"
    ),
    r"out of bounds for axis [1-9]": "{}: count the k numbers of a field from 0",
    r"axis -?\d+ is out of bounds for array of dimension 1": (
        "{}: this value is (n,), one number per row, and has no second axis to reduce: "
        "use it as it is, or join several with np.stack([x, y], axis=1)"
    ),
    r"out of bounds for array of dimension 0": (
        "{}: this is one number, not one per row: reduce with axis=1 only, once"
    ),
    r"setting an array element with a sequence|inhomogeneous shape": (
        "this array is made of arrays of different shapes: join (n,) arrays with "
        "np.stack([x, y], axis=1), and choose per row with np.where"
    ),
    r"all (the )?input arrays? (must have|dimensions)": (
        "{}: join (n,) arrays with np.stack([x, y], axis=1), an (n, k) one with an "
        "(n,) one by np.column_stack([x, y])"
    ),
    r"numpy boolean (subtract|negative)": (
        "truth values can't be subtracted: make them numbers with .astype(float)"
    ),
    r"ufunc '(bitwise_and|bitwise_or|invert|bitwise_xor)' not supported|"
    r"unsupported operand type\(s\) for [&|^]": (
        "&, | and ~ need truth values, and brackets round each comparison: "
        "(x > 0) & (y < 1)"
    ),
    r"Integers to negative integer powers": (
        "an integer to a negative power: write the base as a float, 10.0 ** -3"
    ),
    r"Cannot cast ufunc .* output from": (
        "{}: an array of integers or truth values can't take floats: make it with "
        "np.zeros(n) or .astype(float), and write x = x + y instead of x += y"
    ),
    r"boolean index did not match": (
        "{}: a mask has one truth value per row; choose with np.where(mask, x, y)"
    ),
    r"read-only": (
        "{}: a reward must not change its inputs or values outside of it; work on "
        "x.copy()"
    ),
    r"unhashable type: 'numpy\.ndarray'": (
        "an array can't be a key or a member of a set: choose with np.where instead"
    ),
    r"has no callable \w+ method": (
        "numpy got something other than an array of numbers (a list of arrays of "
        "different shapes, a function, None or a text)"
    ),
    r"can't multiply sequence|concatenate list|unsupported operand type\(s\) for "
    r".*'(list|tuple)'|bad operand type for .*'(list|tuple)'": (
        "{}: a list or tuple does not calculate: make it an array with np.array([...])"
    ),
    r"unexpected keyword argument '(dim|dims|axes|keepdim)'": (
        "{}: numpy says axis=1 and keepdims=True"
    ),
    r"set_int_max_str_digits": (
        "a whole number with thousands of digits: write a float, like 1e20"
    ),
    r"cannot access local variable|referenced before assignment": (
        "{}: a name that a function assigns is its own in all of it, and not the "
        "module's; give the new value another name"
    ),
    r"iteration over a 0-d array|'(float|int|numpy\.float64)' object is not iterable": (
        "{}: this is one number already"
    ),
}
_WORDS = [(re.compile(pattern), advice) for pattern, advice in _TABLE.items()]


def in_our_words(message: str) -> str:
    """An exception's message, replaced by advice where numpy's would mislead."""
    for pattern, advice in _WORDS:
        if pattern.search(message):
            return advice.replace("{}", message[:300])
    return message
