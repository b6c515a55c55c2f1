"""Trajectory Analyst: a model reads failed episodes and says what to change.

It sees what arithmetic found, never a picture or a hidden field; what it says is an
opinion and is told as one. Not covered: whether it is right.
"""

from collections.abc import Mapping
from typing import Any

from designer.authors.prose import cut, prose
from designer.feedback.pay import pay_table
from designer.feedback.review import Review
from designer.llm import Message
from prompts import render

MOST = 2000  # characters of what it said that enter the next prompt


def analyst_messages(
    task: Mapping[str, Any], source: str, found: Review, people: Mapping[str, Any]
) -> tuple[Message, ...]:
    """What the analyst is asked about one reward's episodes.

    task, people: what task_variables and people_variables of propose.messages give.
    """
    user = render(
        "analyst",
        **task,
        source=source.strip(),
        timelines=found.timelines,
        behaviour=found.behaviour,
        pay=pay_table(found.pay),
        people=people,
    )
    return (
        Message("system", render("analyst_system")),
        Message("user", user),
    )


def read_analysis(reply: str) -> str:
    """What the analyst said, as plain text of at most 2000 characters; may be ''."""
    return cut(" ".join(prose(reply).split()), MOST)
