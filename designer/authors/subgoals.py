"""Ordered subgoals: named predicates that lead from the start to the goal.

The model writes them once a run, in the form of a reward whose terms are predicates, so
that they are checked, confined and measured like one.
"""

from dataclasses import dataclass

import numpy as np

from designer.rewards.accept import Accepted, Refused, accept, accept_source
from designer.rewards.bank import Bank
from sandbox import RewardFault, RewardProcess, Walls

MOST = 8


@dataclass(frozen=True)
class Subgoals:
    """source: reward(s, a, s_next) that returns predicates, first to last."""

    source: str
    names: tuple[str, ...]


def read_subgoals(reply: str, bank: Bank, walls: Walls | None) -> Subgoals | Refused:
    """The subgoals in a reply, or what is wrong with them."""
    return _as_subgoals(accept(reply, bank, walls), bank, walls)


def subgoals_from(source: str, bank: Bank, walls: Walls | None) -> Subgoals | Refused:
    """Subgoals that were read before, from their source."""
    return _as_subgoals(accept_source(source, bank, walls), bank, walls)


def _as_subgoals(
    found: Accepted | Refused, bank: Bank, walls: Walls | None
) -> Subgoals | Refused:
    if isinstance(found, Refused):
        return found
    if not 2 <= len(found.terms) <= MOST:
        said = f"expected 2 to {MOST} subgoals, got {len(found.terms)}"
        return Refused((said,))
    try:
        values = _values(found, bank, walls)
    except RewardFault as fault:  # on the whole bank; the probe saw a part of it
        return Refused((f"{fault.kind}: {fault.message}",))
    wrong = [
        name
        for name, column in zip(found.terms, values.T, strict=True)
        if not np.isin(column, (0.0, 1.0)).all()
    ]
    if wrong:
        said = f"subgoal '{wrong[0]}' must be a predicate, true or false for every row"
        return Refused((said,))
    return Subgoals(found.source, found.terms)


def reached(subgoals: Subgoals, bank: Bank, walls: Walls | None) -> tuple[float, ...]:
    """Share of the bank's transitions in which each subgoal holds; () if it fails."""
    found = Accepted(subgoals.source, subgoals.names)
    try:
        return tuple(_values(found, bank, walls).mean(axis=0))
    except RewardFault:  # it ran before; what it does now is no reason to stop
        return ()


def _values(found: Accepted, bank: Bank, walls: Walls | None) -> np.ndarray:
    rows, dim = bank.a.shape
    with RewardProcess(found.source, bank.widths, dim, rows, walls=walls) as process:
        return process(bank.s, bank.a, bank.s_next)
