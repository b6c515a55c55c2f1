"""A model without an API: a person pastes prompts into a chat window, replies back."""

import re
import threading
import time
from pathlib import Path

from designer.errors import LLMError
from designer.llm.messages import Client, Reply, Request, Say, cut_reply
from sandbox.text import MAX_REPLY_CHARACTERS

POLL_S = 0.3
BYTES_PER_CHARACTER = 4  # UTF-8 at most


def open_manual(run_dir: Path, say: Say, stop: threading.Event | None = None) -> Client:
    """A client that waits for reply files in the run folder until stop is set."""
    stop = stop or threading.Event()

    def answer(request: Request) -> Reply:
        start = time.perf_counter()
        folder = run_dir / request.label
        suffix = f"-{request.attempt}" if request.attempt else ""
        prompt, reply = folder / f"prompt{suffix}.md", folder / f"reply{suffix}.md"
        try:
            _write_prompt(prompt, request)
            pictures = _write_pictures(prompt, request)
            also = f" and its pictures ({', '.join(pictures)})" if pictures else ""
            if not _read_reply(reply).strip():
                say(
                    f"paste {prompt}{also} into a chat window and save the answer as "
                    f"{reply}"
                )
            content = _wait_for(reply, stop)
        except OSError as error:
            raise LLMError(
                f"{error.filename}: can't be used for the prompt or its reply: "
                f"{error.strerror}; fix that and resume the run"
            ) from None
        text, cut_off = cut_reply(content.decode("utf-8-sig", "replace"))
        seconds = time.perf_counter() - start
        return Reply(text, "manual", None, None, seconds, cut_off)

    return answer


def _write_prompt(path: Path, request: Request) -> None:
    """Write the conversation, unless the run has written it already."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    turns = [message.content for message in request.messages]
    path.write_text("\n\n".join(turns) + "\n", encoding="utf-8", errors="replace")


def _write_pictures(prompt: Path, request: Request) -> list[str]:
    """Write the pictures beside the prompt; gives the names of their files."""
    names = []
    for message in request.messages:
        for picture in message.pictures:
            name = re.sub(r"\W+", "-", picture.name.lower())
            path = prompt.with_name(f"{prompt.stem}-{name}.png")
            path.write_bytes(picture.png)
            names.append(path.name)
    return names


def _wait_for(path: Path, stop: threading.Event) -> bytes:
    """The file's content, once it holds the same text twice in a row."""
    before = b""
    while True:
        content = _read_reply(path)
        if content.strip() and content == before:
            return content
        before = content
        if stop.wait(POLL_S):
            raise LLMError(f"stopped while waiting for {path}; resume to go on")


def _read_reply(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_REPLY_CHARACTERS * BYTES_PER_CHARACTER + 1)
    except FileNotFoundError:
        return b""
