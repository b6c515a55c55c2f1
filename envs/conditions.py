"""Conditions on fields, `FIELD[i] < NUMBER`: what ends an episode, what a clock counts.

ends:
  fell_over: up[2] < 0.3
  held: {when: hold_time > 1, success: true}
fields:
  hold_time: {since: distance > 0.05, unit: s, doc: ...}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.bodies import Array
from envs.yamlfile import Document, Key, is_finite

_CONDITION = re.compile(
    r"(?P<field>\w+)\s*(?:\[(?P<index>\d+)\])?\s*(?P<sign>[<>])\s*"
    r"(?P<bound>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)


@dataclass(frozen=True)
class Condition:
    """A field, or one number of it, is below or above a bound.

    index: of the number; None for all numbers of the field.
    """

    field: str
    index: int | None
    below: bool
    bound: float

    def __str__(self) -> str:
        place = "" if self.index is None else f"[{self.index}]"
        return f"{self.field}{place} {'<' if self.below else '>'} {self.bound:g}"

    def holds(self, frame: Array, columns: Mapping[str, slice]) -> Array:
        """Where it holds in frame (n, width): (n, k), one number for each column."""
        column = columns[self.field]
        if self.index is not None:
            first = column.start + self.index
            column = slice(first, first + 1)
        values = frame[:, column]
        with np.errstate(invalid="ignore"):  # physics may be unstable
            compare = np.less if self.below else np.greater
            return np.asarray(compare(values, self.bound))


@dataclass(frozen=True)
class Ending:
    """An episode ends where a condition holds, for any number of its field.

    name: in task.yaml. success: whether that is no failure: the episode is cut off
    there, as by the time limit.
    """

    name: str
    condition: Condition
    success: bool = False

    @property
    def reason(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")


def parse_condition(document: Document, key: Key, value: Any) -> Condition:
    """The condition that a text of task.yaml states."""
    match = _CONDITION.fullmatch(str(value).strip())
    if match is None or not is_finite(float(match["bound"])):
        raise document.error(
            key, f"write FIELD < NUMBER or FIELD[i] > NUMBER, got {value!r}"
        )
    index = None if match["index"] is None else int(match["index"])
    return Condition(match["field"], index, match["sign"] == "<", float(match["bound"]))


def parse_endings(document: Document, value: Any) -> tuple[Ending, ...]:
    """The endings of a task, from its key `ends`."""
    keys = value if isinstance(value, Mapping) else {}
    entries = document.section(("ends",), value, keys)
    endings = [_parse_ending(document, name, entry) for name, entry in entries.items()]
    for number, ending in enumerate(endings):
        if ending.reason in (other.reason for other in endings[:number]):
            message = f"there are two endings '{ending.reason}'"
            raise document.error(("ends", ending.name), message)
    return tuple(endings)


def _parse_ending(document: Document, name: str, value: Any) -> Ending:
    key = ("ends", name)
    entry = {"when": value} if isinstance(value, str) else value
    entry = document.section(key, entry, ("when", "success"))
    success = entry.get("success", False)
    if not isinstance(success, bool):
        raise document.error((*key, "success"), "success must be true or false")
    if not name.strip(" _"):
        raise document.error(key, "an ending needs a name: the reason in words")
    condition = parse_condition(document, key, entry.get("when", ""))
    return Ending(name, condition, success)


class Clock:
    """Seconds since a condition last held or the episode began: (n,) or (n, k).

    columns: of the frame; place: those that show the clock.
    """

    def __init__(
        self,
        condition: Condition,
        values: Array,
        columns: Mapping[str, slice],
        place: slice,
    ) -> None:
        self._condition, self.values = condition, values
        self._columns, self._place = columns, place

    def tick(self, frame: Array, dt: float) -> None:
        """One control step later: the frame shows the new state but for this clock."""
        held = self._condition.holds(frame, self._columns)
        self.values += dt
        self.values[held.reshape(self.values.shape)] = 0.0
        frame[:, self._place] = self.values.reshape(len(frame), -1)

    def start(self, ids: Array) -> None:
        """Episodes begin in the environments ids (m,)."""
        self.values[ids] = 0.0


def ended(
    endings: tuple[Ending, ...], frame: Array, columns: Mapping[str, slice]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Reason to (n,) bool: the failures, and the successes."""
    failures: dict[str, Array] = {}
    successes: dict[str, Array] = {}
    for ending in endings:
        hit = np.any(ending.condition.holds(frame, columns), axis=1)
        (successes if ending.success else failures)[ending.reason] = hit
    return failures, successes
