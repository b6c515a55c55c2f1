"""From a reply to a reward that is worth training, or to what is wrong with it."""

from dataclasses import dataclass

import numpy as np

from designer.propose.extract import NoCode, extract
from designer.search.bank import Bank
from sandbox import RewardFault, RewardProcess, check

PROBE_ROWS = 256


@dataclass(frozen=True)
class Accepted:
    """Source that passed every check; findings are for its author."""

    source: str
    terms: tuple[str, ...]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why a reply can't be used, each a sentence for its author."""

    problems: tuple[str, ...]


def accept(reply: str, bank: Bank) -> Accepted | Refused:
    """Extract, check and probe the reward in a reply."""
    extracted = extract(reply)
    if isinstance(extracted, NoCode):
        return Refused((extracted.reason,))
    return accept_source(extracted.source, bank)


def accept_source(source: str, bank: Bank) -> Accepted | Refused:
    """Check the source, then call it on real transitions in its own process."""
    problems = check(source, bank.widths)
    if problems:
        return Refused(tuple(f"line {p.line}: {p.message}" for p in problems))
    return probe(source, bank)


def probe(source: str, bank: Bank) -> Accepted | Refused:
    """One call of the reward on transitions of the bank."""
    rows = np.linspace(0, len(bank.a) - 1, min(PROBE_ROWS, len(bank.a))).astype(int)
    s, a, s_next = bank.s[rows], bank.a[rows], bank.s_next[rows]
    try:
        with RewardProcess(source, bank.widths, a.shape[1], rows=len(rows)) as reward:
            reward(s, a, s_next)
            gap, terms = reward.total_gap, reward.terms
    except RewardFault as fault:
        return Refused((f"{fault.kind}: {fault.message}",))
    findings: tuple[str, ...] = ()
    if gap > 1e-6:
        findings = (
            f"the returned total differs from the sum of the terms by up to {gap:.3g}; "
            "the sum of the terms is what is trained on",
        )
    return Accepted(source, terms, findings)
