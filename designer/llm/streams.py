"""Answers that come in pieces: server-sent events, or lines of JSON as ollama's own.

Most servers stream only when asked; some stream always.
"""

import json
import re
from typing import Any

from designer.llm.answers import short
from designer.llm.faults import PASSING_WORDS, Fault, unreadable

SKIPPED = (":", "event:", "id:", "retry:")  # comments keep a connection alive
ASIDE = ("reasoning_content", "reasoning", "reasoning_details", "thinking")


def decoded(body: bytes) -> Any | Fault:
    """The answer in a body, whole or joined from its pieces."""
    text = body.decode("utf-8-sig", errors="replace")
    try:
        return _whole(json.loads(text))
    except (ValueError, RecursionError):
        pass
    if not text.strip():
        return unreadable(
            "expected JSON, got no message; look at the server's log, or try again"
        )
    pieces = _pieces(text)
    if pieces:
        return _joined(pieces)
    if text.lstrip()[:1] in "{[":
        return unreadable(f"expected JSON, got a part of it: {short(text[:2000])}")
    if PASSING_WORDS.search(text[:2000]):  # a gateway's page
        return unreadable(f"expected JSON, got {short(text[:2000])}")
    return Fault(
        f"expected JSON, got {short(text[:2000])}; is this the address of the API "
        "(most end in /v1)?",
        is_closed=True,
    )


def _whole(data: Any) -> Any:
    """Data, or ollama's own form of an answer in that of chat.completions."""
    is_own = isinstance(data, dict) and "done" in data and "choices" not in data
    return _joined([data]) if is_own else data


def _pieces(text: str) -> list[dict[str, Any]]:
    """The objects of a stream; [] if it is none."""
    pieces: list[dict[str, Any]] = []
    for line in re.split(r"[\r\n]+", text):  # a JSON string may hold other separators
        line = line.strip()
        if not line or line.startswith(SKIPPED):
            continue
        payload = line.removeprefix("data:").strip()
        if payload == "[DONE]":
            pieces.append({"done": True})
            continue
        try:
            piece = json.loads(payload)
        except (ValueError, RecursionError):
            break  # torn
        if isinstance(piece, dict):
            pieces.append(piece)
    return pieces


def _joined(pieces: list[dict[str, Any]]) -> dict[str, Any] | Fault:
    """One answer of chat.completions; a fault if the stream broke off."""
    content: list[Any] = []
    thoughts: list[Any] = []
    answer: dict[str, Any] = {}
    finish, refusal, is_done = None, None, False
    for piece in pieces:
        if piece.get("error"):
            return piece
        choice, delta = _choice(piece)
        if choice.get("error"):
            return piece
        _extend(content, delta.get("content") or choice.get("text"))
        _extend(thoughts, next((delta[key] for key in ASIDE if delta.get(key)), None))
        refusal = delta.get("refusal") or refusal
        finish = choice.get("finish_reason") or piece.get("done_reason") or finish
        is_done = is_done or bool(finish) or piece.get("done") is True
        answer |= {k: piece[k] for k in ("model", "usage") if piece.get(k)}
        if "eval_count" in piece:
            answer["usage"] = {
                "prompt_tokens": piece.get("prompt_eval_count"),
                "completion_tokens": piece["eval_count"],
            }
    if not is_done:
        return unreadable("expected a whole answer, got a stream that breaks off")
    message = {
        "content": content,
        "reasoning_content": thoughts,
        "refusal": refusal,
    }
    return {**answer, "choices": [{"message": message, "finish_reason": finish}]}


def _choice(piece: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The choice of a piece and what it adds."""
    choices = piece.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    if not isinstance(choice, dict) or choice.get("index", 0) != 0:
        return {}, {}
    added = choice.get("delta") or choice.get("message") or piece.get("message")
    if added is None and isinstance(piece.get("response"), str):
        added = {"content": piece["response"]}
    return choice, added if isinstance(added, dict) else {}


def _extend(fragments: list[Any], value: Any) -> None:
    if isinstance(value, list):
        fragments += value
    elif value:
        fragments.append(value)
