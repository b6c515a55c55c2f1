"""Reads and probes the reward in a reply; gives it, or the problems with it."""

from dataclasses import replace

from designer.rewards.bank import Bank
from designer.rewards.probe import Accepted, Refused, probe
from sandbox import NoReward, Reading, Walls, read_reply, read_source

__all__ = ["Accepted", "Refused", "accept", "accept_source"]


def accept(reply: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Read and probe the reward in a reply; walls as for RewardProcess."""
    return _probe_reading(read_reply(reply, bank.widths, walls), bank, walls)


def accept_source(
    source: str, bank: Bank, walls: Walls | None = None
) -> Accepted | Refused:
    """Read and probe a whole module, as a person writes it or a run keeps it."""
    return _probe_reading(read_source(source, bank.widths, walls), bank, walls)


def _probe_reading(
    reading: Reading | NoReward, bank: Bank, walls: Walls | None
) -> Accepted | Refused:
    """Call the reward on real transitions, in a process of its own."""
    if isinstance(reading, NoReward):
        return Refused((reading.reason,))
    if reading.problems:
        return Refused(reading.problems)
    answer = probe(reading.source, bank, walls)
    if isinstance(answer, Refused):
        return Refused(tuple(map(reading.in_authors_lines, answer.problems)))
    return replace(answer, shape=reading.shape, thought=reading.thought)
