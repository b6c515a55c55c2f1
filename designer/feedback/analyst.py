"""Trajectory Analyst: a model reads failed episodes and says what to change.

It sees what arithmetic found, never a picture or a hidden field; what it says is an
opinion and is told as one. Not covered: whether it is right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from designer.feedback.pay import Pay, pay_table
from designer.feedback.prose import cut, prose
from designer.feedback.timeline import Timeline
from designer.llm import Message
from prompts import render

MOST = 2000  # characters of what it said that enter the next prompt


def analyst_messages(
    task: Mapping[str, Any],
    source: str,
    timelines: Sequence[Timeline],
    behaviour: Sequence[str],
    pay: Pay,
) -> tuple[Message, ...]:
    """What the analyst is asked about one reward's failed episodes.

    task: what propose.messages.task_variables gives. behaviour: findings over all
    judged episodes.
    """
    user = render(
        "analyst",
        **task,
        source=source.strip(),
        timelines=timelines,
        behaviour=behaviour,
        pay=pay_table(pay),
    )
    return (
        Message("system", render("analyst_system")),
        Message("user", user),
    )


def read_analysis(reply: str) -> str:
    """What the analyst said, as plain text of at most 2000 characters; may be ''."""
    return cut(" ".join(prose(reply).split()), MOST)
