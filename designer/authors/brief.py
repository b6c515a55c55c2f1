"""All that is known when a reward is to be proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from designer.authors.subgoals import Subgoals
from designer.config import RunConfig
from designer.feedback.reflection import Trace
from designer.feedback.review import Review
from designer.rewards.bank import Bank
from designer.run.candidates import Candidate
from designer.selection.lineage import Lineage
from designer.selection.merit import Merit
from designer.votes.told import People
from envs.task import Task


@dataclass(frozen=True)
class Feedback:
    """What became of a parent: its training, its judged episodes, its terms.

    terms: lines of the ledger of terms over all generations. analysis: what the
    Trajectory Analyst thinks, '' where nobody was asked. people: what people say.
    """

    traces: tuple[Trace, ...] = ()
    review: Review = field(default_factory=Review)
    terms: tuple[str, ...] = ()
    analysis: str = ""
    people: People = field(default_factory=People)


@dataclass(frozen=True)
class Brief:
    """What one proposal may know. index: which of the generation's proposals it is.

    steps: of one training. lineage: what it builds on, and feedback on the parent.
    merit: what candidates are selected by. baselines: mean fitness of the task's own
    rewards, human and sparse, as far as it is known.
    """

    task: Task
    bank: Bank
    config: RunConfig
    steps: int
    index: int = 0
    history: Sequence[Candidate] = ()
    lineage: Lineage = field(default_factory=Lineage)
    feedback: Feedback = field(default_factory=Feedback)
    subgoals: Subgoals | None = None
    merit: Merit = field(kw_only=True)
    baselines: Mapping[str, float] = field(default_factory=dict)
