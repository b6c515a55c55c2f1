"""What a population's trainings leave behind: curves, peaks, and their faults."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from designer.rewards.sources import Array
from designer.run.candidates import ENVIRONMENT, Failed
from designer.training.agent import Agent
from designer.training.curves import CurveLog
from designer.training.learner import Tell
from designer.training.mjx.agents import Agents, arrays_of, fetched
from designer.training.mjx.pay import PaidMembers, PaidRollout
from designer.training.mjx.sampling import PopulationShape, StepArrays
from designer.training.policy import Policy
from envs.env import Env, Step
from envs.user_code import UserCodeError


class DiaryPage(NamedTuple):
    """A rollout that is yet to be written down; acting: the agents that acted in it."""

    acting: Agents
    record: StepArrays
    pay: PaidRollout


class Kept(Protocol):
    """What the diary keeps of a training."""

    agent: Agent
    log: CurveLog
    best_return: float
    peak: Policy
    failure: Failed | None

    def policy(self) -> Policy:
        """The policy of `agent`."""

    def fail(self, kind: str, reason: str) -> None:
        """End this training."""


class Diary:
    """Writes rollouts into the curves of the trainings that made them.

    members: in the population's order. numbers: theirs in the job. paid: of which
    reward. reasons: names of the numbers in a record.
    """

    def __init__(
        self,
        env: Env,
        members: Sequence[Kept],
        numbers: Sequence[int],
        paid: Sequence[PaidMembers],
        reasons: Callable[[], tuple[str, ...]],
        shape: PopulationShape,
        tell: Tell,
    ) -> None:
        self._members, self._numbers, self._paid = members, numbers, paid
        self._reasons, self._tell = reasons, tell
        for member in members:
            member.log.watch(env, shape.logged, shape.envs // shape.logged)

    def write(self, page: DiaryPage) -> None:
        """A rollout into the curves; policies at the peak of their return are kept."""
        record = StepArrays(*(np.asarray(x) for x in page.record))
        acting: Agents | None = None
        for paid, terms, wrong in zip(
            self._paid, page.pay.terms, page.pay.wrong, strict=True
        ):
            values, counts = np.asarray(terms, float), np.asarray(wrong)
            for row, place in enumerate(paid.members):
                member = self._members[place]
                if member.failure is None and counts[row].any():
                    member.fail("finite", _not_finite(paid.reward.terms, counts[row]))
                if member.failure is not None:
                    continue
                try:
                    self._log(member, place, record, paid.reward.terms, values[:, row])
                except UserCodeError as error:  # raised by the task's fitness
                    member.fail(ENVIRONMENT, str(error))
                    continue
                recent = member.log.recent_return
                if recent > member.best_return:
                    acting = acting or fetched(page.acting)
                    member.agent.restore(arrays_of(acting, place))
                    member.best_return, member.peak = recent, member.policy()
                self._tell(self._numbers[place], member.log.steps, recent)

    def _log(
        self,
        member: Kept,
        place: int,
        record: StepArrays,
        names: tuple[str, ...],
        terms: Array,
    ) -> None:
        reasons = self._reasons()
        for t in range(len(terms)):
            ended = record.reason[t, place]
            step = Step(
                record.s[t, place],
                record.action[t, place],
                record.s_next[t, place],
                record.s_next[t, place],
                record.terminated[t, place],
                record.truncated[t, place],
                {int(i): reasons[ended[i]] for i in np.flatnonzero(ended >= 0)},
            )
            member.log.add(step, names, terms[t])


def _not_finite(names: tuple[str, ...], counts: Array) -> str:
    """For an author; counts: (terms,) of transitions with such a number."""
    term = int(np.flatnonzero(counts)[0])
    return (
        f"term '{names[term]}' is nan or infinite in {int(counts[term])} steps of a "
        "rollout, expected finite numbers"
    )
