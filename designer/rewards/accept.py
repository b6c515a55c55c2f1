"""From a reply to a reward that is worth training, or to what is wrong with it."""

from dataclasses import replace

from designer.rewards.bank import Bank
from designer.rewards.probe import Accepted, Refused, probe
from sandbox import NoReward, Reading, Walls, read_reply, read_source

__all__ = ["Accepted", "Refused", "accept", "accept_source"]


def accept(reply: str, bank: Bank, walls: Walls | None = None) -> Accepted | Refused:
    """Read and probe the reward in a reply; walls as for RewardProcess."""
    return _probed(read_reply(reply, bank.widths, walls), bank, walls)


def accept_source(
    source: str, bank: Bank, walls: Walls | None = None
) -> Accepted | Refused:
    """The same for a whole module, as a person writes it or a run keeps it."""
    return _probed(read_source(source, bank.widths, walls), bank, walls)


def _probed(
    reading: Reading | NoReward, bank: Bank, walls: Walls | None
) -> Accepted | Refused:
    """What calling the reward on real transitions in its own process makes of it."""
    if isinstance(reading, NoReward):
        return Refused((reading.reason,))
    if reading.problems:
        return Refused(reading.problems)
    answer = probe(reading.source, bank, walls)
    if isinstance(answer, Refused):
        return Refused(tuple(map(reading.in_authors_lines, answer.problems)))
    return replace(answer, shape=reading.shape, thought=reading.thought)
