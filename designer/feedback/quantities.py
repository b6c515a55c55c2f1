"""Quantities: fields as named scalars over time, as people and models read them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from designer.rewards.bank import Bank, Facts
from designer.rewards.sources import Array
from envs.fields import Widths, columns
from envs.task import ALWAYS, Task

Span = tuple[float, float]
MAX_COMPONENTS = 3  # of a field; a wider one becomes its Euclidean norm


@dataclass(frozen=True)
class Quantity:
    """A scalar over time or over transitions, values: (rows,)."""

    name: str
    unit: str
    values: Array

    @property
    def is_rate(self) -> bool:
        """Whether the unit is one per second: a velocity or another rate."""
        return self.unit.endswith("/s")


@dataclass(frozen=True)
class Ranges:
    """Units and usual ranges of a task's quantities, to compare episodes with.

    units: by field. usual: by quantity, 1% and 99% quantile on the bank. begins: by
    quantity, its range in the states that episodes begin in. facts: of the task.
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


def units_of_parts(unit: str, parts: int) -> list[str]:
    """Of a field's numbers: its unit, or one each where it names as many."""
    each = unit.split(", ")
    return each if len(each) == parts else [unit] * parts


def quantities(
    frames: Array, widths: Widths, unit_of: Mapping[str, str]
) -> tuple[Quantity, ...]:
    """Scalars of all fields but time, of frames (rows, width)."""
    scalars = []
    for name, columns_of_field in columns(widths).items():
        values, unit = frames[:, columns_of_field], unit_of[name]
        if name == "time":
            continue
        if values.shape[1] > MAX_COMPONENTS:
            norm = np.linalg.norm(values, axis=1)
            scalars.append(Quantity(f"norm({name})", unit, norm))
        elif values.shape[1] == 1:
            scalars.append(Quantity(name, unit, values[:, 0]))
        else:
            each = units_of_parts(unit, values.shape[1])
            scalars += [
                Quantity(f"{name}[{k}]", each[k], column)
                for k, column in enumerate(values.T)
            ]
    return tuple(scalars)


def ranges_of(task: Task, bank: Bank) -> Ranges:
    """Units from the task, and ranges from the states of its bank."""
    unit_of = units(task)
    usual: dict[str, Span] = {}
    begins: dict[str, Span] = {}
    for spans, states, ends in (
        (usual, bank.s_next, [0.01, 0.99]),
        (begins, bank.start, [0.0, 1.0]),
    ):
        for q in quantities(states, bank.widths, unit_of):
            low, high = np.quantile(q.values, ends)
            spans[q.name] = float(low), float(high)
    return Ranges(unit_of, usual, begins, bank.facts)


def decimals(values: Array) -> int:
    """Digits after the point, at most 6, that show three of the largest value."""
    largest = float(np.abs(values).max(initial=0.0))
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 6)) if largest > 0 else 0


def with_unit(value: float, unit: str) -> str:
    """Three figures and the unit, which is left out where it is 1."""
    return f"{value:.3g}" if unit == "1" else f"{value:.3g} {unit}"
