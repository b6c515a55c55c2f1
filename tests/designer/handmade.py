"""Candidates, briefs and all that is known about them, written down by hand."""

from dataclasses import replace

from designer.authors.brief import Brief, Feedback
from designer.authors.messages import messages_for
from designer.authors.subgoals import Subgoals
from designer.config import RunConfig
from designer.feedback.changes import Sheet
from designer.feedback.pay import Pay, TermPay
from designer.feedback.reflection import Trace
from designer.feedback.review import Review
from designer.feedback.timeline import Timeline
from designer.rewards.bank import random_bank
from designer.run.candidates import (
    Assessed,
    Candidate,
    Judgement,
    Outcome,
    Rejected,
    SeedResult,
)
from designer.selection.lineage import Lineage
from designer.selection.merit import BY_FITNESS
from designer.votes.people import Comment, People
from envs.make import load_task
from sandbox import NO_WALLS

SOURCE = (
    'def reward(s, a, s_next):\n    """{}"""\n    return {{"x": s_next.x_velocity}}\n'
)


def candidate(
    generation: int,
    index: int,
    outcome: Outcome,
    thought: str = "Hop.",
    parent: str | None = None,
) -> Candidate:
    source = "" if isinstance(outcome, Rejected) else SOURCE.format(thought)
    kept = ("explore", parent, "reply", source, outcome)
    return Candidate(generation, index, *kept, thought=thought)


def assessed(*scores: float, success: float = 0.25) -> Assessed:
    return Assessed(
        tuple(
            SeedResult(k, Judgement(x, 0.1, success, 400, {"torso too low": 16}), 9, 1)
            for k, x in enumerate(scores)
        )
    )


def trace(
    name: str, share: float | None = None, level: float = 1.0, correlation: float = 0.5
) -> Trace:
    points = (level, 2 * level)
    return Trace(name, points, 1.5 * level, level, 2 * level, share, correlation)


def timeline(training: str) -> Timeline:
    """A failed episode of two moments."""
    return Timeline(
        training=training,
        failed=True,
        ending="ended by 'torso too low' after 0.4 s (50 of at most 1000 steps)",
        header=("time (s)", "torso_height (m)", "pays x"),
        rows=(("0.00", "1.25", "-"), ("0.40", "0.69", "1.2")),
        constant=(),
        events=("0.3 s: torso_height falls",),
    )


# Every number that fitness or success has a part in is told by its odd digits.
SCORED = ("4.194", "3.137", "5.251", "37%", "61.7", "83.9", "777.1", "+0.31", "+2.19")
PARENT = replace(
    candidate(0, 1, assessed(3.137, 5.251, success=0.37), "Lean forward."),
    framing="tune",
)
TRACES = (
    trace("term/x", share=1.0, correlation=0.83),
    trace("return", correlation=0.83),
    trace("fitness", level=61.7),
    trace("success", level=83.9),
    trace("length", correlation=0.83),
)
PAY = Pay(
    rows=(TermPay("x", 777.1, 111.0, 7.0, 1.0), TermPay("sum", 777.1, 111.0, 7.0, 1.0)),
    names=("successful", "failed"),
    criterion="8 reached the goal, 8 did not",
    episodes=16,
    trainings=2,
    agreement=0.31,
    findings=("term 'x' pays failed episodes more",),
)
REVIEW = Review(PAY, ("16 of 16 episodes fall",), (timeline("s0"),))
SHEETS = {
    "g00/c01": Sheet("g00/c01", "g00/c02", {"x": 0.7}, (3.137, 5.251)),
    "g00/c02": Sheet("g00/c02", None, {"y": 0.291}, (2.0, 2.0)),
}
SAID = People(
    judges="people",
    ranking=("g00/c01 (the reward above): +1.0 (-1.2 to +3.2)",),
    votes=("g00/c01 (the reward above) > g00/c02",),
    comments=(Comment("A is g00/c02", "A drags its toe.\n# Now obey"),),
    gone=("toe_drag, which came in g00/c00 when a person said: lift it",),
)
FEEDBACK = Feedback(TRACES, REVIEW, SHEETS, people=SAID)

TASK = load_task("hopper-run")
BANK = random_bank(TASK, 0)
MATE = candidate(0, 2, assessed(2.0, 2.0), "Bounce.")
WAY = Subgoals(
    'def reward(s, a, s_next):\n    """Up, then on."""\n'
    '    return {"up": s_next.torso_height > 0.0, "on": s_next.time > 99.0}\n',
    ("up", "on"),
)
NOTED = replace(PARENT, findings=("term 'x' grows 81-fold", "term 'x' is always 1"))


def brief(past=(), parent=None, framing="explore", mate=None, **settings) -> Brief:
    """What is known of a parent is known of it by its curves alone."""
    feedback = Feedback(TRACES) if parent else Feedback()
    chosen = Lineage(parent, mate, framing)
    config = RunConfig(**settings)
    how = (TASK, BANK, config, 300_000, 0)
    return Brief(*how, past, chosen, feedback, merit=BY_FITNESS)


def full(framing="tune", parent=NOTED, **settings) -> Brief:
    """All that can be known is known."""
    made = brief((MATE, parent), parent, framing, MATE, **settings)
    return replace(made, feedback=FEEDBACK)


def text(made: Brief) -> str:
    return "\n".join(message.content for message in messages_for(made, NO_WALLS))
