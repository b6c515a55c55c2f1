"""Ordered subgoals: named predicates that lead from the start to the goal.

The model writes them once a run as a reward whose terms are predicates, so that they
are checked, confined and measured like any reward.
"""

from dataclasses import dataclass

import numpy as np

from designer.rewards.accept import Accepted, Refused, accept, accept_source
from designer.rewards.bank import Bank
from sandbox import RewardFault, RewardProcess, Walls

MAX_SUBGOALS = 8


@dataclass(frozen=True)
class Subgoals:
    """Predicates, first to last, as source of a function reward(s, a, s_next)."""

    source: str
    names: tuple[str, ...]


def read_subgoals(reply: str, bank: Bank, walls: Walls | None) -> Subgoals | Refused:
    """The subgoals in a reply, or what is wrong with them."""
    return _as_subgoals(accept(reply, bank, walls), bank, walls)


def subgoals_from(source: str, bank: Bank, walls: Walls | None) -> Subgoals | Refused:
    """The subgoals of an earlier reply, from their kept source."""
    return _as_subgoals(accept_source(source, bank, walls), bank, walls)


def _as_subgoals(
    answer: Accepted | Refused, bank: Bank, walls: Walls | None
) -> Subgoals | Refused:
    if isinstance(answer, Refused):
        return answer
    if not 2 <= len(answer.terms) <= MAX_SUBGOALS:
        problem = f"expected 2 to {MAX_SUBGOALS} subgoals, got {len(answer.terms)}"
        return Refused((problem,))
    try:
        values = _values(answer, bank, walls)
    except RewardFault as fault:  # The probe runs on part of the bank only.
        return Refused((f"{fault.kind}: {fault.message}",))
    wrong = [
        name
        for name, column in zip(answer.terms, values.T, strict=True)
        if not np.isin(column, (0.0, 1.0)).all()
    ]
    if wrong:
        problem = (
            f"subgoal '{wrong[0]}' must be a predicate, true or false for every row"
        )
        return Refused((problem,))
    return Subgoals(answer.source, answer.terms)


def reached(subgoals: Subgoals, bank: Bank, walls: Walls | None) -> tuple[float, ...]:
    """Share of the bank's transitions in which each subgoal holds; () if it fails."""
    accepted = Accepted(subgoals.source, subgoals.names)
    try:
        return tuple(_values(accepted, bank, walls).mean(axis=0))
    except RewardFault:  # Subgoals are optional: the run goes on without shares.
        return ()


def _values(accepted: Accepted, bank: Bank, walls: Walls | None) -> np.ndarray:
    """Values of the predicates, 0 or 1, on the bank: (n, subgoals)."""
    rows, dim = bank.a.shape
    with RewardProcess(accepted.source, bank.widths, dim, rows, walls=walls) as process:
        return process(bank.s, bank.a, bank.s_next)
