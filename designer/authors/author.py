"""What an author of rewards is, and what becomes of a reply."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from designer.authors.brief import Brief
from designer.rewards.accept import Accepted, Refused, accept
from designer.rewards.probe import probe
from designer.rewards.sign import signed
from sandbox import Walls


@dataclass(frozen=True)
class Proposal:
    """A reply and what checking made of it; source is '' if it was refused.

    shape, thought: of the reward as it was read, see sandbox.Reading.
    """

    reply: str
    source: str
    problems: tuple[str, ...]
    findings: tuple[str, ...] = ()
    shape: str = ""
    thought: str = ""


@dataclass(frozen=True)
class Unanswered:
    """No reply that could be read, for the server's sake; nothing of it is kept.

    The candidate stays open, and whoever resumes the run asks again.
    """

    reason: str


Keep = Callable[[Brief, Proposal | Unanswered], None]


class Author(Protocol):
    """Writes rewards: a model, a person who pastes, or the built-in composer."""

    def write(self, generation: int, briefs: Sequence[Brief], keep: Keep) -> None:
        """Write a reward for every brief; keep takes each as soon as it is there.

        BudgetSpent, ClosedError or StoreError where the work can't go on.
        """


def proposal(reply: str, brief: Brief, walls: Walls) -> Proposal:
    """What checking makes of a reply."""
    answer = accept(reply, brief.bank, walls)
    if isinstance(answer, Accepted) and brief.config.form == "sign":
        answer = _signed(answer, brief, walls)
    match answer:
        case Accepted(source, _, findings, shape, thought):
            return Proposal(reply, source, (), findings, shape, thought)
        case Refused(problems):
            return Proposal(reply, "", problems)


def _signed(accepted: Accepted, brief: Brief, walls: Walls) -> Accepted | Refused:
    """In the sign form; findings are about what is trained."""
    made = signed(accepted)
    if isinstance(made, Refused):
        return made
    probed = probe(made.source, brief.bank, walls)
    if isinstance(probed, Refused):
        return probed
    return replace(made, findings=probed.findings)
