"""The parameters that a server accepts, learnt from its refusals.

Servers of chat.completions differ: a limit of tokens has two names, some servers demand
one, some models take no temperature, some templates have no system role.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from designer.llm.messages import Message, Request, chat_messages

TEMPERATURE = 1.0
LIMIT_PARAMETERS = ("max_tokens", "max_completion_tokens")
# Enough for a page of code and as much thought. Sent where the user chose no limit and
# the server demands one or cuts replies off.
DEFAULT_REPLY_TOKENS = 8192
MIN_REPLY_TOKENS = 256
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
    """The parameters that a server accepts besides model and messages.

    refused: parameters that are never sent again; "system" is the role. limit: of a
    reply's tokens, None for the server's own. streams: whether it answers in streams
    only.
    """

    refused: frozenset[str] = frozenset()
    limit: int | None = None
    streams: bool = False

    @property
    def limit_name(self) -> str | None:
        """The parameter that limits a reply; None if the server accepts none."""
        return next(
            (name for name in LIMIT_PARAMETERS if name not in self.refused), None
        )

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
        return {"messages": chat_messages(request), **sent}

    def after(self, words: str, request: Request) -> "Dialect | None":
        """The dialect after a refusal in these words; None if they change nothing."""
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
        mentioned = [limit for limit in LIMIT_PARAMETERS if limit in words]
        if name is None or not (mentioned or "tokens" in words):
            return self
        if self.limit is None:
            # A limit that is named though none was sent is demanded, unless the prompt
            # is too long.
            if not mentioned or TOO_LARGE.search(words):
                return self
            return replace(self, limit=DEFAULT_REPLY_TOKENS)._under(mentioned)
        if TOO_LARGE.search(words):
            return replace(self, limit=self._smaller(words))
        if name in mentioned:
            return replace(self, refused=self.refused | {name})
        return self._under(mentioned)

    def _under(self, names: list[str]) -> "Dialect":
        """With the limit under a name that is demanded, if it is not refused too."""
        if self.limit_name in names or not set(names) - self.refused:
            return self
        return replace(self, refused=self.refused | ({*LIMIT_PARAMETERS} - {*names}))

    def _smaller(self, words: str) -> int:
        """The largest limit that the words allow, or half of the one that was sent."""
        assert self.limit is not None
        numbers = [int(n) for n in re.findall(r"(?<![\d.])\d{3,9}(?![\d.]*\d)", words)]
        below = [n for n in numbers if MIN_REPLY_TOKENS <= n < self.limit]
        if below and not SHARED_ROOM.search(words):
            return max(below)
        half = self.limit // 2
        return half if half >= MIN_REPLY_TOKENS else self.limit


def is_about_room(words: str) -> bool:
    """Whether a limit was too large for this prompt only."""
    return bool(TOO_LARGE.search(words) and SHARED_ROOM.search(words))


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages with the system's text put before the user's first turn."""
    text = "\n\n".join(m.content for m in messages if m.role == "system")
    turns = [m for m in messages if m.role != "system"]
    first = next((k for k, m in enumerate(turns) if m.role == "user"), None)
    if not text:
        return messages
    if first is None:
        return (Message("user", text), *turns)
    joined = replace(turns[first], content=f"{text}\n\n{turns[first].content}")
    return (*turns[:first], joined, *turns[first + 1 :])
