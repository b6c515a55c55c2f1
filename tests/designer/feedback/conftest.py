"""Judged episodes of a robot of two fields and more, written down by hand."""

from collections.abc import Sequence

import numpy as np

from designer.feedback.judged import Judged
from designer.feedback.quantities import Ranges
from designer.rewards.bank import Bank, Facts
from envs.fields import columns, total_width

WIDTHS = {"height": 0, "speed": 0, "angles": 2, "legs": 4, "force": 0}
WIDTHS |= {"time": 0, "last_action": 1}
UNITS = {"height": "m", "speed": "m/s", "angles": "rad", "legs": "rad", "force": "N"}
UNITS |= {"time": "s", "last_action": "1"}
DT = 0.1
ONE = np.ones(1)
FACTS = Facts(-ONE, ONE, True, frozenset(), frozenset({"last_action"}), DT, 100)
NAMES = (
    "height",
    "speed",
    "angles[0]",
    "angles[1]",
    "norm(legs)",
    "force",
    "last_action",
)
KNOWN = Ranges(
    UNITS,
    usual=dict.fromkeys(NAMES, (-1.0, 1.0)),
    begins=dict.fromkeys(NAMES, (0.0, 0.0)),
    facts=FACTS,
)


def frames(rows: int, **fields: object) -> np.ndarray:
    """Rows of all fields; those not given are 0."""
    made = np.zeros((rows, total_width(WIDTHS)))
    parts = columns(WIDTHS)
    for name, values in {"time": DT * np.arange(rows), **fields}.items():
        array = np.asarray(values, dtype=float)
        made[:, parts[name]] = array[:, None] if array.ndim == 1 else array
    return made


def episode(
    steps: int,
    fitness: float = 0.0,
    success: bool | None = None,
    training: str = "s0",
    falls: str = "",
    actions: Sequence[float] | None = None,
    **fields: object,
) -> Judged:
    """An episode of so many steps; falls: why it ended before the time limit."""
    moves = np.full(steps, 0.5) if actions is None else np.asarray(actions, dtype=float)
    return Judged(
        frames(steps + 1, **fields),
        moves[:, None],
        WIDTHS,
        training,
        bool(falls),
        falls or "time limit",
        DT,
        fitness,
        success,
    )


def bank(rows: int = 4, **fields: object) -> Bank:
    """Transitions from rest to the fields given."""
    still = frames(rows)
    return Bank(
        still, np.zeros((rows, 1)), frames(rows, **fields), still, WIDTHS, FACTS
    )
