"""A language model as author: it writes, is corrected, criticised, told of failures.

Every role is one call with its own prompt; each question and answer lies in the run
folder under its label. Analyst, critic and subgoals can fail, and the run goes on
without them; a candidate whose author gets no answer stays open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from designer.authors.analyst import analyst_messages, read_analysis
from designer.authors.brief import Brief
from designer.authors.critic import critic_messages, read_critique, with_objections
from designer.authors.messages import (
    messages_for,
    people_variables,
    repair,
    subgoal_messages,
    task_variables,
    training_variables,
)
from designer.authors.proposers import Proposal, Proposer, Unanswered, proposal
from designer.authors.subgoals import Subgoals, read_subgoals, subgoals_from
from designer.config import RunConfig
from designer.errors import LLMError
from designer.feedback.pay import NOTHING
from designer.llm import Ledger, Message, Reply, Request, Say
from designer.llm.ledger import CUT_OFF
from designer.rewards.probe import Refused
from designer.run.candidates import folder_name
from designer.run.files import damaged, read_text, write_atomic
from sandbox import Walls

LONGER = "raise --reply-tokens or the server's limit of tokens"
Ask = Callable[[Sequence[Request]], list[Reply | LLMError]]


@dataclass
class _Talk:
    """One candidate's conversation; it is open while an answer is wanted."""

    brief: Brief
    messages: tuple[Message, ...]
    best: Proposal | Unanswered
    repairs: int
    reviews: int
    open: bool = True

    @property
    def source(self) -> str:
        """The reward that runs, '' without one."""
        return self.best.source if isinstance(self.best, Proposal) else ""


def model_proposer(
    config: RunConfig, ledger: Ledger, run: Path, walls: Walls, say: Say
) -> Proposer:
    """All of a generation at once; faulty replies are sent back, at most so often."""
    ask = recorded(ledger, run)
    aside = _told(ask, say)

    def propose(
        generation: int, briefs: Sequence[Brief]
    ) -> list[Proposal | Unanswered]:
        briefs = _with_subgoals(briefs, aside, run, walls)
        briefs = _with_analysis(generation, briefs, aside)
        talks = {
            folder_name(generation, brief.index): _Talk(
                brief,
                messages_for(brief, walls),
                Unanswered("it was not asked"),
                config.repairs,
                config.critic,
            )
            for brief in briefs
        }
        for attempt in range(config.repairs + config.critic + 1):
            open_talks = {label: talk for label, talk in talks.items() if talk.open}
            if open_talks:
                fresh = _round(open_talks, attempt, ask, walls)
                if fresh:
                    _review(fresh, attempt, aside)
        return [talk.best for talk in talks.values()]

    return propose


def recorded(ledger: Ledger, run: Path) -> Ask:
    """Asks, and keeps every prompt and reply as a file; replies are not overwritten."""

    def ask(requests: Sequence[Request]) -> list[Reply | LLMError]:
        for request in requests:
            write_atomic(_file(run, request, "prompt"), _as_text(request.messages))
        answers = ledger.ask_all(requests)
        for request, answer in zip(requests, answers, strict=True):
            path = _file(run, request, "reply")
            if isinstance(answer, Reply) and not path.exists():
                write_atomic(path, answer.text)
        return answers

    return ask


def _told(ask: Ask, say: Say) -> Ask:
    """Asks those who may fail, and says who did."""

    def asked(requests: Sequence[Request]) -> list[Reply | LLMError]:
        answers = ask(requests)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, LLMError):
                say(f"{request.label}: no answer, going on without: {answer}")
        return answers

    return asked


def _round(
    talks: dict[str, _Talk], attempt: int, ask: Ask, walls: Walls
) -> dict[str, _Talk]:
    """One answer of every open talk; gives those whose new reward is to be reviewed."""
    requests = [Request(label, attempt, t.messages) for label, t in talks.items()]
    answers = ask(requests)
    return {
        label: talk
        for (label, talk), answer in zip(talks.items(), answers, strict=True)
        if _take(talk, answer, walls) and talk.reviews
    }


