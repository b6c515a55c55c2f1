"""Why a try brought no answer, whether that passes, and what the user can do.

A server reports an error by its status, in the body of an error, or in a body under
status 200; all three are judged by the same table.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from designer.llm.answers import MAX_NESTING, short
from designer.llm.keys import scrubbed_line
from designer.llm.waits import wait_asked_s

UNLIMITED_TRIES = 10**9  # the limits of pauses and of time are reached first
# These pass by themselves: busy, too early, too many requests, a fault of the server.
PASSING_CODES = {408, 409, 425, 429, *range(500, 600)} - {501, 505}
# No call will be answered with this key, account, name or address.
CLOSED_CODES = {401, 402, 403, 404}
REFUSING_CODES = {400, 404, 405, 415, 422, 500, 501}
# The server refuses all questions for a while, not this one alone.
CROWDED_CODES = {429, 503, 529}
PASSING_WORDS = re.compile(
    r"overload|rate.?limit|too many requests|try again|temporar|unavailable|busy\b"
    r"|time.?d? ?out|loading|capacity|server.?error|internal error|bad gateway"
    r"|connection (error|reset|refused)|provider returned error|resource.exhausted",
    re.I,
)
# Some servers say 400 or 403 when they are crowded.
CROWDED_WORDS = re.compile(r"rate.?limit|too many requests|overloaded", re.I)
CLOSED_WORDS = re.compile(
    r"(invalid|incorrect|missing|no|not valid|expired)\W+(api|auth)\w*.?key"
    r"|api.?key\W+(is\W+)?(not valid|invalid|missing|expired)|api_key_invalid"
    r"|unauthori[sz]ed|authenticat|permission.denied|model.{0,80}(not found|not exist)",
    re.I,
)
OUT_OF_MONEY_WORDS = re.compile(
    r"quota|billing|credit|insufficient.(balance|funds)|payment|spending limit", re.I
)
ADVICE = {
    400: "check what this model accepts, or take another one",
    401: "set {key} to a key that is valid there",
    402: "look at the account's credit",
    403: "set {key} to a key that may use this model",
    404: "check the model's name and the address (most end in /v1)",
    429: "wait, ask for fewer candidates at a time, or look at the account's quota",
}
LATER_ADVICE = "look at the server's log, or try again later"
# A refusal may repeat the whole question in these fields.
ECHOED_FIELDS = ("input", "ctx", "url")
MAX_WORDS_CHARACTERS = 4000


@dataclass(frozen=True)
class Fault:
    """Why one try brought no answer.

    text: for the user, without the server's title. tries: how many faults of this kind
    end the tries, 1 for one that does not pass. wait_s: how long the server asks to
    wait. shared: whether it concerns all questions to this server. words: the server's
    own, which may name a parameter that it does not accept. is_closed: whether the
    server will answer no call. is_learnt: whether the dialect has changed, so that the
    next try follows at once.
    """

    text: str
    tries: int = 1
    wait_s: float | None = None
    shared: bool = False
    words: str = ""
    is_closed: bool = False
    is_learnt: bool = False


# One time-out may be bad luck, two are a server that hangs.
TIMED_OUT = Fault("", tries=2)


def unreadable(text: str) -> Fault:
    """An answer that can't be read; it may have been charged, so tries are few."""
    return Fault(text, tries=3)


def unreachable(reason: str) -> Fault:
    """No connection: the server may be starting just now."""
    is_final = "certificate" in reason.lower()
    return Fault(
        f"expected a server that answers, got {reason!r}; start it, or correct the "
        "address",
        tries=1 if is_final else UNLIMITED_TRIES,
        shared=True,
    )


