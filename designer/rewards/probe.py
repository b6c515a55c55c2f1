"""The probe: calls a reward that passed the static check on real transitions.

A reward that breaks the contract is refused, because that would end or spoil its
training; everything else is a finding for its author. A probe takes two process starts
and about 300 calls.

Not covered: rewards that behave differently after the probe, and states more than nine
times as far from the mean as random actions and earlier policies have reached.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from designer.rewards.bank import Bank
from designer.rewards.findings import Evidence, counted_twice, probe_findings
from designer.rewards.likeness import SIGNATURE_ROWS, pay_signature
from designer.rewards.rows import (
    TILES,
    Transitions,
    difference,
    difference_sentence,
    evenly,
    row_difference,
    spread,
)
from envs.bodies import Array
from envs.fields import columns
from sandbox import Limits, RewardFault, RewardProcess, Walls

MAX_ROWS, FEW_ROWS, SINGLE_ROWS = 1024, 64, 48
FAR_FACTOR, FARTHER_FACTOR = 3.0, 9.0  # Distance from the mean, relative to the bank.
PROBE_LIMITS = Limits(call_s=5.0, cpu_s=10)  # All calls together take milliseconds.
ROLLOUT_ROWS, MAX_ROLLOUT_S = 2048, 0.5  # A good reward takes a millisecond or two.
OTHER_HASH_SEED = 1  # Sets of texts are ordered differently than under seed 0.


@dataclass(frozen=True)
class Accepted:
    """Source that passed every check, with the findings for its author.

    shape, thought: as in sandbox.Reading; '' if the source came without a reading.
    signature: see likeness.py, on transitions of the bank.
    """

    source: str
    terms: tuple[str, ...]
    findings: tuple[str, ...] = ()
    shape: str = ""
    thought: str = ""
    signature: tuple[float, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Problems that make a reply unusable, each a sentence for its author."""

    problems: tuple[str, ...]


class Breach(Exception):  # noqa: N818 (what a candidate did, not a broken machine)
    """The reward breaks its contract; the message is a sentence for its author."""


