"""The interface of an author of rewards, and the check of an author's reply."""

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
    """An author's reply and the result of its check; source is '' if it was refused.

    problems: why it was refused, () if it was not. findings: remarks on an accepted
    reward. shape, thought, signature: of the accepted reward, see sandbox.Reading and
    rewards/likeness.py.
    """

    reply: str
    source: str
    problems: tuple[str, ...]
    findings: tuple[str, ...] = ()
    shape: str = ""
    thought: str = ""
    signature: tuple[float, ...] = ()


@dataclass(frozen=True)
class Unanswered:
    """The model server gave no usable reply, which is no fault of the candidate.

    The candidate stays open; a resumed run asks for it again.
    """

    reason: str


KeepProposal = Callable[[Brief, Proposal | Unanswered], None]


class Author(Protocol):
    """Writes rewards: a model, a person who pastes, or the built-in composer."""

    def write(
        self, generation: int, briefs: Sequence[Brief], keep: KeepProposal
    ) -> None:
        """Write a reward for every brief and call keep with each as it is finished.

        Raises BudgetSpent, ClosedError or StoreError where the work can't go on.
        """


def proposal(reply: str, brief: Brief, walls: Walls) -> Proposal:
    """Check a reply: read it, probe it on the bank, and add the signs if wanted."""
    answer = accept(reply, brief.bank, walls)
    if isinstance(answer, Accepted) and brief.config.form == "sign":
        answer = _signed(answer, brief, walls)
    match answer:
        case Accepted(source, _, findings, shape, thought, signature):
            return Proposal(reply, source, (), findings, shape, thought, signature)
        case Refused(problems):
            return Proposal(reply, "", problems)


def _signed(accepted: Accepted, brief: Brief, walls: Walls) -> Accepted | Refused:
    """The reward in the sign form, probed again: findings describe what is trained."""
    with_signs = signed(accepted)
    if isinstance(with_signs, Refused):
        return with_signs
    probed = probe(with_signs.source, brief.bank, walls)
    if isinstance(probed, Refused):
        return probed
    return replace(with_signs, findings=probed.findings, signature=probed.signature)
