"""Joins an answer that a server streams: server-sent events, or ollama's lines of JSON.

Most servers stream only when asked; some stream always.
"""

import json
import re
from typing import Any

from designer.llm.answers import THOUGHT_FIELDS, short
from designer.llm.faults import PASSING_WORDS, Fault, unreadable

SKIPPED = (":", "event:", "id:", "retry:")  # comments keep a connection alive
STREAMED_THOUGHT_FIELDS = (*THOUGHT_FIELDS, "thinking")


def decoded(body: bytes) -> Any | Fault:
    """The answer in a body, which is one JSON object or a stream of chunks."""
    text = body.decode("utf-8-sig", errors="replace")
    try:
        data = json.loads(text)
        # Ollama's own form, in one object.
        is_ollama = isinstance(data, dict) and "done" in data and "choices" not in data
        return _joined([data]) if is_ollama else data
    except (ValueError, RecursionError):
        pass
    if not text.strip():
        return unreadable(
            "expected JSON, got no message; look at the server's log, or try again"
        )
    chunks = _chunks(text)
    if chunks:
        return _joined(chunks)
    if text.lstrip()[:1] in "{[":
        return unreadable(f"expected JSON, got a part of it: {short(text[:2000])}")
    if PASSING_WORDS.search(text[:2000]):  # a gateway's page
        return unreadable(f"expected JSON, got {short(text[:2000])}")
    return Fault(
        f"expected JSON, got {short(text[:2000])}; is this the address of the API "
        "(most end in /v1)?",
        is_closed=True,
    )


def _chunks(text: str) -> list[dict[str, Any]]:
    """The objects of a stream; [] for text that is no stream."""
    chunks: list[dict[str, Any]] = []
    for line in re.split(r"[\r\n]+", text):  # a JSON string may hold other separators
        line = line.strip()
        if not line or line.startswith(SKIPPED):
            continue
        payload = line.removeprefix("data:").strip()
        if payload == "[DONE]":
            chunks.append({"done": True})
            continue
        try:
            chunk = json.loads(payload)
        except (ValueError, RecursionError):
            break  # torn
        if isinstance(chunk, dict):
            chunks.append(chunk)
    return chunks


def _joined(chunks: list[dict[str, Any]]) -> dict[str, Any] | Fault:
    """One answer of chat.completions; a fault if the stream broke off."""
    content: list[Any] = []
    thoughts: list[Any] = []
    answer: dict[str, Any] = {}
    finish, refusal, is_done = None, None, False
    for chunk in chunks:
        if chunk.get("error"):
            return chunk
        choice, delta = _choice(chunk)
        if choice.get("error"):
            return chunk
        _extend(content, delta.get("content") or choice.get("text"))
        _extend(
            thoughts,
            next((delta[f] for f in STREAMED_THOUGHT_FIELDS if delta.get(f)), None),
        )
        refusal = delta.get("refusal") or refusal
        finish = choice.get("finish_reason") or chunk.get("done_reason") or finish
        is_done = is_done or bool(finish) or chunk.get("done") is True
        answer |= {k: chunk[k] for k in ("model", "usage") if chunk.get(k)}
        if "eval_count" in chunk:
            answer["usage"] = {
                "prompt_tokens": chunk.get("prompt_eval_count"),
                "completion_tokens": chunk["eval_count"],
            }
    if not is_done:
        return unreadable("expected a whole answer, got a stream that breaks off")
    message = {
        "content": content,
        "reasoning_content": thoughts,
        "refusal": refusal,
    }
    return {**answer, "choices": [{"message": message, "finish_reason": finish}]}


def _choice(chunk: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The choice of a chunk and what it adds."""
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    if not isinstance(choice, dict) or choice.get("index", 0) != 0:
        return {}, {}
    added = choice.get("delta") or choice.get("message") or chunk.get("message")
    if added is None and isinstance(chunk.get("response"), str):
        added = {"content": chunk["response"]}
    return choice, added if isinstance(added, dict) else {}


def _extend(fragments: list[Any], value: Any) -> None:
    if isinstance(value, list):
        fragments += value
    elif value:
        fragments.append(value)
