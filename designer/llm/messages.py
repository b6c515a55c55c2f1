"""Requests to a model and its replies."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from designer.errors import LLMError
from sandbox.text import MAX_REPLY_CHARACTERS, clean, one_line

MAX_MODEL_NAME_CHARACTERS = 300


@dataclass(frozen=True)
class Picture:
    """A PNG and the name that the text uses for it.

    png: b'' for a picture out of a recording, which keeps only its hash.
    """

    name: str
    png: bytes


@dataclass(frozen=True)
class Message:
    """One turn of a conversation; pictures, if there are any, stand before the text."""

    role: Literal["system", "user", "assistant"]
    content: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Request:
    """One question; label is its place in the run folder, attempt > 0 a repair."""

    label: str
    attempt: int
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Reply:
    """One answer; tokens are None where the server doesn't count them.

    thought: what a reasoning model wrote before its answer, if the server shows it.
    The texts of every Reply are bounded and printable.
    """

    text: str
    model: str
    tokens_in: int | None
    tokens_out: int | None
    seconds: float
    cut_off: bool
    thought: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))
        object.__setattr__(self, "thought", clean(self.thought))
        object.__setattr__(
            self, "model", one_line(self.model, MAX_MODEL_NAME_CHARACTERS)
        )


class SpentCallError(LLMError):
    """A call that was charged and gave no usable text; reply says what it cost.

    again: whether asking once more at once may help.
    """

    def __init__(self, line: str, reply: Reply, again: bool = False) -> None:
        super().__init__(line)
        self.reply, self.again = reply, again


Client = Callable[[Request], Reply]
"""Answers a request or raises LLMError; called from several threads at once."""

Say = Callable[[str], None]
"""Shows the user one line."""


def cut_reply(text: str) -> tuple[str, bool]:
    """Printable text of at most MAX_REPLY_CHARACTERS, and whether it was cut."""
    return clean(text), len(text) > MAX_REPLY_CHARACTERS


def chat_messages(request: Request) -> list[dict[str, Any]]:
    """The messages as chat.completions takes them."""
    return [{"role": m.role, "content": _content(m)} for m in request.messages]


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Text, or blocks where there are pictures: many servers take text alone."""
    # Half a surrogate pair in a prompt can't be sent as UTF-8.
    text = message.content.encode("utf-8", "replace").decode()
    if not message.pictures:
        return text
    blocks: list[dict[str, Any]] = []
    for picture in message.pictures:
        url = f"data:image/png;base64,{b64encode(picture.png).decode()}"
        blocks.append({"type": "text", "text": f"{picture.name}:"})
        blocks.append({"type": "image_url", "image_url": {"url": url}})
    return [*blocks, {"type": "text", "text": text}]
