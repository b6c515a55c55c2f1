"""From a reply to a reward that is worth training, or to what is wrong with it."""

from designer.propose.extract import NoCode, extract
from designer.propose.probe import Accepted, Refused, probe
from designer.search.bank import Bank
from sandbox import Walls, check

__all__ = ["Accepted", "Refused", "accept", "accept_source"]


def accept(reply: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Extract, check and probe the reward in a reply; walls as for RewardProcess."""
    extracted = extract(reply)
    if isinstance(extracted, NoCode):
        return Refused((extracted.reason,))
    return accept_source(extracted.source, bank, walls)


def accept_source(
    source: str, bank: Bank, walls: Walls | None = None
) -> Accepted | Refused:
    """Check the source, then call it on real transitions in its own process."""
    problems = check(source, bank.widths)
    if problems:
        return Refused(tuple(f"line {p.line}: {p.message}" for p in problems))
    return probe(source, bank, walls)
