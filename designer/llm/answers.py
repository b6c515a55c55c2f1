"""From an answer of chat.completions to a Reply, wherever a server puts its text.

Reasoning models are met in every dress: a field beside the content, parts of the
content, tags in it, the end tag alone (the start stood in the chat template), or all
of their tokens spent before the answer began.
"""

import re
from typing import Any

from designer.llm.keys import one_line
from designer.llm.messages import Reply, SpentCallError, clip

TAG = re.compile(
    r"<(?P<end>/)?(?:think|thinking|thought|reasoning)>|\[(?P<END>/)?THINK\]", re.I
)
ASIDE = ("reasoning_content", "reasoning", "reasoning_details")
# The finish_reason of a reply that came to a limit, as servers call it.
CUT = {"length", "max_tokens", "model_length", "max_output_tokens"}
DEEPEST = 4  # parts within parts


def reply_from(data: Any, name: str, who: str, seconds: float) -> Reply:
    """The reply in a decoded answer with choices; SpentCallError if it has no text.

    name: the model that was asked. who: how error lines begin.
    """
    choice = choice_in(data)
    assert choice is not None
    text, thought = _text_and_thought(choice["message"])
    is_cut = str(choice.get("finish_reason")).lower() in CUT
    if not text.strip() and not is_cut:
        text, thought = thought, ""  # a model that wrote its answer into its thoughts
    text, clipped = clip(text)
    model, usage = data.get("model"), data.get("usage")
    reply = Reply(
        text=text,
        model=one_line(model) if isinstance(model, str) and model else name,
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
        seconds=seconds,
        cut_off=clipped or is_cut,
        thought=clip(thought)[0],
    )
    if not text.strip():
        is_refusal = bool(_refusal(choice["message"]))
        again = not is_cut and not is_refusal
        raise SpentCallError(_empty_line(choice, who), reply, again)
    return reply


def short(body: object) -> str:
    """What a server says about an error, in one line."""
    for _ in range(DEEPEST):
        if isinstance(body, list) and body:
            body = body[0]
        if isinstance(body, dict):
            inner = [body.get(key) for key in ("message", "error", "detail", "msg")]
            body = next((found for found in inner if found), str(body))
    text = one_line(str(body or ""))
    return "a web page" if text[:1] == "<" else text or "no message"


def choice_in(data: Any) -> dict[str, Any] | None:
    """The first choice of a decoded answer, None where it has none with a message."""
    choices = data.get("choices") if isinstance(data, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(choice, dict) and isinstance(choice.get("message"), dict):
        return choice
    return None


def _text_and_thought(message: dict[str, Any]) -> tuple[str, str]:
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    text, aloud = split(_joined([p for p in parts if not _is_thought(p)]))
    aside = next((message[key] for key in ASIDE if message.get(key)), None)
    thoughts = (_joined(aside), _joined([p for p in parts if _is_thought(p)]), aloud)
    return text, "\n".join(thought for thought in thoughts if thought.strip())


def split(content: str) -> tuple[str, str]:
    """Text and thought of content with <think> tags or one of their cousins."""
    texts: list[str] = []
    thoughts: list[str] = []
    start, thinking = 0, False
    for tag in TAG.finditer(content):
        end = bool(tag["end"] or tag["END"])
        if thinking and not end:
            continue  # a thought about tags
        before, start = content[start : tag.start()], tag.end()
        if end and not thinking:  # the start tag stood in the prompt
            thoughts += [*texts, before]
            texts.clear()
        else:
            (thoughts if thinking else texts).append(before)
        thinking = not end
    rest = content[start:]
    text = "".join(texts)
    if thinking and not text.strip():
        return "", "".join([*thoughts, rest])
    return text + rest, "".join(thoughts)


def _is_thought(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    return isinstance(kind, str) and kind.startswith(("thinking", "reasoning"))


def _joined(value: Any, deepest: int = DEEPEST) -> str:
    """The text of a string, of a part, or of parts."""
    if isinstance(value, str) or deepest == 0:
        return value if isinstance(value, str) else ""
    if isinstance(value, list):
        return "".join(_joined(part, deepest - 1) for part in value)
    if isinstance(value, dict):
        inner = (value.get(key) for key in ("text", "thinking", "content", "summary"))
        return _joined(next(filter(None, inner), ""), deepest - 1)
    return ""


def _refusal(message: dict[str, Any]) -> str:
    """Why the model answers nothing, '' where it doesn't say so."""
    # litellm keeps what it does not know of in a field of its own.
    beside = message.get("provider_specific_fields")
    values = (m.get("refusal") for m in (message, beside) if isinstance(m, dict))
    refusal = next(filter(None, values), None)
    return refusal if isinstance(refusal, str) else ""


def _empty_line(choice: dict[str, Any], who: str) -> str:
    if refusal := _refusal(choice["message"]):
        return f"{who}: expected an answer, the model refused: {one_line(refusal)}"
    finish = one_line(str(choice.get("finish_reason")))
    advice = "ask again, or take another model"
    if finish.lower() in CUT:
        advice = (
            "raise --reply-tokens or the server's limit of tokens, or take a model "
            "that thinks less"
        )
    return (
        f"{who}: expected text, got an empty answer (finish_reason {finish}); {advice}"
    )


def cached_tokens(data: dict[str, Any]) -> int:
    """Tokens of the prompt that some servers count beside it, for they were cached."""
    usage = data.get("usage")
    kinds = ("cache_read_input_tokens", "cache_creation_input_tokens")
    beside = sum(_count(usage, kind) or 0 for kind in kinds)
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    return beside or _count(details, "cached_tokens") or 0


def _count(usage: Any, key: str) -> int | None:
    """Tokens; a server that answers 0 did not count them."""
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if type(value) is int and value > 0 else None
