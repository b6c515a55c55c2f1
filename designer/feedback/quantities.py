"""Fields as named scalars over time, the form in which people and models read them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from designer.rewards.bank import Bank, Facts
from designer.rewards.sources import Array
from envs.fields import Widths, columns
from envs.task import ALWAYS, Task

Span = tuple[float, float]
WIDEST = 3  # a wider field is told as its length (Euclidean norm)


@dataclass(frozen=True)
class Quantity:
    """A scalar over time or over transitions, values: (rows,)."""

    name: str
    unit: str
    values: Array

    @property
    def is_rate(self) -> bool:
        """Whether it says how fast something changes."""
        return self.unit.endswith("/s")


@dataclass(frozen=True)
class Known:
    """What is known of a task's quantities before an episode is looked at.

    units: by field. usual: by quantity, 1% and 99% quantile on the bank. begins: its
    range in states that episodes begin in. facts: of the task.
    """

    units: Mapping[str, str]
    usual: Mapping[str, Span]
    begins: Mapping[str, Span]
    facts: Facts

    def reach(self, name: str) -> float:
        """Width of a quantity's usual range; 1 where it never changed."""
        low, high = self.usual[name]
        return high - low or 1.0


def units(task: Task) -> Mapping[str, str]:
    """Unit of every field that a reward may read."""
    visible = [field for field in task.fields if not field.hidden]
    return {field.name: field.unit for field in (*visible, *ALWAYS.values())}


def quantities(
    frames: Array, widths: Widths, unit_of: Mapping[str, str]
) -> tuple[Quantity, ...]:
    """Scalars of all fields but time, of frames (rows, width)."""
    found = []
    for name, part in columns(widths).items():
        values, unit = frames[:, part], unit_of[name]
        if name == "time":
            continue
        if values.shape[1] > WIDEST:
            norm = np.linalg.norm(values, axis=1)
            found.append(Quantity(f"norm({name})", unit, norm))
        elif values.shape[1] == 1:
            found.append(Quantity(name, unit, values[:, 0]))
        else:
            found += [
                Quantity(f"{name}[{k}]", unit, column)
                for k, column in enumerate(values.T)
            ]
    return tuple(found)


def known(task: Task, bank: Bank) -> Known:
    """What a task and its bank tell about every quantity."""
    unit_of = units(task)
    seen = quantities(bank.s_next, bank.widths, unit_of)
    start = quantities(bank.start, bank.widths, unit_of)
    return Known(
        unit_of,
        {q.name: _ends(np.quantile(q.values, [0.01, 0.99])) for q in seen},
        {q.name: _ends(np.array([q.values.min(), q.values.max()])) for q in start},
        bank.facts,
    )


def _ends(pair: Array) -> Span:
    return float(pair[0]), float(pair[1])


def decimals(values: Array) -> int:
    """Digits after the point that show three figures of the largest value."""
    largest = float(np.abs(values).max(initial=0.0))
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 3)) if largest > 0 else 0


def with_unit(value: float, unit: str) -> str:
    """Three figures and the unit, which is left out where it is 1."""
    return f"{value:.3g}" if unit == "1" else f"{value:.3g} {unit}"
