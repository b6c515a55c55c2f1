"""Reads a Reply out of an answer of chat.completions.

Servers put the thoughts of a reasoning model into a field beside the content, into some
blocks of the content, between tags, or before an end tag whose start tag stood in the
chat template. A model may also spend all of its tokens on thoughts.
"""

import re
from typing import Any

from designer.llm.keys import scrubbed_line
from designer.llm.messages import Reply, SpentCallError, cut_reply

TAG = re.compile(
    r"<(?P<end>/)?(?:think|thinking|thought|reasoning)>|\[(?P<END>/)?THINK\]", re.I
)
THOUGHT_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
# The finish_reason of a reply that reached a limit, as servers call it.
CUT_OFF_REASONS = {"length", "max_tokens", "model_length", "max_output_tokens"}
MAX_NESTING = 4  # of blocks of content, and of the fields of an error


def reply_from(data: Any, name: str, title: str, seconds: float) -> Reply:
    """The reply in a decoded answer with choices; SpentCallError if it has no text.

    name: of the model, where the answer names none. title: how error lines begin.
    """
    choice = choice_in(data)
    assert choice is not None
    text, thought = _text_and_thought(choice["message"])
    is_cut = str(choice.get("finish_reason")).lower() in CUT_OFF_REASONS
    if not text.strip() and not is_cut:
        text, thought = thought, ""  # a model that wrote its answer into its thoughts
    text, clipped = cut_reply(text)
    model, usage = data.get("model"), data.get("usage")
    reply = Reply(
        text=text,
        model=scrubbed_line(model) if isinstance(model, str) and model else name,
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
        seconds=seconds,
        cut_off=clipped or is_cut,
        thought=cut_reply(thought)[0],
    )
    if not text.strip():
        is_refusal = bool(_refusal(choice["message"]))
        again = not is_cut and not is_refusal
        raise SpentCallError(_empty_line(choice, title), reply, again)
    return reply


def short(body: object) -> str:
    """What a server says about an error, in one line."""
    for _ in range(MAX_NESTING):
        if isinstance(body, list) and body:
            body = body[0]
        if isinstance(body, dict):
            inner = [body.get(key) for key in ("message", "error", "detail", "msg")]
            body = next((text for text in inner if text), str(body))
    text = scrubbed_line(str(body or ""))
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
    blocks = content if isinstance(content, list) else [content]
    text, tagged = split_thought(_joined([b for b in blocks if not _is_thought(b)]))
    beside = next((message[key] for key in THOUGHT_FIELDS if message.get(key)), None)
    thoughts = (_joined(beside), _joined([b for b in blocks if _is_thought(b)]), tagged)
    return text, "\n".join(thought for thought in thoughts if thought.strip())


def split_thought(content: str) -> tuple[str, str]:
    """Text and thought of content, which tags such as <think> tell apart."""
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
    tail = content[start:]
    text = "".join(texts)
    if thinking and not text.strip():
        return "", "".join([*thoughts, tail])
    return text + tail, "".join(thoughts)


def _is_thought(block: Any) -> bool:
    kind = block.get("type") if isinstance(block, dict) else None
    return isinstance(kind, str) and kind.startswith(("thinking", "reasoning"))


def _joined(value: Any, depth: int = MAX_NESTING) -> str:
    """The text of a string, of a block of content, or of a list of blocks."""
    if isinstance(value, str) or depth == 0:
        return value if isinstance(value, str) else ""
    if isinstance(value, list):
        return "".join(_joined(block, depth - 1) for block in value)
    if isinstance(value, dict):
        inner = (value.get(key) for key in ("text", "thinking", "content", "summary"))
        return _joined(next(filter(None, inner), ""), depth - 1)
    return ""


def _refusal(message: dict[str, Any]) -> str:
    """The words in which the model refuses to answer, '' where there are none."""
    # litellm keeps fields that it does not know in a field of its own.
    beside = message.get("provider_specific_fields")
    values = (m.get("refusal") for m in (message, beside) if isinstance(m, dict))
    refusal = next(filter(None, values), None)
    return refusal if isinstance(refusal, str) else ""


def _empty_line(choice: dict[str, Any], title: str) -> str:
    if refusal := _refusal(choice["message"]):
        return (
            f"{title}: expected an answer, the model refused: {scrubbed_line(refusal)}"
        )
    finish = scrubbed_line(str(choice.get("finish_reason")))
    advice = "ask again, or take another model"
    if finish.lower() in CUT_OFF_REASONS:
        advice = (
            "raise --reply-tokens or the server's limit of tokens, or take a model "
            "that thinks less"
        )
    return (
        f"{title}: expected text, got an empty answer (finish_reason {finish}); "
        f"{advice}"
    )


def cached_tokens(data: dict[str, Any]) -> int:
    """Cached tokens of the prompt, which some servers count apart from the others."""
    usage = data.get("usage")
    kinds = ("cache_read_input_tokens", "cache_creation_input_tokens")
    beside = sum(_count(usage, kind) or 0 for kind in kinds)
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    return beside or _count(details, "cached_tokens") or 0


def _count(usage: Any, key: str) -> int | None:
    """Tokens; a server that answers 0 did not count them."""
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if type(value) is int and value > 0 else None
