"""The review of a candidate: all that arithmetic says about its judged episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.feedback.behaviour import behaviour, usual_values
from designer.feedback.judged import load_judged
from designer.feedback.pay import (
    NO_PAY,
    Pay,
    of_episode,
    pay,
    pay_table,
    payments,
)
from designer.feedback.quantities import ranges_of
from designer.feedback.timeline import Timeline, failures, timeline
from designer.rewards.bank import Bank
from envs.task import Task
from sandbox import Walls


@dataclass(frozen=True)
class Review:
    """What the terms paid, what the policies do, and failed episodes as timelines.

    usual: values of quantities in the judged episodes, a sentence.
    """

    pay: Pay = NO_PAY
    behaviour: tuple[str, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    usual: str = ""


def review(
    task: Task,
    bank: Bank,
    source: str,
    paths: Sequence[Path],
    walls: Walls | None,
    turn: int = 0,
) -> Review:
    """Review a reward by the episodes.npz of its trainings, through public fields.

    turn: how often it was reviewed before, so that other episodes are shown. It starts
    one reward process; SandboxError where this machine can't.
    """
    episodes = load_judged(task, paths)
    if not episodes:
        return Review()
    ranges = ranges_of(task, bank)
    paid = payments(source, episodes, bank, walls)
    return Review(
        pay(episodes, paid),
        behaviour(episodes, ranges),
        tuple(
            timeline(episodes[k], ranges, of_episode(paid, k))
            for k in failures(episodes, turn)
        ),
        usual_values(episodes, ranges),
    )


def review_variables(review: Review, analysis: str = "") -> Mapping[str, Any]:
    """The variables of pay.jinja and analysis.jinja, which omit an empty review."""
    return {
        "pay": pay_table(review.pay),
        "behaviour": review.behaviour,
        "usual": review.usual,
        "analysis": analysis,
    }
