"""A language model as author: it writes, is corrected, criticised, told of failures.

Every role is one call with its own prompt; each question and answer lies in the run
folder under its label. Analyst, critic and subgoals can fail, and the run goes on
without them; a candidate whose author gets no answer stays open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from designer.authors.analyst import analyst_messages, read_analysis
from designer.authors.author import Keep, Proposal, Unanswered, proposal
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
from designer.llm import Ledger, Message, Reply, Request, Say
from designer.llm.ledger import CUT_OFF, ends_all
from designer.llm.threads import in_threads
from designer.rewards.probe import Refused
from designer.run.candidates import folder_name
from designer.run.files import damaged, read_text, write_atomic
from sandbox import Walls

LONGER = "raise --reply-tokens or the server's limit of tokens"


@dataclass(frozen=True)
class ModelAuthor:
    """A model behind a ledger; run: the folder that keeps prompts and replies."""

    config: RunConfig
    ledger: Ledger
    run: Path
    walls: Walls
    say: Say

    def write(self, generation: int, briefs: Sequence[Brief], keep: Keep) -> None:
        """Write all rewards of a generation side by side."""
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
        """One candidate: a draft, its corrections, and what the critic objects to."""
        messages = messages_for(brief, self.walls)
        repairs, reviews = self.config.repairs, self.config.critic
        best: Proposal | None = None
        attempt = 0
        while True:
            answer = self._ask(Request(label, attempt, messages))
            if isinstance(answer, LLMError):
                return best or Unanswered(str(answer))
            if answer.cut_off:
                made = Proposal(answer.text, "", (CUT_OFF,))
                repairs = min(repairs, 1)  # once shorter, or never
            else:
                made = proposal(answer.text, brief, self.walls)
            if made.source:
                best = made
                objections = (
                    self._review(label, attempt, brief, best) if reviews else ()
                )
                if not objections:
                    return best
                reviews -= 1
                messages = with_objections(messages, best.reply, objections)
            elif best is not None:  # a faulty reward never replaces one that runs
                return best
            elif repairs == 0:
                return Unanswered(f"{CUT_OFF}; {LONGER}") if answer.cut_off else made
            else:
                repairs -= 1
                messages = repair(messages, made.reply, made.problems)
            attempt += 1

    def _review(
        self, label: str, attempt: int, brief: Brief, reward: Proposal
    ) -> tuple[str, ...]:
        """What the critic objects to in a reward that runs, as it will be trained."""
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
        """The briefs with what the analyst says of each parent's failed episodes."""
        analyses: dict[str, str] = {}
        for brief in briefs:
            parent, review = brief.lineage.parent, brief.feedback.review
            if not (brief.config.analyst and parent and review.timelines):
                continue
            if parent.name in analyses:
                continue
            if not brief.config.scores:  # fitness sorts what was paid
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
        """The briefs with the run's subgoals, listed once; without, if that fails."""
        if not briefs or not briefs[0].config.subgoals:
            return briefs
        bank, path = briefs[0].bank, self.run / "subgoals.py"
        if path.exists():
            subgoals = subgoals_from(read_text(path), bank, self.walls)
            if isinstance(subgoals, Refused):
                raise damaged(path, "; ".join(subgoals.problems))
        else:
            subgoals = self._list_subgoals(briefs[0])
        if isinstance(subgoals, Refused):
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
        """The answer of a role that the run can do without; None says so."""
        answer = self._ask(request)
        if isinstance(answer, LLMError):
            self.say(f"{request.label}: no answer, going on without: {answer}")
            return None
        return answer

    def _ask(self, request: Request) -> Reply | LLMError:
        """The answer; prompt and reply are kept as files, replies not overwritten."""
        write_atomic(self._file(request, "prompt"), _as_text(request.messages))
        try:
            answer = self.ledger.ask(request)
        except ClosedError:  # so it will be for all other calls
            raise
        except LLMError as error:
            return error
        path = self._file(request, "reply")
        if not path.exists():
            write_atomic(path, answer.text)
        return answer

    def _file(self, request: Request, kind: str) -> Path:
        suffix = f"-{request.attempt}" if request.attempt else ""
        return self.run / request.label / f"{kind}{suffix}.md"


def _as_text(messages: Sequence[Message]) -> str:
    return "\n".join(f"[{m.role}]\n\n{m.content}" for m in messages)
