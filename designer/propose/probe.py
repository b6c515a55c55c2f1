"""The probe: a reward runs on real transitions before anything is trained with it.

Only a breach of the contract refuses it, for that would end or spoil its training; all
else is a finding for its author. It costs a process start and about fifty calls.

Not covered: rewards that behave only while they are probed, and what happens in states
further off than three times what random actions and earlier policies have reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from designer.propose.findings import Evidence, findings
from designer.search.bank import Bank
from designer.training.rewards import Array
from envs.fields import columns
from sandbox import Limits, RewardFault, RewardProcess, Walls

ROWS, FEW, SINGLE = 1024, 64, 4
FAR, FARTHER = 3.0, 9.0  # times as far from the mean as on the bank
# Relative to a term's largest value. Sums and matrix products round differently in
# batches of other sizes; a reward that computes in float32 is off by about 1e-7.
ROUNDING = 1e-6
LIMITS = Limits(call_s=5.0, cpu_s=10)  # all calls together take milliseconds


@dataclass(frozen=True)
class Accepted:
    """Source that passed every check; findings are for its author.

    shape, thought: as in sandbox.Reading, '' where nothing was read but only probed.
    """

    source: str
    terms: tuple[str, ...]
    findings: tuple[str, ...] = ()
    shape: str = ""
    thought: str = ""


@dataclass(frozen=True)
class Refused:
    """Why a reply can't be used, each a sentence for its author."""

    problems: tuple[str, ...]


class Batch(NamedTuple):
    """Transitions: s and s_next are (n, width), a is (n, action_dim)."""

    s: Array
    a: Array
    s_next: Array

    def take(self, rows: Array) -> "Batch":
        """Some of the transitions, in that order."""
        return Batch(*(part[rows] for part in self))


class Breach(Exception):  # noqa: N818 (what a candidate did, not a broken machine)
    """What the reward does against its contract, in words for its author."""