def probe(source: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Run the reward on the bank's transitions, at rest and at extremes."""
    real = sample(bank)
    rows = TILES * len(real.a)
    layout = bank.widths, real.a.shape[1], rows, PROBE_LIMITS, walls
    try:
        # Values of a candidate's reward may be so large that their sums overflow.
        with np.errstate(all="ignore"):
            with RewardProcess(source, *layout) as process:
                evidence = examine(process, source, bank, real)
            with RewardProcess(source, *layout, OTHER_HASH_SEED) as process:
                same_elsewhere(process, evidence, real)
                # A fault in such extreme states is a finding, no reason to refuse.
                with suppress(RewardFault):
                    for batch in wild(bank, real):
                        alone = evenly(len(batch.a), SINGLE_ROWS)
                        same_for_other_rows(process, source, batch, alone)
            remarks = probe_findings(evidence, bank.facts)
    except RewardFault as fault:
        return Refused((f"{fault.kind}: {fault.message}",))
    except Breach as breach:
        return Refused((str(breach),))
    pay = evidence.values.sum(axis=1)[evenly(len(real.a), SIGNATURE_ROWS)]
    return Accepted(source, evidence.terms, remarks, signature=pay_signature(pay))


def examine(
    process: RewardProcess, source: str, bank: Bank, real: Transitions
) -> Evidence:
    """Make nearly all calls; RewardFault or Breach if one goes wrong."""
    values = process(*real)
    quick_enough(process, real)
    same_again(process, real, values)
    same_for_other_rows(process, source, real, spread(real, SINGLE_ROWS))
    if problem := counted_twice(process.terms, values):
        raise Breach(problem)
    for description, batch in situations(bank, real):
        call(process, description, batch)
    rows = paired_rows(real)
    few = real.take(rows)
    distant = {
        name: (description, batch)
        for name, description, batch in stretches(bank, few, FAR_FACTOR)
    }
    far = {name: call(process, *distant[name]) for name in distant}
    extremes = extreme_rows(bank, {name: batch for name, (_, batch) in distant.items()})
    same_for_other_rows(process, source, extremes, np.arange(len(extremes.a)))
    shifted = {
        name: call(process, f"with another {name}", batch)
        for name, batch in shifts(bank, few)
    }
    same_again(process, real, values)
    farther, overflow = beyond(process, bank, few)
    on_bank = values, values[rows]
    return Evidence(process.terms, *on_bank, far, farther, overflow, shifted)


def call(process: RewardProcess, description: str, batch: Transitions) -> Array:
    """The terms of a batch; a RewardFault's message begins with the description."""
    try:
        return process(*batch)
    except RewardFault as fault:
        raise RewardFault(fault.kind, f"{description}: {fault.message}") from None


def sample(bank: Bank) -> Transitions:
    """The transitions of the bank on which a reward is probed."""
    transitions = Transitions(bank.s, bank.a, bank.s_next)
    return transitions.take(spread(transitions, MAX_ROWS))


def paired_rows(real: Transitions) -> Array:
    """Indices of a few rows, each twice, because `stretch` treats odd rows apart."""
    return np.repeat(spread(real, FEW_ROWS), 2)


def situations(bank: Bank, real: Transitions) -> Iterator[tuple[str, Transitions]]:
    """Situations of every training: starting at rest, actions at their bounds."""
    slices = columns(bank.widths)
    time, last = slices["time"], slices["last_action"]
    after = bank.start.copy()
    after[:, time] += np.median(bank.s_next[:, time] - bank.s[:, time])
    nothing = np.zeros((len(after), real.a.shape[1]))
    yield "at rest (start states, no action)", Transitions(bank.start, nothing, after)
    few = real.take(evenly(len(real.a), FEW_ROWS))
    for limit in (bank.facts.low, bank.facts.high):
        a, after = np.broadcast_to(limit, few.a.shape), few.s_next.copy()
        after[:, last] = a
        yield "with every action at its bound", Transitions(few.s, a, after)


def stretches(
    bank: Bank, few: Transitions, times: float
) -> Iterator[tuple[str, str, Transitions]]:
    """Batches in which one field is `times` as far from its mean as on the bank.

    For each field with a unit: its name, a description in words, and the batch.
    """
    mean = bank.s_next.mean(axis=0)
    signed = (bank.s_next.min(axis=0) < 0) & (bank.s_next.max(axis=0) > 0)
    for name, span in columns(bank.widths).items():
        if name in bank.facts.unitless:
            continue
        s, s_next = few.s.copy(), few.s_next.copy()
        for x in (s, s_next):
            x[:, span] = stretch(x[:, span], times, mean[span], signed[span])
        low, high = s_next[:, span].min(), s_next[:, span].max()
        description = (
            f"with {name} in {low:.3g} to {high:.3g}, further than seen so far"
        )
        yield name, description, Transitions(s, few.a, s_next)


def stretch(x: Array, times: float, mean: Array, signed: Array) -> Array:
    """Columns (n, k), moved to `times` their distance from the mean.

    Columns that are not signed, as heights and forces, keep their sign: they become
    `times` as large in even rows and as small in odd rows.
    """
    factor = np.where(np.arange(len(x)) % 2, 1 / times, times)[:, None]
    return np.where(signed, mean + times * (x - mean), factor * x)


def extreme_rows(bank: Bank, stretched: Mapping[str, Transitions]) -> Transitions:
    """The rows of stretched batches in which the stretched field is extreme."""
    slices, extremes = columns(bank.widths), []
    for name, batch in stretched.items():
        field = batch.s_next[:, slices[name]]
        rows = [field.argmin(axis=0), field.argmax(axis=0), evenly(len(field), 2)]
        extremes.append(batch.take(np.unique(np.concatenate(rows))))
    return Transitions(
        *(np.concatenate(arrays) for arrays in zip(*extremes, strict=True))
    )


def wild(bank: Bank, real: Transitions) -> Iterator[Transitions]:
    """Batches with all fields stretched at once, and one with single fields further."""
    few = real.take(paired_rows(real))
    slices = columns(bank.widths)
    for times in (FAR_FACTOR, FARTHER_FACTOR):
        together = Transitions(few.s.copy(), few.a, few.s_next.copy())
        for name, _, batch in stretches(bank, few, times):
            together.s[:, slices[name]] = batch.s[:, slices[name]]
            together.s_next[:, slices[name]] = batch.s_next[:, slices[name]]
        yield together
    single = {name: batch for name, _, batch in stretches(bank, few, FARTHER_FACTOR)}
    yield extreme_rows(bank, single)


def shifts(bank: Bank, few: Transitions) -> Iterator[tuple[str, Transitions]]:
    """For each field that the policy can't observe: all states moved along it alike.

    Terms of the field's change stay the same; terms of its level do not.
    """
    slices = columns(bank.widths)
    for name in sorted(bank.facts.unseen):
        spread = bank.s_next[:, slices[name]].std(axis=0)
        step = np.zeros(few.s.shape[1])
        step[slices[name]] = np.where(spread > 0, spread, 1.0)
        yield name, Transitions(few.s + step, few.a, few.s_next + step)


def quick_enough(process: RewardProcess, real: Transitions) -> None:
    """Breach if even the faster of two calls on a rollout would hold up a training."""
    rollout = real.take(np.resize(np.arange(len(real.a)), ROLLOUT_ROWS))
    times: list[float] = []
    while len(times) < 2 and min(times, default=np.inf) > MAX_ROLLOUT_S:
        began = time.perf_counter()
        call(process, f"in a batch of {ROLLOUT_ROWS} rows", rollout)
        times.append(time.perf_counter() - began)
    if min(times) > MAX_ROLLOUT_S:
        raise Breach(
            f"one call takes {min(times):.1f} s for {ROLLOUT_ROWS:,} rows, and a "
            f"training makes hundreds of them; at most {MAX_ROLLOUT_S} s is allowed: "
            "compute with whole arrays instead of loops"
        )


def same_again(process: RewardProcess, real: Transitions, values: Array) -> None:
    """Breach if the same inputs give other values than the first time."""
    if place := difference(values, call(process, "the second time", real), values):
        raise Breach(
            f"term '{process.terms[place[1]]}' gives other values for the same inputs "
            "the second time: keep nothing between calls, and use no randomness"
        )


def same_for_other_rows(
    process: RewardProcess, source: str, batch: Transitions, alone: Array
) -> None:
    """Breach if a row's terms change with the other rows of its batch.

    alone: indices of rows that are also called in a batch of one.
    """
    values = process(*batch)
    if mixed := row_difference(partial(call, process), batch, values, alone):
        raise Breach(difference_sentence(mixed, process.terms, len(values), source))


def same_elsewhere(
    process: RewardProcess, evidence: Evidence, real: Transitions
) -> None:
    """Breach if another process, called with the rows reversed, gives other values."""
    values = process(*real.take(np.arange(len(real.a))[::-1]))[::-1]
    if process.terms != evidence.terms:
        raise Breach(
            f"the terms are ({', '.join(evidence.terms)}) in one process and "
            f"({', '.join(process.terms)}) in another: name them in a fixed order"
        )
    if place := difference(evidence.values, values, evidence.values):
        raise Breach(
            f"term '{process.terms[place[1]]}' is {values[place]:.6g} in another "
            f"process, and {evidence.values[place]:.6g} in the first one for the same "
            "row: nothing may depend on the order of a set or on an object's address"
        )


def beyond(
    process: RewardProcess, bank: Bank, few: Transitions
) -> tuple[dict[str, Array], str]:
    """Values by stretched field, and the message of the fault that ended it, or ''."""
    values: dict[str, Array] = {}
    for name, description, batch in stretches(bank, few, FARTHER_FACTOR):
        try:
            values[name] = process(*batch)
        except RewardFault as fault:
            return (
                values,
                f"{description}: {fault.message}" if fault.kind == "finite" else "",
            )
    return values, ""