def error_fault(
    status: int, body: object, headers: Mapping[str, str], key: str
) -> Fault:
    """The fault in an error's body. key: the variable that holds the API key."""
    if 300 <= status < 400:
        elsewhere = scrubbed_line(headers.get("location", "")) or "another address"
        return Fault(
            f"expected an answer, got HTTP {status}, which sends us to {elsewhere}; "
            "nothing was sent there: if you trust it, name that address in --model",
            is_closed=True,
        )
    words = words_of(body)
    code = _code(status, body)
    if code in (400, 403) and CROWDED_WORDS.search(words):
        code = 429
    wait_s = wait_asked_s(headers, words)
    is_closed = _is_closed(code, words, wait_s)
    passes = code in PASSING_CODES if code else bool(PASSING_WORDS.search(words))
    should = headers.get("x-should-retry")
    if should in ("true", "false"):
        passes = should == "true"
    passes = passes and not is_closed
    advice = ADVICE.get(code or 0, LATER_ADVICE).format(key=key)
    if is_closed and code == 429:
        advice = ADVICE[402]
    return Fault(
        f"expected an answer, got {_heading(status, code, body)}{_detail(body)}; "
        f"{advice}",
        tries=UNLIMITED_TRIES if passes else 1,
        wait_s=wait_s if passes else None,
        shared=passes and (wait_s is not None or code in CROWDED_CODES),
        words=words if code is None or code in REFUSING_CODES else "",
        is_closed=is_closed,
    )


def error_in(data: Any) -> object:
    """The error that stands in a decoded answer, or in its choice; None without one."""
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return None
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(choice, dict):
        if choice.get("error"):
            return {**choice, "provider": data.get("provider")}
        if choice.get("finish_reason") == "error":
            return {"message": "server error: the model's answer broke off"}
    is_error = data.get("object") == "error" or (
        not choices and (data.get("detail") or data.get("message"))
    )
    is_error = is_error or (not choices and _code(200, data) is not None)
    return data if data.get("error") or is_error else None


def words_of(body: object) -> str:
    """An error as text, without the fields that repeat the question."""
    return json.dumps(_pruned(body), ensure_ascii=False)[:MAX_WORDS_CHARACTERS]


def _pruned(value: object, depth: int = 2 * MAX_NESTING) -> object:
    if depth == 0:
        return ""
    if isinstance(value, dict):
        return {
            str(k): _pruned(v, depth - 1)
            for k, v in value.items()
            if k not in ECHOED_FIELDS
        }
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in value]
    return value if isinstance(value, str | int | float) else ""


def _code(status: int, body: object) -> int | None:
    """The status, or the one in the body where that says more."""
    inner = None
    for _ in range(MAX_NESTING):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, dict):
            break
        for name in ("code", "status", "status_code"):
            value = body.get(name)
            text = str(value) if isinstance(value, int | str) else ""
            if re.fullmatch(r"[45]\d\d", text):
                inner = int(text)
        body = body.get("error")
    if 200 <= status < 300:
        return inner
    return inner if inner and status >= 500 else status


def _is_closed(code: int | None, words: str, wait_s: float | None) -> bool:
    if code in CLOSED_CODES or "insufficient_quota" in words:
        return True
    if code in (None, 400) and CLOSED_WORDS.search(words):
        return True
    # The limit per minute of Google's server mentions quota and billing, and a wait.
    return (
        code in (None, 429)
        and wait_s is None
        and bool(OUT_OF_MONEY_WORDS.search(words))
    )


def _heading(status: int, code: int | None, body: object) -> str:
    heading = f"HTTP {status}" if status != 200 else "an error under HTTP 200"
    if code and code != status:
        heading += f" with code {code}"
    provider = _first(body, "provider_name") or _first(body, "provider")
    return f"{heading} from {short(provider)}: " if provider else f"{heading}: "


def _detail(body: object) -> str:
    raw = _first(body, "raw")  # what the provider behind a router said
    return f"{short(body)} ({short(raw)})" if raw else short(body)


def _first(value: object, name: str, depth: int = MAX_NESTING) -> object:
    """The value under a name, wherever it is nested."""
    if not isinstance(value, dict) or depth == 0:
        return None
    if value.get(name):
        return value[name]
    inner = (_first(v, name, depth - 1) for v in value.values())
    return next((v for v in inner if v), None)
