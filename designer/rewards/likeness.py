"""How alike two rewards are: whether they rank the same transitions alike."""

import math
from collections.abc import Sequence

import numpy as np

from envs.bodies import Array

SIGNATURE_ROWS = 64  # transitions of the bank, spread over it


def pay_signature(pay: Array) -> tuple[float, ...]:
    """Ranks of a reward's pay, from 0; equals share their mean rank. pay: (n,)."""
    below = (pay[:, None] > pay).sum(axis=1)
    equal = (pay[:, None] == pay).sum(axis=1)
    return tuple((below + 0.5 * (equal - 1)).tolist())


def likeness(first: Sequence[float], second: Sequence[float]) -> float:
    """Size of the rank correlation of two signatures (Spearman 1904), 0 to 1.

    A reward and its negative are alike: they tell transitions apart in the same way. 0
    where a signature is missing or all its ranks are equal.
    """
    if len(first) != len(second) or len(first) < 2:
        return 0.0
    a, b = (np.subtract(ranks, np.mean(ranks)) for ranks in (first, second))
    norm = math.sqrt(float(a @ a) * float(b @ b))
    return abs(float(a @ b)) / norm if norm else 0.0
