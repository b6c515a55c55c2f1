"""A language model as author: it drafts rewards, repairs them and answers a critic.

Every role is one call with its own prompt; prompts and replies are kept in the run
folder under their labels. If analyst, critic or subgoals fail, the run goes on without
them; a candidate whose author gets no answer stays open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from designer.authors.analyst import analyst_messages, read_analysis
from designer.authors.author import KeepProposal, Proposal, Unanswered, proposal
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
from designer.authors.subgoals import Subgoals, read_subgoals, subgoals_from
from designer.config import RunConfig
from designer.errors import ClosedError, LLMError
from designer.feedback.pay import NO_PAY
from designer.llm import Ledger, Reply, Request, Say
from designer.llm.ledger import CUT_OFF, ends_all
from designer.llm.threads import in_threads
from designer.rewards.probe import Refused
from designer.run.candidates import folder_name
from designer.run.files import read_text, write_atomic
from sandbox import Walls, one_line

MAX_FAULT_CHARACTERS = 300

RAISE_TOKEN_LIMIT = "raise --reply-tokens or the server's limit of tokens"


@dataclass(frozen=True)
class ModelAuthor:
    """An author whose calls go through a ledger.

    run: the folder that keeps prompts and replies. say: prints one line.
    """

    config: RunConfig
    ledger: Ledger
    run: Path
    walls: Walls
    say: Say

    def write(
        self, generation: int, briefs: Sequence[Brief], keep: KeepProposal
    ) -> None:
        """Write the rewards of a generation, several at a time."""
        briefs = self._with_subgoals(briefs)
        briefs = self._with_analysis(generation, briefs)
        fatal: BaseException | None = None
        for brief, result in in_threads(
            lambda brief: self._converse(folder_name(generation, brief.index), brief),
            briefs,
            self.ledger.parallel,
            ends_all,
        ):
            if isinstance(result, BaseException):
                fatal = fatal or result
            else:
                keep(brief, result)
        if fatal is not None:
            raise fatal

    def _converse(self, label: str, brief: Brief) -> Proposal | Unanswered:
        """One candidate's conversation: a draft, its repairs, and the critic."""
        messages = messages_for(brief, self.walls)
        repairs, reviews = self.config.repairs, self.config.critic
        best: Proposal | None = None
        attempt = 0
        while True:
            answer = self._ask(Request(label, attempt, messages))
            if isinstance(answer, LLMError):
                return best or Unanswered(str(answer))
            if answer.cut_off:
                draft = Proposal(answer.text, "", (CUT_OFF,))
                # A second try that is cut off too would only cost tokens.
                repairs = min(repairs, 1)
            else:
                draft = proposal(answer.text, brief, self.walls)
            if draft.source:
                best = draft
                objections = (
                    self._review(label, attempt, brief, best) if reviews else ()
                )
                if not objections:
                    return best
                reviews -= 1
                messages = with_objections(messages, best.reply, objections)
            elif best is not None:  # A faulty reward never replaces one that runs.
                return best
            elif repairs == 0:
                return (
                    Unanswered(f"{CUT_OFF}; {RAISE_TOKEN_LIMIT}")
                    if answer.cut_off
                    else draft
                )
            else:
                repairs -= 1
                messages = repair(messages, draft.reply, draft.problems)
            attempt += 1

    def _review(
        self, label: str, attempt: int, brief: Brief, reward: Proposal
    ) -> tuple[str, ...]:
        """The critic's objections to an accepted reward, in the form to be trained."""
        messages = critic_messages(
            task_variables(brief.task, brief.bank),
            training_variables(brief),
            reward.source,
            reward.findings,
        )
        answer = self._ask_aside(Request(f"{label}/critic", attempt, messages))
        return () if answer is None else read_critique(answer.text)

    def _with_analysis(
        self, generation: int, briefs: Sequence[Brief]
    ) -> Sequence[Brief]:
        """The briefs with the analyst's reply on each parent's failed episodes."""
        analyses: dict[str, str] = {}
        for brief in briefs:
            parent, review = brief.lineage.parent, brief.feedback.review
            if not (brief.config.analyst and parent and review.timelines):
                continue
            if parent.name in analyses:
                continue
            if not brief.config.scores:  # The pay table is sorted by fitness.
                review = replace(review, pay=NO_PAY)
            messages = analyst_messages(
                task_variables(brief.task, brief.bank),
                parent.source,
                review,
                people_variables(brief.feedback.people),
            )
            label = f"g{generation:02d}/analyst-{parent.name.replace('/', '-')}"
            answer = self._ask_aside(Request(label, 0, messages))
            analyses[parent.name] = "" if answer is None else read_analysis(answer.text)
        return [
            replace(brief, feedback=replace(brief.feedback, analysis=analysis))
            for brief in briefs
            for analysis in [
                analyses.get(
                    brief.lineage.parent.name if brief.lineage.parent else "", ""
                )
            ]
        ]

    def _with_subgoals(self, briefs: Sequence[Brief]) -> Sequence[Brief]:
        """The briefs with the run's subgoals, written once; without, if that fails."""
        if not briefs or not briefs[0].config.subgoals:
            return briefs
        bank, path = briefs[0].bank, self.run / "subgoals.py"
        source = read_text(path) if path.exists() else None
        if source == "":  # None of the model's were usable.
            return briefs
        if source is None:
            subgoals = self._list_subgoals(briefs[0])
        else:
            subgoals = subgoals_from(source, bank, self.walls)
        if isinstance(subgoals, Refused):
            if subgoals.problems:
                reason = one_line("; ".join(subgoals.problems), MAX_FAULT_CHARACTERS)
                self.say(f"{path.name}: going on without subgoals: {reason}")
                write_atomic(path, "")
            return briefs
        write_atomic(path, subgoals.source)
        return [replace(brief, subgoals=subgoals) for brief in briefs]

    def _list_subgoals(self, brief: Brief) -> Subgoals | Refused:
        messages = subgoal_messages(brief)
        subgoals: Subgoals | Refused = Refused(())
        for attempt in range(self.config.repairs + 1):
            answer = self._ask_aside(Request("subgoals", attempt, messages))
            if answer is None:
                break
            subgoals = read_subgoals(answer.text, brief.bank, self.walls)
            if isinstance(subgoals, Subgoals):
                break
            messages = repair(messages, answer.text, subgoals.problems)
        return subgoals

    def _ask_aside(self, request: Request) -> Reply | None:
        """The answer of an optional role; None, after one line, if it failed."""
        answer = self._ask(request)
        if isinstance(answer, LLMError):
            self.say(f"{request.label}: no answer, going on without: {answer}")
            return None
        return answer

    def _ask(self, request: Request) -> Reply | LLMError:
        """The model's answer; prompt and reply are kept, a person's as it stands."""
        prompt = "\n".join(f"[{m.role}]\n\n{m.content}" for m in request.messages)
        write_atomic(self._file(request, "prompt"), prompt)
        try:
            answer = self.ledger.ask(request)
        except ClosedError:  # All other calls would fail alike.
            raise
        except LLMError as error:
            return error
        path = self._file(request, "reply")
        if self.config.model != "manual" or not path.exists():
            write_atomic(path, answer.text)
        return answer

    def _file(self, request: Request, kind: str) -> Path:
        suffix = f"-{request.attempt}" if request.attempt else ""
        return self.run / request.label / f"{kind}{suffix}.md"
