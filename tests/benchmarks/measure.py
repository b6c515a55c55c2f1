"""A line of the table that make bench prints."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of the table. holds: value on the right side of target."""

    name: str
    value: float
    target: float
    holds: bool
    detail: str = ""


def at_least(name: str, value: float, target: float, detail: str = "") -> Measure:
    """A ratio that should be large."""
    return Measure(name, value, target, value >= target, detail)


def at_most(name: str, value: float, target: float, detail: str = "") -> Measure:
    """A cost that should be small."""
    return Measure(name, value, target, value <= target, detail)
