"""Trajectory Analyst: a model reads failed episodes and says what to change.

It sees tables of public numbers, never a picture or a hidden field. The author's prompt
marks its reply as an opinion. Not covered: whether it is right.
"""

from collections.abc import Mapping
from typing import Any

from designer.authors.prose import cut, prose
from designer.feedback.pay import pay_table
from designer.feedback.review import Review
from designer.llm import Message
from prompts import render

MAX_ANALYSIS_CHARACTERS = 2000  # The rest of a reply does not enter the next prompt.


def analyst_messages(
    task: Mapping[str, Any], source: str, review: Review, people: Mapping[str, Any]
) -> tuple[Message, ...]:
    """The analyst's prompt about the judged episodes of one reward.

    task, people: from task_variables and people_variables in authors.messages.
    """
    user = render(
        "analyst",
        **task,
        source=source.strip(),
        timelines=review.timelines,
        behaviour=review.behaviour,
        pay=pay_table(review.pay),
        people=people,
    )
    return (
        Message("system", render("analyst_system")),
        Message("user", user),
    )


def read_analysis(reply: str) -> str:
    """The analyst's reply as plain text of at most 2000 characters; may be ''."""
    return cut(" ".join(prose(reply).split()), MAX_ANALYSIS_CHARACTERS)
