"""The brief of an author: everything that a proposal may be based on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from designer.authors.subgoals import Subgoals
from designer.config import RunConfig
from designer.feedback.changes import Sheet
from designer.feedback.reflection import Trace
from designer.feedback.review import Review
from designer.rewards.bank import Bank
from designer.run.candidates import Candidate
from designer.selection.lineage import Lineage
from designer.selection.merit import Merit
from designer.votes.people import People
from envs.task import Task


@dataclass(frozen=True)
class Feedback:
    """Results of a parent, and of the rewards tried beside it.

    traces: statistics of its curves. review: of its judged episodes. sheets: of all
    assessed rewards of earlier generations, by name. analysis: reply of the Trajectory
    Analyst, '' without one. people: votes and comments.
    """

    traces: tuple[Trace, ...] = ()
    review: Review = field(default_factory=Review)
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    analysis: str = ""
    people: People = field(default_factory=People)


@dataclass(frozen=True)
class Brief:
    """The information for one proposal.

    steps: environment steps of one training. index: number of the proposal in its
    generation. history: candidates of earlier generations. lineage: the reward to build
    on; feedback is about that one. merit: the scale by which candidates are selected.
    baselines: mean fitness of the task's own rewards, human and sparse, if trained.
    unit: of the fitness, '' where no metric is read.
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
    unit: str = ""