def _take(talk: _Talk, answer: Reply | LLMError, walls: Walls) -> bool:
    """Whether the answer is a reward that runs; one that isn't never replaces one."""
    talk.open = False
    if isinstance(answer, LLMError):
        if not talk.source:
            talk.best = Unanswered(str(answer))
        return False
    if answer.cut_off:
        made = Proposal(answer.text, "", (CUT_OFF,))
        talk.repairs = min(talk.repairs, 1)  # once shorter, or never
    else:
        made = proposal(answer.text, talk.brief, walls)
    if made.source:
        talk.best = made
        return True
    if not talk.source:
        talk.best = Unanswered(f"{CUT_OFF}; {LONGER}") if answer.cut_off else made
        talk.open = talk.repairs > 0
        talk.repairs -= 1
        talk.messages = repair(talk.messages, made.reply, made.problems)
    return False


def _review(talks: dict[str, _Talk], attempt: int, ask: Ask) -> None:
    """The critic reads every reward that runs; without objections its talk ends."""
    requests = []
    for label, talk in talks.items():
        variables = task_variables(talk.brief.task, talk.brief.bank)
        training = training_variables(talk.brief)
        best = talk.best  # as it will be trained; in the sign form, with the signs
        assert isinstance(best, Proposal)
        messages = critic_messages(variables, training, best.source, best.findings)
        requests.append(Request(f"{label}/critic", attempt, messages))
    for talk, answer in zip(talks.values(), ask(requests), strict=True):
        assert isinstance(talk.best, Proposal)
        said = () if isinstance(answer, LLMError) else read_critique(answer.text)
        talk.reviews -= 1
        talk.open = bool(said)
        if said:
            talk.messages = with_objections(talk.messages, talk.best.reply, said)


def _with_analysis(
    generation: int, briefs: Sequence[Brief], ask: Ask
) -> Sequence[Brief]:
    """The briefs with what the analyst says of each parent's failed episodes."""
    parents = {
        brief.lineage.parent.name: brief
        for brief in briefs
        if brief.config.analyst
        and brief.lineage.parent
        and brief.feedback.review.timelines
    }
    requests = []
    for name, brief in parents.items():
        assert brief.lineage.parent is not None
        found = brief.feedback.review
        if not brief.config.scores:  # fitness sorts what was paid
            found = replace(found, pay=NOTHING)
        messages = analyst_messages(
            task_variables(brief.task, brief.bank),
            brief.lineage.parent.source,
            found,
            people_variables(brief.feedback.people),
        )
        label = f"g{generation:02d}/analyst-{name.replace('/', '-')}"
        requests.append(Request(label, 0, messages))
    answers = ask(requests) if requests else []
    said = {
        name: "" if isinstance(answer, LLMError) else read_analysis(answer.text)
        for name, answer in zip(parents, answers, strict=True)
    }
    return [_analysed(brief, said) for brief in briefs]


def _analysed(brief: Brief, said: dict[str, str]) -> Brief:
    name = brief.lineage.parent.name if brief.lineage.parent else ""
    return replace(brief, feedback=replace(brief.feedback, analysis=said.get(name, "")))


def _with_subgoals(
    briefs: Sequence[Brief], ask: Ask, run: Path, walls: Walls
) -> Sequence[Brief]:
    """The briefs with the run's subgoals, listed once; without, if that fails."""
    if not briefs or not briefs[0].config.subgoals:
        return briefs
    bank, path = briefs[0].bank, run / "subgoals.py"
    if path.exists():
        found = subgoals_from(read_text(path), bank, walls)
        if isinstance(found, Refused):
            raise damaged(path, "; ".join(found.problems))
    else:
        found = _ask_for_subgoals(briefs[0], ask, walls)
    if isinstance(found, Refused):
        return briefs
    write_atomic(path, found.source)
    return [replace(brief, subgoals=found) for brief in briefs]


def _ask_for_subgoals(brief: Brief, ask: Ask, walls: Walls) -> Subgoals | Refused:
    messages = subgoal_messages(brief)
    found: Subgoals | Refused = Refused(())
    for attempt in range(brief.config.repairs + 1):
        (answer,) = ask([Request("subgoals", attempt, messages)])
        if isinstance(answer, LLMError):
            return Refused((str(answer),))
        found = read_subgoals(answer.text, brief.bank, walls)
        if isinstance(found, Subgoals):
            break
        messages = repair(messages, answer.text, found.problems)
    return found


def _file(run: Path, request: Request, kind: str) -> Path:
    suffix = f"-{request.attempt}" if request.attempt else ""
    return run / request.label / f"{kind}{suffix}.md"


def _as_text(messages: Sequence[Message]) -> str:
    return "\n".join(f"[{m.role}]\n\n{m.content}" for m in messages)
