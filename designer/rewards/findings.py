"""Remarks on a reward from the values it gave in the probe, one sentence each."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.rewards.bank import Facts
from envs.bodies import Array

LARGE_RATIO = 100.0
EQUAL_WITHIN = 1e-6  # Relative to the largest value; float32 rounds to 1e-7.
MAX_NEGATIVE_SHARE = 0.95  # Of transitions, before a living penalty is reported.
ZERO, CONSTANT = "is zero on every", "is always"
TOTAL = re.compile(
    "(total|sum|overall|combined|reward|return)(_?(reward|return|sum|total|score))?s?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """Values of a reward in the probe, each array (rows, terms).

    values: on the bank's transitions. base: on a few of them. far, farther: on those
    few, by field, with the field three and nine times as far from its mean. shifted: on
    those few, by field that the policy can't observe, with it moved alike in all
    states. overflow: the sentence about values in farther that are not finite, or ''.
    """

    terms: tuple[str, ...]
    values: Array
    base: Array
    far: Mapping[str, Array]
    farther: Mapping[str, Array]
    overflow: str
    shifted: Mapping[str, Array]


def probe_findings(evidence: Evidence, facts: Facts) -> tuple[str, ...]:
    """All remarks for the author before training; () for most good rewards."""
    return (
        *added_up(evidence),
        *idle(evidence, facts),
        *dwarfing(evidence),
        *growing(evidence),
        *unobservable(evidence),
        *(living_penalty(evidence) if facts.can_end else ()),
    )


def lasting(findings: Sequence[str], varied: Collection[str]) -> tuple[str, ...]:
    """The remarks that still hold when these terms have varied in training."""
    disproved = tuple(f"term '{t}' {word}" for t in varied for word in (ZERO, CONSTANT))
    return tuple(line for line in findings if not line.startswith(disproved))


def sums_of_others(terms: Sequence[str], values: Array) -> Iterator[str]:
    """Terms that are the sum of all other terms in every row; values: (rows, terms)."""
    total, size = values.sum(axis=1), np.abs(values).sum(axis=1)
    for k, term in enumerate(terms):
        gap = np.abs(2 * values[:, k] - total)
        if len(terms) > 1 and values[:, k].any() and (gap <= EQUAL_WITHIN * size).all():
            yield term


def counted_twice(terms: Sequence[str], values: Array) -> str:
    """The reason to refuse a term that is the sum of the others; '' without one."""
    for term in sums_of_others(terms, values):
        if TOTAL.fullmatch(term):
            return (
                f"term '{term}' is the sum of the other terms, and the reward is the "
                "sum of all: everything would count twice; leave it out of the dict, "
                "or return (total, {...})"
            )
    return ""


def added_up(evidence: Evidence) -> Iterator[str]:
    """Terms that are a sum of the other terms, or have the name of one."""
    sums = {*sums_of_others(evidence.terms, evidence.values)}
    for term in evidence.terms:
        if len(evidence.terms) > 2 and term in sums:
            yield (
                f"term '{term}' is the sum of all other terms on every transition of "
                "the test: they count twice"
            )
        elif len(evidence.terms) > 1 and TOTAL.fullmatch(term):
            yield (
                f"term '{term}' is added to the other terms like any: if it is meant "
                "as their sum, leave it out"
            )


def idle(evidence: Evidence, facts: Facts) -> Iterator[str]:
    """Terms that are zero, or constant, on all transitions of the bank."""
    low, high = evidence.values.min(axis=0), evidence.values.max(axis=0)
    for k, term in enumerate(evidence.terms):
        if low[k] == high[k] == 0.0:
            yield (
                f"term '{term}' {ZERO} transition of the test: it does nothing "
                "unless other terms lead the policy to where it pays"
            )
        elif high[k] - low[k] <= EQUAL_WITHIN * abs(high[k]) and not facts.can_end:
            yield (
                f"term '{term}' {CONSTANT} {high[k]:.4g}, and episodes always last the "
                "same time: it changes nothing"
            )


def dwarfing(evidence: Evidence) -> Iterator[str]:
    """A term that is much larger than all others together (root mean square)."""
    # Scaled first, because squares of 1e200 overflow.
    largest = np.abs(evidence.values).max() or 1.0
    size = np.sqrt(((evidence.values / largest) ** 2).mean(axis=0))
    size_of_others = size.sum() - size
    for term, own, together in zip(evidence.terms, size, size_of_others, strict=True):
        if own > LARGE_RATIO * together > 0:
            yield (
                f"term '{term}' is {own / together:.0f} times as large as all others "
                "together on the transitions of the test: there they hardly count"
            )


def growing(evidence: Evidence) -> Iterator[str]:
    """Terms that grow faster than the fourth power of a field (3^4 is 81)."""
    if evidence.overflow:
        yield f"{evidence.overflow} (bound the term with np.clip or np.tanh)"
    grown_terms = set()
    largest = np.abs(evidence.values).max()
    for field, values in evidence.farther.items():
        near = np.abs(evidence.far[field]).max(axis=0)
        beyond = np.abs(values).max(axis=0)
        for k in np.flatnonzero(
            (near > 0)
            & (beyond > LARGE_RATIO * near)
            & (beyond > LARGE_RATIO * largest)
        ):
            term = evidence.terms[k]
            if term not in grown_terms:
                grown_terms.add(term)
                yield (
                    f"term '{term}' grows {beyond[k] / near[k]:.0e}-fold, to "
                    f"{beyond[k]:.3g}, when {field} goes from three times to nine "
                    "times what was seen: such a peak spoils a training; bound it with "
                    "np.clip or np.tanh"
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
    """For each term, the fields that it depends on: those whose change changes it.

    base: (n, terms). changed: by field, the same rows after a change of that field.
    """
    tolerance = EQUAL_WITHIN * np.abs(base).max(axis=0)
    differs = {
        field: (np.abs(values - base) > tolerance).any(axis=0)
        for field, values in changed.items()
    }
    return {
        term: frozenset(field for field, hit in differs.items() if hit[k])
        for k, term in enumerate(terms)
    }


def living_penalty(evidence: Evidence) -> Iterator[str]:
    """A reward that is negative in nearly every step, although episodes can end."""
    negative = float((evidence.values.sum(axis=1) < 0).mean())
    if negative > MAX_NEGATIVE_SHARE:
        yield (
            f"the sum of the terms is negative on {negative:.0%} of the transitions "
            "of the test, and episodes can end early: ending them at once then pays "
            "best"
        )
