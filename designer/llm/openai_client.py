"""Models behind the chat.completions interface, which nearly every server offers.

The value of OPENAI_API_KEY goes to whichever server the user names.
"""

import json
import time
from typing import Any

from designer.errors import ConfigError, LLMError
from designer.llm.answers import reply_from, short
from designer.llm.keys import VARIABLE, api_key, one_line
from designer.llm.messages import Client, Reply, Request, plain
from designer.llm.patience import TIMED_OUT, Fault, persist, status_fault

OPENAI_URL = "https://api.openai.com/v1"
# Not None: the SDK would then ask the environment, and a run must not depend on it.
NO_KEY = "none"


def open_openai(
    name: str, base_url: str | None, timeout_s: float, max_retries: int = 4
) -> Client:
    """A client for a model of OpenAI, or of the server at base_url.

    timeout_s: the longest wait for an answer; only one further one is made after it.
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
        # No retries of the SDK's own: it would wait for a hung server five times.
        sdk = OpenAI(api_key=key or NO_KEY, base_url=url, max_retries=0)
    except (ImportError, ValueError):  # its text may show the proxy's password
        raise ConfigError(
            f"{url} can't be reached through the proxy that the environment names; "
            "correct or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY"
        ) from None
    who = f"model {name} at {url}"
    refused: set[str] = set()

    def answer(request: Request) -> Reply:
        asked = {"model": name, "messages": plain(request)}
        start = time.perf_counter()
        body = persist(
            lambda optional, s: _post(sdk, {**asked, **optional}, s),
            who,
            timeout_s,
            max_retries,
            refused,
        )
        return reply_from(_decoded(body, who), name, who, time.perf_counter() - start)

    return answer


# Untyped: what may be sent differs from server to server and from SDK to SDK.
def _post(sdk: Any, asked: dict[str, Any], timeout_s: float) -> bytes | Fault:
    """The body of the answer, or what is wrong with the connection."""
    import openai

    try:
        create = sdk.chat.completions.with_raw_response.create
        body: bytes = create(**asked, timeout=timeout_s).http_response.content
        return body
    except openai.APIStatusError as error:
        headers = error.response.headers
        return status_fault(error.status_code, error.body, headers, VARIABLE)
    except openai.APITimeoutError:
        return TIMED_OUT
    except openai.APIConnectionError as error:
        return Fault(
            "expected a server that answers, got "
            f"{one_line(str(error.__cause__ or error))!r}; "
            "start it, or correct the address",
            passes=True,
        )
    except openai.OpenAIError as error:
        return Fault(one_line(str(error)))


def _decoded(body: bytes, who: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise LLMError(
            f"{who}: expected JSON, got {short(body[:2000].decode(errors='replace'))};"
            " is this the address of the API (most end in /v1)?"
        ) from None
