"""Reward Critic: a model reads a reward against task and contract before training.

A critic that says nothing usable approves: it must never stop a search. Not covered:
whether its objections are right, so the author may leave what is said wrongly.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from designer.authors.prose import cut, prose
from designer.llm import Message
from prompts import render

ROUNDS = 3  # of author and critic about one reward (Auto MC-Reward)
MOST = 5
LONGEST = 300  # characters of an objection
LEAST = 3  # words of one; "none" is no objection
_VERDICT = re.compile(  # linear in a line of any form
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
    """What the critic is asked about one reward.

    task, training: what propose.messages gives for task.jinja and training.jinja.
    findings: of the probe.
    """
    user = render(
        "critic", **task, **training, source=source.strip(), findings=findings
    )
    return (Message("system", render("critic_system")), Message("user", user))


def with_objections(
    messages: tuple[Message, ...], reply: str, objections: Sequence[str]
) -> tuple[Message, ...]:
    """The author's conversation, with what the critic objects to."""
    said = render("objections", objections=objections)
    return (*messages, Message("assistant", reply), Message("user", said))


def read_critique(reply: str) -> tuple[str, ...]:
    """The objections, at most five of at most 300 characters; () is approval.

    Only OBJECT as a line's first word, with objections after it, objects.
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
    """The entries of a list; a line that starts no entry goes on with the last one."""
    entries: list[str] = []
    for line in lines:
        if start := _BULLET.match(f"{line} "):
            entries.append(line[start.end() :])
        elif entries:
            entries[-1] += f" {line}"
    told = (cut(" ".join(entry.split()), LONGEST) for entry in entries)
    return tuple(dict.fromkeys(x for x in told if len(x.split()) >= LEAST))[:MOST]
