"""How a server takes a question: learnt from what it refuses, and kept for the process.

chat.completions is spoken in many dialects: a limit has two names, some servers demand
one, some models take no temperature, some templates have no system role.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from designer.llm.messages import Message, Request, plain

TEMPERATURE = 1.0
LIMITS = ("max_tokens", "max_completion_tokens")
# Room for a page of code and as much thought; given where nobody chose a limit and the
# server demands one or cuts replies off.
REPLY_TOKENS = 8192
FEWEST_TOKENS = 256
TOO_LARGE = re.compile(
    r"too (large|high|big|long)|at most|less than|no more than|exceed|greater"
    r"|maximum|<=|\brange\b",
    re.I,
)
# The room that a long prompt leaves is no property of the server.
SHARED_ROOM = re.compile(r"context|prompt|input|messages", re.I)
STREAM = re.compile(r"\bstream(ing)?\b", re.I)
ONLY_STREAM = re.compile(
    r"only.{0,20}\bstream|\bstream\W+(must|should|has to|to be)?.{0,20}\btrue\b"
    r"|(enable|require|without).{0,20}\bstream",
    re.I,
)
# Broad on purpose: if the role is not to blame, the next refusal is the last.
NO_SYSTEM = re.compile(
    r"\broles?\b|system\W+(message|prompt|instruction)|developer instruction"
    r"|template.?(error|exception)|jinja",
    re.I,
)


@dataclass(frozen=True)
class Dialect:
    """What is sent besides model and messages.

    refused: names never sent again, "system" for the role. limit: of a reply's tokens,
    None for the server's own. streams: whether it answers in streams only.
    """

    refused: frozenset[str] = frozenset()
    limit: int | None = None
    streams: bool = False

    @property
    def limit_name(self) -> str | None:
        """Under which name a limit is sent; None if it takes none."""
        return next((name for name in LIMITS if name not in self.refused), None)

    def body(self, request: Request) -> dict[str, Any]:
        """Messages and parameters of a question."""
        options: dict[str, Any] = {"stream": False, "temperature": TEMPERATURE}
        if self.limit is not None and self.limit_name:
            options[self.limit_name] = self.limit
        sent = {k: v for k, v in options.items() if k not in self.refused}
        if self.streams:
            sent["stream"] = True
        if "system" in self.refused:
            request = replace(request, messages=without_system(request.messages))
        return {"messages": plain(request), **sent}

    def after(self, words: str, request: Request) -> "Dialect | None":
        """What a refusal in these words teaches; None if it is about something else."""
        learnt = self._after_options(words)
        has_system = any(message.role == "system" for message in request.messages)
        if learnt == self and has_system and NO_SYSTEM.search(words):
            learnt = replace(self, refused=self.refused | {"system"})
        return None if learnt == self else learnt

    def _after_options(self, words: str) -> "Dialect":
        learnt = self
        if "temperature" in words:
            learnt = replace(learnt, refused=learnt.refused | {"temperature"})
        if ONLY_STREAM.search(words) and not self.streams:
            learnt = replace(learnt, streams=True)
        elif STREAM.search(words):
            learnt = replace(learnt, refused=learnt.refused | {"stream"})
        return learnt._after_limit(words)

    def _after_limit(self, words: str) -> "Dialect":
        name = self.limit_name
        named = [limit for limit in LIMITS if limit in words]
        if name is None or not (named or "tokens" in words):
            return self
        if self.limit is None:
            # Who names what was not sent demands it, unless the prompt is too long.
            if not named or TOO_LARGE.search(words):
                return self
            return replace(self, limit=REPLY_TOKENS)._under(named)
        if TOO_LARGE.search(words):
            return replace(self, limit=self._smaller(words))
        if name in named:
            return replace(self, refused=self.refused | {name})
        return self._under(named)

    def _under(self, named: list[str]) -> "Dialect":
        """With the limit under a name that is demanded, if it is not refused too."""
        if self.limit_name in named or not set(named) - self.refused:
            return self
        return replace(self, refused=self.refused | ({*LIMITS} - {*named}))

    def _smaller(self, words: str) -> int:
        """The largest limit that the words allow, or half of the one that was sent."""
        assert self.limit is not None
        numbers = [int(n) for n in re.findall(r"(?<![\d.])\d{3,9}(?![\d.]*\d)", words)]
        below = [n for n in numbers if FEWEST_TOKENS <= n < self.limit]
        if below and not SHARED_ROOM.search(words):
            return max(below)
        half = self.limit // 2
        return half if half >= FEWEST_TOKENS else self.limit


def is_about_room(words: str) -> bool:
    """Whether a limit was too large for this prompt only."""
    return bool(TOO_LARGE.search(words) and SHARED_ROOM.search(words))


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages with what the system says before the first turn of the user."""
    text = "\n\n".join(m.content for m in messages if m.role == "system")
    turns = [m for m in messages if m.role != "system"]
    first = next((k for k, m in enumerate(turns) if m.role == "user"), None)
    if not text:
        return messages
    if first is None:
        return (Message("user", text), *turns)
    joined = replace(turns[first], content=f"{text}\n\n{turns[first].content}")
    return (*turns[:first], joined, *turns[first + 1 :])
