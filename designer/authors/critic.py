"""Reward Critic: a model checks a reward against task and contract before training.

A reply without a usable verdict counts as approval, so a critic never stops a search.
Not covered: whether its objections are right; the author may ignore wrong ones.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from designer.authors.prose import cut, prose
from designer.llm import Message
from prompts import render

MAX_OBJECTIONS = 5
MAX_OBJECTION_CHARACTERS = 300
MIN_OBJECTION_WORDS = 3  # "none" is no objection.
_VERDICT = re.compile(  # Takes linear time on every line.
    r"\W*(?:verdict\W+)?(?P<word>approved?|objections?|object)\b(?P<mark>\W*)(?P<rest>.*)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*+•]|\d+[.)])\s+")


def critic_messages(
    task: Mapping[str, Any],
    training: Mapping[str, Any],
    source: str,
    findings: Sequence[str],
) -> tuple[Message, ...]:
    """The critic's prompt about one reward.

    task, training: variables of task.jinja and training.jinja, from authors.messages.
    findings: of the probe.
    """
    user = render(
        "critic", **task, **training, source=source.strip(), findings=findings
    )
    return (Message("system", render("critic_system")), Message("user", user))


def with_objections(
    messages: tuple[Message, ...], reply: str, objections: Sequence[str]
) -> tuple[Message, ...]:
    """The author's conversation, continued with the critic's objections."""
    request = render("objections", objections=objections)
    return (*messages, Message("assistant", reply), Message("user", request))


def read_critique(reply: str) -> tuple[str, ...]:
    """The objections, at most five of at most 300 characters; () means approval.

    A reply objects only if a line starts with OBJECT and objections follow it.
    """
    lines = prose(reply).split("\n")
    for k, line in enumerate(lines):
        verdict = _VERDICT.fullmatch(line)
        if verdict and (not verdict["rest"] or set(":.-") & set(verdict["mark"])):
            if verdict["word"].lower().startswith("approve"):
                return ()
            inline = [f"- {verdict['rest']}"] if verdict["rest"] else []
            return _objections([*inline, *lines[k + 1 :]])
    return ()


def _objections(lines: Sequence[str]) -> tuple[str, ...]:
    """The entries of a list; a line without a bullet continues the entry above it."""
    entries: list[str] = []
    for line in lines:
        if start := _BULLET.match(f"{line} "):
            entries.append(line[start.end() :])
        elif entries:
            entries[-1] += f" {line}"
    texts = (" ".join(entry.split()) for entry in entries)
    objections = dict.fromkeys(
        objection
        for objection in (cut(text, MAX_OBJECTION_CHARACTERS) for text in texts)
        if len(objection.split()) >= MIN_OBJECTION_WORDS
    )
    return tuple(objections)[:MAX_OBJECTIONS]
