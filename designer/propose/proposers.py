"""Who proposes: one function from briefs to proposals for each kind of model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from designer.config import RunConfig
from designer.errors import LLMError
from designer.llm import Ledger, Message, Reply, Request
from designer.propose.accept import Accepted, Refused, accept
from designer.propose.messages import Brief, messages_for, repair
from designer.propose.symbolic import propose as compose
from designer.records import derive, folder_name
from designer.search.bank import Bank
from designer.store import write_atomic


@dataclass(frozen=True)
class Proposal:
    """A reply and what checking made of it; source is '' if it was refused."""

    reply: str
    source: str
    problems: tuple[str, ...]


Proposer = Callable[[int, Sequence[Brief]], list[Proposal]]


def symbolic_proposer(config: RunConfig) -> Proposer:
    """The built-in one."""

    def propose(generation: int, briefs: Sequence[Brief]) -> list[Proposal]:
        found = []
        for brief in briefs:
            rng = np.random.default_rng(
                derive(config.seed, "symbolic", generation, brief.index)
            )
            found.append(_proposal(compose(brief, rng), brief.bank))
        return found

    return propose


def model_proposer(config: RunConfig, ledger: Ledger, run: Path) -> Proposer:
    """A language model: all of a generation at once, faulty replies sent back."""

    def propose(generation: int, briefs: Sequence[Brief]) -> list[Proposal]:
        labels = [folder_name(generation, brief.index) for brief in briefs]
        talks = {
            label: messages_for(brief)
            for label, brief in zip(labels, briefs, strict=True)
        }
        found: dict[str, Proposal] = {}
        bank = briefs[0].bank
        for attempt in range(config.repairs + 1):
            open_talks = [label for label in labels if label in talks]
            requests = [Request(lb, attempt, talks[lb]) for lb in open_talks]
            for request in requests:
                write_atomic(_file(run, request, "prompt"), _as_text(request.messages))
            answers = ledger.ask_all(requests)
            _raise_if_none(answers)
            for request, answer in zip(requests, answers, strict=True):
                label = request.label
                found[label] = proposal = _judge_reply(run, request, answer, bank)
                if proposal.source or isinstance(answer, LLMError):
                    del talks[label]
                else:
                    talks[label] = repair(
                        talks[label], proposal.reply, proposal.problems
                    )
        return [found[label] for label in labels]

    return propose


def _judge_reply(
    run: Path, request: Request, answer: Reply | LLMError, bank: Bank
) -> Proposal:
    if isinstance(answer, LLMError):
        return Proposal("", "", (f"no reply: {answer}",))
    path = _file(run, request, "reply")
    if not path.exists():
        write_atomic(path, answer.text)
    if answer.cut_off:
        return Proposal(answer.text, "", ("the reply was cut off before its end",))
    return _proposal(answer.text, bank)


def _proposal(reply: str, bank: Bank) -> Proposal:
    match accept(reply, bank):
        case Accepted(source):
            return Proposal(reply, source, ())
        case Refused(problems):
            return Proposal(reply, "", problems)


def _raise_if_none(answers: Sequence[Reply | LLMError]) -> None:
    """One failed call is one lost candidate; if all fail, the endpoint is at fault."""
    errors = [answer for answer in answers if isinstance(answer, LLMError)]
    if answers and len(errors) == len(answers):
        raise errors[0]


def _file(run: Path, request: Request, kind: str) -> Path:
    suffix = f"-{request.attempt}" if request.attempt else ""
    return run / request.label / f"{kind}{suffix}.md"


def _as_text(messages: Sequence[Message]) -> str:
    return "\n".join(f"[{m.role}]\n\n{m.content}" for m in messages)
