"""All that arithmetic says about one candidate's judged episodes, in one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.feedback.behaviour import behaviour
from designer.feedback.judged import load_judged
from designer.feedback.pay import (
    NOTHING,
    Pay,
    of_episode,
    pay,
    pay_table,
    payments,
)
from designer.feedback.quantities import known
from designer.feedback.timeline import Timeline, failures, timeline
from designer.rewards.bank import Bank
from envs.task import Task
from sandbox import Walls


@dataclass(frozen=True)
class Review:
    """What the terms paid, what the policies do, and failed episodes as timelines."""

    pay: Pay = NOTHING
    behaviour: tuple[str, ...] = ()
    timelines: tuple[Timeline, ...] = ()


def review(
    task: Task, bank: Bank, source: str, paths: Sequence[Path], walls: Walls | None
) -> Review:
    """A reward and the episodes.npz of its trainings, seen through public fields.

    One start of a reward process; SandboxError where this machine can't.
    """
    episodes = load_judged(task, paths)
    if not episodes:
        return Review()
    world = known(task, bank)
    paid = payments(source, episodes, bank, walls)
    return Review(
        pay(episodes, paid),
        behaviour(episodes, world),
        tuple(
            timeline(episodes[k], world, of_episode(paid, k))
            for k in failures(episodes)
        ),
    )


def review_variables(found: Review, analysis: str = "") -> Mapping[str, Any]:
    """What pay.jinja and analysis.jinja need; both are empty for Review()."""
    return {
        "pay": pay_table(found.pay),
        "behaviour": found.behaviour,
        "analysis": analysis,
    }