def probe(source: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Run the reward on the bank's transitions, at rest and at extremes."""
    real = sample(bank)
    dim, rows = real.a.shape[1], len(real.a)
    try:
        # Values may be so large that their sums overflow, which is no fault of ours.
        with (
            np.errstate(all="ignore"),
            RewardProcess(source, bank.widths, dim, rows, LIMITS, walls) as process,
        ):
            evidence = examine(process, bank, real)
            found = findings(evidence, bank.facts)
    except RewardFault as fault:
        return Refused((f"{fault.kind}: {fault.message}",))
    except Breach as breach:
        return Refused((str(breach),))
    return Accepted(source, evidence.terms, found)


def examine(process: RewardProcess, bank: Bank, real: Batch) -> Evidence:
    """All calls on the transitions `real`; RewardFault or Breach if one goes wrong."""
    values = process(*real)
    gap = process.total_gap  # far out, rounding alone makes one
    same_again(process, real, values)
    same_for_other_rows(process, real, values)
    for where, batch in situations(bank, real):
        call(process, where, batch)
    rows = pairs(real)
    few = real.take(rows)
    far = {
        name: call(process, where, batch)
        for name, where, batch in stretches(bank, few, FAR)
    }
    shifted = {
        name: call(process, f"with another {name}", batch)
        for name, batch in shifts(bank, few)
    }
    same_again(process, real, values)
    farther, overflow = beyond(process, bank, few)
    seen = values, values[rows]
    return Evidence(process.terms, *seen, far, farther, overflow, shifted, gap)


def call(process: RewardProcess, where: str, batch: Batch) -> Array:
    """The terms of a batch; a RewardFault says where it happened."""
    try:
        return process(*batch)
    except RewardFault as fault:
        raise RewardFault(fault.kind, f"{where}: {fault.message}") from None


def sample(bank: Bank) -> Batch:
    """The transitions that a reward is asked about."""
    every = Batch(bank.s, bank.a, bank.s_next)
    return every.take(spread(every, ROWS))


def pairs(real: Batch) -> Array:
    """Rows of fewer transitions, each twice: `stretch` goes both ways with them."""
    return np.repeat(spread(real, FEW), 2)


def spread(batch: Batch, wanted: int) -> Array:
    """Rows spread over a batch, and those where a column is at an extreme."""
    ends = batch.s_next.argmin(axis=0), batch.s_next.argmax(axis=0)
    return np.unique(np.concatenate([evenly(len(batch.a), wanted), *ends]))


def evenly(n: int, wanted: int) -> Array:
    """Indices of at most `wanted` of n rows, spread over all of them."""
    return np.linspace(0, n - 1, min(wanted, n)).astype(int)


def situations(bank: Bank, real: Batch) -> Iterator[tuple[str, Batch]]:
    """What every training meets: starting at rest, actions at their bounds."""
    parts = columns(bank.widths)
    time, last = parts["time"], parts["last_action"]
    after = bank.start.copy()
    after[:, time] += np.median(bank.s_next[:, time] - bank.s[:, time])
    nothing = np.zeros((len(after), real.a.shape[1]))
    yield "at rest (start states, no action)", Batch(bank.start, nothing, after)
    few = real.take(evenly(len(real.a), FEW))
    for bound in (bank.facts.low, bank.facts.high):
        a, after = np.broadcast_to(bound, few.a.shape), few.s_next.copy()
        after[:, last] = a
        yield "with every action at its bound", Batch(few.s, a, after)


def stretches(bank: Bank, few: Batch, times: float) -> Iterator[tuple[str, str, Batch]]:
    """Per field with a unit: its name, where that is in words, and the batch there."""
    mean = bank.s_next.mean(axis=0)
    signed = (bank.s_next.min(axis=0) < 0) & (bank.s_next.max(axis=0) > 0)
    for name, part in columns(bank.widths).items():
        if name in bank.facts.unitless:
            continue
        s, s_next = few.s.copy(), few.s_next.copy()
        for x in (s, s_next):
            x[:, part] = stretch(x[:, part], times, mean[part], signed[part])
        low, high = s_next[:, part].min(), s_next[:, part].max()
        where = f"with {name} in {low:.3g} to {high:.3g}, further than seen so far"
        yield name, where, Batch(s, few.a, s_next)


def stretch(x: Array, times: float, mean: Array, signed: Array) -> Array:
    """Columns (n, k) `times` as far from their mean, so that differences grow too.

    Columns of one sign keep it, as heights and forces do: they become `times` as large
    in even rows and as small in odd ones.
    """
    factor = np.where(np.arange(len(x)) % 2, 1 / times, times)[:, None]
    return np.where(signed, mean + times * (x - mean), factor * x)


def shifts(bank: Bank, few: Batch) -> Iterator[tuple[str, Batch]]:
    """Per field that the policy can't observe: all states moved along it alike.

    What pays for a change of the field pays the same there: it is no matter of level.
    """
    parts = columns(bank.widths)
    for name in sorted(bank.facts.unseen):
        spread = bank.s_next[:, parts[name]].std(axis=0)
        step = np.zeros(few.s.shape[1])
        step[parts[name]] = np.where(spread > 0, spread, 1.0)
        yield name, Batch(few.s + step, few.a, few.s_next + step)


def same_again(process: RewardProcess, real: Batch, values: Array) -> None:
    """Breach if the same inputs give something else than the first time."""
    if place := difference(values, call(process, "the second time", real), values):
        raise Breach(
            f"term '{process.terms[place[1]]}' gives other values for the same inputs "
            "the second time: keep nothing between calls, and use no randomness"
        )


def same_for_other_rows(process: RewardProcess, real: Batch, values: Array) -> None:
    """Breach if a row's terms change with the rows that stand beside it."""
    n = len(values)
    some = np.random.default_rng(0).permutation(n)[:FEW]
    groups = [("in a batch of other rows", some)]
    groups += [("in a batch of one row", row[None]) for row in evenly(n, SINGLE)]
    for where, rows in groups:
        again = call(process, where, real.take(rows))
        if place := difference(values[rows], again, values):
            row, term = place
            raise Breach(
                f"term '{process.terms[term]}' of a row is {again[row, term]:.6g} "
                f"{where}, and {values[rows][row, term]:.6g} among {n}: each row is a "
                "robot of its own, so use no mean, extreme, rank or difference over "
                "the rows (axis 0)"
            )


def difference(
    first: Array, second: Array, all_values: Array
) -> tuple[int, int] | None:
    """Row and term where two answers (n, terms) differ most beyond rounding."""
    over = np.abs(second - first) - ROUNDING * np.abs(all_values).max(axis=0)
    row, term = np.unravel_index(over.argmax(), over.shape)
    return (int(row), int(term)) if over[row, term] > 0 else None


def beyond(
    process: RewardProcess, bank: Bank, few: Batch
) -> tuple[dict[str, Array], str]:
    """Terms with each field further still; and what broke there, which ends it."""
    found: dict[str, Array] = {}
    for name, where, batch in stretches(bank, few, FARTHER):
        try:
            found[name] = process(*batch)
        except RewardFault as fault:
            return found, f"{where}: {fault.message}" if fault.kind == "finite" else ""
    return found, ""
