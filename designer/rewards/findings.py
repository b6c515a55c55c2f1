"""What the probe's numbers say about a reward: one sentence per finding, no verdict."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.rewards.bank import Facts
from designer.rewards.sources import Array

MUCH = 100.0
SAME = 1e-6  # relative to the largest value; float32 rounds to 1e-7
MOST = 0.95
TOTAL = re.compile(
    "(total|sum|overall|combined|reward|return)(_?(reward|return|sum|total|score))?s?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """What a reward answered, always (rows, terms).

    values: on real transitions; base: on a few of them. Those few again, per field:
    far and farther: with the field three and nine times as far from its mean as seen;
    shifted: with a field that the policy can't observe moved in all states alike.
    overflow: where farther was not finite, in words.
    """

    terms: tuple[str, ...]
    values: Array
    base: Array
    far: Mapping[str, Array]
    farther: Mapping[str, Array]
    overflow: str
    shifted: Mapping[str, Array]


def findings(evidence: Evidence, facts: Facts) -> tuple[str, ...]:
    """All that an author should know before training; () for most good rewards."""
    return (
        *added_up(evidence),
        *idle(evidence, facts),
        *dwarfing(evidence),
        *growing(evidence),
        *unobservable(evidence),
        *(living_penalty(evidence) if facts.can_end else ()),
    )


def sums_of_others(terms: Sequence[str], values: Array) -> Iterator[str]:
    """Terms that are the sum of all the others, values (rows, terms)."""
    total, size = values.sum(axis=1), np.abs(values).sum(axis=1)
    for k, term in enumerate(terms):
        gap = np.abs(2 * values[:, k] - total)
        if len(terms) > 1 and values[:, k].any() and (gap <= SAME * size).all():
            yield term


def counted_twice(terms: Sequence[str], values: Array) -> str:
    """Why a sum among the terms is refused; '' where there is none."""
    for term in sums_of_others(terms, values):
        if TOTAL.fullmatch(term):
            return (
                f"term '{term}' is the sum of the other terms, and the reward is the "
                "sum of all: everything would count twice; leave it out of the dict, "
                "or return (total, {...})"
            )
    return ""


def added_up(evidence: Evidence) -> Iterator[str]:
    """Terms that are a sum of terms, or are called so."""
    sums = {*sums_of_others(evidence.terms, evidence.values)}
    for term in evidence.terms:
        if len(evidence.terms) > 2 and term in sums:
            yield (
                f"term '{term}' is the sum of all other terms on every transition seen "
                "so far: they count twice"
            )
        elif len(evidence.terms) > 1 and TOTAL.fullmatch(term):
            yield (
                f"term '{term}' is added to the other terms like any: if it is meant "
                "as their sum, leave it out"
            )


def idle(evidence: Evidence, facts: Facts) -> Iterator[str]:
    """Terms that are zero, or the same number, on all real transitions."""
    low, high = evidence.values.min(axis=0), evidence.values.max(axis=0)
    for k, term in enumerate(evidence.terms):
        if low[k] == high[k] == 0.0:
            yield (
                f"term '{term}' is zero on every transition seen so far: it does "
                "nothing unless other terms lead the policy to where it pays"
            )
        elif high[k] - low[k] <= SAME * abs(high[k]) and not facts.can_end:
            yield (
                f"term '{term}' is always {high[k]:.4g}, and episodes always last the "
                "same time: it changes nothing"
            )


def dwarfing(evidence: Evidence) -> Iterator[str]:
    """A term that is much larger than all others together (root mean square)."""
    largest = np.abs(evidence.values).max() or 1.0  # squares of 1e200 overflow
    size = np.sqrt(((evidence.values / largest) ** 2).mean(axis=0))
    others = size.sum() - size
    for term, own, rest in zip(evidence.terms, size, others, strict=True):
        if own > MUCH * rest > 0:
            yield (
                f"term '{term}' is {own / rest:.0f} times as large as all others "
                "together on what was seen so far: there they hardly count"
            )


def growing(evidence: Evidence) -> Iterator[str]:
    """Terms that grow faster than the fourth power of a field: threefold is 81-fold."""
    if evidence.overflow:
        yield f"{evidence.overflow} (bound the term with np.clip or np.tanh)"
    told = set()
    largest = np.abs(evidence.values).max()
    for field, values in evidence.farther.items():
        near = np.abs(evidence.far[field]).max(axis=0)
        beyond = np.abs(values).max(axis=0)
        for k in np.flatnonzero(
            (near > 0) & (beyond > MUCH * near) & (beyond > MUCH * largest)
        ):
            term = evidence.terms[k]
            if term not in told:
                told.add(term)
                yield (
                    f"term '{term}' grows {beyond[k] / near[k]:.0e}-fold, to "
                    f"{beyond[k]:.3g}, when {field} is threefold: such a peak spoils a "
                    "training; bound it with np.clip or np.tanh"
                )


def unobservable(evidence: Evidence) -> Iterator[str]:
    """Terms that depend on the level of a field which the policy can't observe."""
    depends = fields_of_terms(evidence.terms, evidence.base, evidence.shifted)
    for term, fields in depends.items():
        if fields:
            yield (
                f"term '{term}' depends on {' and '.join(sorted(fields))}, which the "
                "policy does not observe: what looks the same to it pays differently, "
                "and that is hard to learn"
            )


def fields_of_terms(
    terms: Sequence[str], base: Array, changed: Mapping[str, Array]
) -> dict[str, frozenset[str]]:
    """Per term, the fields that it depends on: those whose change changes it.

    base: (n, terms). changed: the same rows, per field that alone was changed.
    """
    least = SAME * np.abs(base).max(axis=0)
    differs = {
        field: (np.abs(values - base) > least).any(axis=0)
        for field, values in changed.items()
    }
    return {
        term: frozenset(field for field, hit in differs.items() if hit[k])
        for k, term in enumerate(terms)
    }


def living_penalty(evidence: Evidence) -> Iterator[str]:
    """A reward that is negative nearly always, where an episode can end early."""
    negative = float((evidence.values.sum(axis=1) < 0).mean())
    if negative > MOST:
        yield (
            f"the sum of the terms is negative on {negative:.0%} of the transitions "
            "seen so far, and episodes can end early: ending them at once then pays "
            "best"
        )
