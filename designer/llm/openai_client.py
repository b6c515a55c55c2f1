"""Models behind the chat.completions interface, which nearly every server offers.

The value of OPENAI_API_KEY goes to whichever server the user names.
Not covered: a server that sends its answer drop by drop (the time limit is for each
wait, not for the whole), and one that sends more than fits into memory.
"""

import json
import time
from typing import TYPE_CHECKING, Any

from designer.errors import ConfigError, LLMError
from designer.llm.keys import VARIABLE, api_key, one_line
from designer.llm.messages import Client, Reply, Request, clip

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

OPENAI_URL = "https://api.openai.com/v1"
# Not None: the SDK would then ask the environment, and a run must not depend on it.
NO_KEY = "none"
OPTIONAL = {"temperature": 1.0}
ADVICE = {
    400: "check what this model accepts, or take another one",
    401: f"set {VARIABLE} to a key that is valid there",
    403: f"set {VARIABLE} to a key that may use this model",
    404: "check the model's name and the address (most end in /v1)",
    429: "wait, ask for fewer candidates at a time, or look at the account's quota",
}


def open_openai(
    name: str, base_url: str | None, timeout_s: float, max_retries: int = 4
) -> Client:
    """A client for a model of OpenAI, or of the server at base_url.

    timeout_s: the longest wait for the server, for each of the tries.
    ConfigError without a key where one is needed.
    """
    from openai import OpenAI

    key = api_key()
    if key is None and base_url is None:
        raise ConfigError(
            f"model {name} needs a key, but {VARIABLE} is not set; set it, or name a "
            "server of your own as NAME@http://HOST:PORT/v1"
        )
    url = base_url or OPENAI_URL
    try:
        sdk = OpenAI(
            api_key=key or NO_KEY,
            base_url=url,
            timeout=timeout_s,
            max_retries=max_retries,
        )
    except (ImportError, ValueError):  # its text may show the proxy's password
        raise ConfigError(
            f"{url} can't be reached through the proxy that the environment names; "
            "correct or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY"
        ) from None
    who = f"model {name} at {url}"
    refused: set[str] = set()  # parameters that this server doesn't take

    def answer(request: Request) -> Reply:
        start = time.perf_counter()
        body = _post(sdk, {"model": name, "messages": _plain(request)}, refused, who)
        return _reply(body, name, who, time.perf_counter() - start)

    return answer


def _plain(request: Request) -> list[dict[str, str]]:
    # Half a surrogate pair in a prompt can't be sent as UTF-8.
    return [
        {"role": m.role, "content": m.content.encode("utf-8", "replace").decode()}
        for m in request.messages
    ]


def _post(sdk: "OpenAI", asked: dict[str, Any], refused: set[str], who: str) -> bytes:
    """The body of the answer; every failure of the connection is an LLMError."""
    import openai

    # Untyped: what may be sent differs from server to server and from SDK to SDK.
    create: Any = sdk.chat.completions.with_raw_response.create
    while True:
        sent = {k: v for k, v in OPTIONAL.items() if k not in refused}
        try:
            body: bytes = create(**asked, **sent).http_response.content
            return body
        except openai.BadRequestError as error:
            blamed = {name for name in sent if name in f"{error.param} {error.message}"}
            if not blamed:
                raise LLMError(_status_line(error, who)) from None
            refused |= blamed
        except openai.APIStatusError as error:
            raise LLMError(_status_line(error, who)) from None
        except openai.APITimeoutError:
            raise LLMError(
                f"{who}: expected an answer within {sdk.timeout:g} s, none came "
                f"({sdk.max_retries + 1} tries); it may be overloaded or too slow: "
                "look at the server, or take a smaller model"
            ) from None
        except openai.APIConnectionError as error:
            raise LLMError(
                f"{who}: expected a server that answers, got "
                f"{one_line(str(error.__cause__ or error))!r}; "
                "start it, or correct the address"
            ) from None
        except openai.OpenAIError as error:
            raise LLMError(f"{who}: {one_line(str(error))}") from None


def _status_line(error: "APIStatusError", who: str) -> str:
    status = error.status_code
    advice = ADVICE.get(status, "look at the server's log, or try again later")
    said = _short(error.body)
    return f"{who}: expected an answer, got HTTP {status}: {said}; {advice}"


def _short(body: object) -> str:
    """What a server says about an error, in one line."""
    if isinstance(body, dict):
        body = body.get("message") or body.get("error") or body.get("detail") or body
    if isinstance(body, dict):
        body = body.get("message") or body
    text = one_line(str(body or ""))
    if text[:1] == "<":
        return "a web page"
    return text or "no message"


def _reply(body: bytes, name: str, who: str, seconds: float) -> Reply:
    """The answer in a body of chat.completions; LLMError for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise LLMError(
            f"{who}: expected JSON, got {_short(body[:2000].decode(errors='replace'))};"
            " is this the address of the API (most end in /v1)?"
        ) from None
    choice = _choice(data, who)
    text, finish = _text(choice["message"]), choice.get("finish_reason")
    if not text.strip():
        raise LLMError(_empty_line(choice, who))
    text, clipped = clip(text)
    usage = data.get("usage")
    model = data.get("model")
    return Reply(
        text=text,
        model=one_line(model) if isinstance(model, str) and model else name,
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
        seconds=seconds,
        cut_off=clipped or finish == "length",
    )


def _choice(data: Any, who: str) -> dict[str, Any]:
    if isinstance(data, dict) and data.get("error"):
        raise LLMError(f"{who}: expected an answer, got {_short(data['error'])}")
    choices = data.get("choices") if isinstance(data, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(choice, dict) and isinstance(choice.get("message"), dict):
        return choice
    raise LLMError(
        f"{who}: expected choices with a message, got {one_line(json.dumps(data))}; "
        "does this server speak chat.completions?"
    )


def _text(message: dict[str, Any]) -> str:
    """The content; what a model thought aloud where that is all it wrote."""
    for key in ("content", "reasoning_content", "reasoning"):
        value = message.get(key)
        if isinstance(value, list):
            parts = [part.get("text") for part in value if isinstance(part, dict)]
            value = "".join(part for part in parts if isinstance(part, str))
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _empty_line(choice: dict[str, Any], who: str) -> str:
    refusal = choice["message"].get("refusal")
    if isinstance(refusal, str) and refusal:
        return f"{who}: expected an answer, the model refused: {one_line(refusal)}"
    finish = one_line(str(choice.get("finish_reason")))
    advice = "ask again, or take another model"
    if finish == "length":
        advice = "raise the server's limit of tokens, or take a model that thinks less"
    return (
        f"{who}: expected text, got an empty answer (finish_reason {finish}); {advice}"
    )


def _count(usage: Any, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if type(value) is int and value >= 0 else None
