"""Episodes written down by hand, for the tests of the hidden metrics."""

from types import SimpleNamespace

import numpy as np


def episode(dt: float, terminated: bool = False, **fields: object) -> SimpleNamespace:
    """An episode of the fields' rows, as many as the longest has; the others are held.

    A number, or a row of numbers as a tuple, is the same at every row.
    """
    arrays = {name: np.asarray(value, dtype=float) for name, value in fields.items()}
    held = {name for name, value in fields.items() if isinstance(value, int | float)}
    held |= {name for name, value in fields.items() if isinstance(value, tuple)}
    rows = {len(array) for name, array in arrays.items() if name not in held}
    assert len(rows) == 1, f"fields differ in rows: {rows}"
    count = rows.pop()
    for name in held:
        arrays[name] = np.broadcast_to(arrays[name], (count, *arrays[name].shape))
    return SimpleNamespace(terminated=terminated, steps=count - 1, dt=dt, **arrays)


def phases(*parts: tuple[int, object]) -> np.ndarray:
    """One value (or one row of values) after another, each for so many rows."""
    return np.concatenate(
        [np.array([value] * rows, dtype=float) for rows, value in parts]
    )
