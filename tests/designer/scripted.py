"""A model that is a plain function, which plays all roles of one run."""

from collections.abc import Callable, Sequence
from pathlib import Path

from designer.authors.author import Proposal, Unanswered
from designer.authors.brief import Brief, Feedback
from designer.authors.model import ModelAuthor
from designer.config import RunConfig
from designer.errors import LLMError
from designer.llm import Ledger, Reply, Request
from designer.rewards.bank import random_bank
from designer.run.candidates import Candidate
from designer.selection.lineage import Lineage
from designer.selection.merit import BY_FITNESS
from envs.make import load_task
from sandbox import NO_WALLS
from tests.designer.handmade import REVIEW, TRACES, assessed

TASK = load_task("inverted-pendulum-balance")
BANK = random_bank(TASK, 0)
OBJECTION = "the scale of up is far too small"
OBJECT = f"OBJECT\n- {OBJECTION}"
Answer = str | LLMError | Reply
Script = Callable[[Request], Answer]


def reward(body: str, thought: str = "Stay up.") -> str:
    code = f'def reward(s, a, s_next):\n    """{thought}"""\n    return {body}\n'
    return f"```python\n{code}```\n"


FIRST = reward("{'up': 1.0 - np.abs(s_next.pole_angle)}", "First.")
SECOND = reward("{'up': 9.0 - np.abs(s_next.pole_angle)}", "Second.")
WRONG = reward("{'up': s_next.pole_angel}")
SIGNS = reward("{'sparse': s_next.time > 1.0, 'dense': -np.abs(s_next.pole_angle)}")
WAY = reward("{'stands': s_next.time > 0.1, 'straight': s_next.time > 0.2}", "Stand.")


def brief(index: int = 0, parent: Candidate | None = None, **settings) -> Brief:
    chosen = Lineage(parent, None, "tune") if parent else Lineage()
    known = Feedback(TRACES, REVIEW) if parent else Feedback()
    config = RunConfig(**settings)
    how = (TASK, BANK, config, 2048, index)
    return Brief(*how, (), chosen, known, merit=BY_FITNESS)


def parent(index: int) -> Candidate:
    source = FIRST.removeprefix("```python\n").removesuffix("```\n")
    return Candidate(0, index, "explore", None, FIRST, source, assessed(3.0, 5.0))


class Model:
    """A script as the model of a run; asked: label and attempt of every call.

    told: what a person was told meanwhile. kept: what was kept last, by index.
    """

    def __init__(self, run: Path, script: Script) -> None:
        self.run, self.script = run, script
        self.requests: list[Request] = []
        self.told: list[str] = []
        self.kept: dict[int, Proposal | Unanswered] = {}

    def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self.script(request)
        if isinstance(answer, LLMError):
            raise answer
        if isinstance(answer, Reply):
            return answer
        return Reply(answer, "scripted", 1, 1, 0.0, False)

    @property
    def asked(self) -> list[tuple[str, int]]:
        return [(request.label, request.attempt) for request in self.requests]

    def propose(
        self, briefs: Sequence[Brief], generation: int = 0, parallel: int = 1
    ) -> list[Proposal | Unanswered]:
        """What was kept of each brief, in their order."""
        ledger = Ledger(self.run / "llm.jsonl", self, parallel=parallel)
        config, say = briefs[0].config, self.told.append
        author = ModelAuthor(config, ledger, self.run, NO_WALLS, say)
        self.kept = {}

        def keep(one: Brief, proposal: Proposal | Unanswered) -> None:
            assert one.index not in self.kept
            self.kept[one.index] = proposal

        author.write(generation, briefs, keep)
        return [self.kept[one.index] for one in briefs]

    def said_to(self, label: str, attempt: int = 0) -> str:
        """All messages of one call."""
        one = self.requests[self.asked.index((label, attempt))]
        return "\n".join(message.content for message in one.messages)


def by_role(author: Script | Answer, **others: Script | Answer) -> Script:
    """A script by role: critic, analyst, subgoals; the author is everybody else."""

    def script(request: Request) -> Answer:
        name = next((name for name in others if name in request.label), "")
        answer = others[name] if name else author
        return answer(request) if callable(answer) else answer

    return script


def in_turn(*answers: Answer) -> Script:
    """The answers by attempt; the last one for ever."""
    return lambda request: answers[min(request.attempt, len(answers) - 1)]
