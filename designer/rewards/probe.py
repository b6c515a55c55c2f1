"""What a reward that passed the static check does on real transitions.

Refused is what breaks the contract, for that would end or spoil its training; all
else is a finding for its author. It costs two process starts and about 300 calls.

Not covered: rewards that behave only while they are probed, and what happens in states
further off than nine times what random actions and earlier policies have reached.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from designer.rewards.bank import Bank
from designer.rewards.findings import Evidence, counted_twice, findings
from designer.rewards.rows import (
    TIMES,
    Batch,
    difference,
    evenly,
    in_words,
    row_difference,
    spread,
)
from designer.rewards.sources import Array
from envs.fields import columns
from sandbox import Limits, RewardFault, RewardProcess, Walls

ROWS, FEW, SINGLE = 1024, 64, 48
FAR, FARTHER = 3.0, 9.0  # times as far from the mean as on the bank
LIMITS = Limits(call_s=5.0, cpu_s=10)  # all calls together take milliseconds
ROLLOUT_ROWS, MAX_ROLLOUT_S = 2048, 0.5  # a good reward takes a millisecond or two
OTHER_SEED = 1  # sets of texts have another order than under seed 0


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


class Breach(Exception):  # noqa: N818 (what a candidate did, not a broken machine)
    """What the reward does against its contract, in words for its author."""


def probe(source: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Run the reward on the bank's transitions, at rest and at extremes."""
    real = sample(bank)
    rows = TIMES * len(real.a)
    layout = bank.widths, real.a.shape[1], rows, LIMITS, walls
    try:
        # Values may be so large that their sums overflow, which is no fault of ours.
        with np.errstate(all="ignore"):
            with RewardProcess(source, *layout) as process:
                evidence = examine(process, source, bank, real)
            with RewardProcess(source, *layout, OTHER_SEED) as process:
                same_elsewhere(process, evidence, real)
                with suppress(RewardFault):  # so far out, that is for findings to tell
                    for batch in wild(bank, real):
                        alone = evenly(len(batch.a), SINGLE)
                        same_for_other_rows(process, source, batch, alone)
            told = findings(evidence, bank.facts)
    except RewardFault as fault:
        return Refused((f"{fault.kind}: {fault.message}",))
    except Breach as breach:
        return Refused((str(breach),))
    return Accepted(source, evidence.terms, told)


def examine(process: RewardProcess, source: str, bank: Bank, real: Batch) -> Evidence:
    """Nearly all calls; RewardFault or Breach if one goes wrong."""
    values = process(*real)
    quick_enough(process, real)
    same_again(process, real, values)
    same_for_other_rows(process, source, real, spread(real, SINGLE))
    if told := counted_twice(process.terms, values):
        raise Breach(told)
    for where, batch in situations(bank, real):
        call(process, where, batch)
    rows = pairs(real)
    few = real.take(rows)
    distant = {name: (where, batch) for name, where, batch in stretches(bank, few, FAR)}
    far = {name: call(process, *distant[name]) for name in distant}
    extremes = extreme_rows(bank, {name: batch for name, (_, batch) in distant.items()})
    same_for_other_rows(process, source, extremes, np.arange(len(extremes.a)))
    shifted = {
        name: call(process, f"with another {name}", batch)
        for name, batch in shifts(bank, few)
    }
    same_again(process, real, values)
    farther, overflow = beyond(process, bank, few)
    seen = values, values[rows]
    return Evidence(process.terms, *seen, far, farther, overflow, shifted)


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


def extreme_rows(bank: Bank, stretched: Mapping[str, Batch]) -> Batch:
    """Of batches in which one field each is far out, rows with it most and least."""
    parts, some = columns(bank.widths), []
    for name, batch in stretched.items():
        field = batch.s_next[:, parts[name]]
        rows = [field.argmin(axis=0), field.argmax(axis=0), evenly(len(field), 2)]
        some.append(batch.take(np.unique(np.concatenate(rows))))
    return Batch(*(np.concatenate(parts) for parts in zip(*some, strict=True)))


def wild(bank: Bank, real: Batch) -> Iterator[Batch]:
    """Rows with all fields far out at once, and with one field still further."""
    few = real.take(pairs(real))
    parts = columns(bank.widths)
    for times in (FAR, FARTHER):
        together = Batch(few.s.copy(), few.a, few.s_next.copy())
        for name, _, batch in stretches(bank, few, times):
            together.s[:, parts[name]] = batch.s[:, parts[name]]
            together.s_next[:, parts[name]] = batch.s_next[:, parts[name]]
        yield together
    single = {name: batch for name, _, batch in stretches(bank, few, FARTHER)}
    yield extreme_rows(bank, single)


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


def quick_enough(process: RewardProcess, real: Batch) -> None:
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


def same_again(process: RewardProcess, real: Batch, values: Array) -> None:
    """Breach if the same inputs give something else than the first time."""
    if place := difference(values, call(process, "the second time", real), values):
        raise Breach(
            f"term '{process.terms[place[1]]}' gives other values for the same inputs "
            "the second time: keep nothing between calls, and use no randomness"
        )


def same_for_other_rows(
    process: RewardProcess, source: str, batch: Batch, alone: Array
) -> None:
    """Breach if a row's terms change with the rows beside it; alone: or with none."""
    values = process(*batch)
    if mixed := row_difference(partial(call, process), batch, values, alone):
        raise Breach(in_words(mixed, process.terms, len(values), source))


def same_elsewhere(process: RewardProcess, evidence: Evidence, real: Batch) -> None:
    """Breach if another process, asked in another order, gives something else."""
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
