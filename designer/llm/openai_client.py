"""Models behind the chat.completions interface, which nearly every server offers.

The value of OPENAI_API_KEY goes to whichever server the user names.
"""

import json
from collections.abc import Mapping
from typing import Any

from designer.errors import ConfigError
from designer.llm.endpoint import Endpoint, EndpointSettings
from designer.llm.faults import TIMED_OUT, Fault, error_fault, unreachable
from designer.llm.keys import VARIABLE, api_key, scrubbed_line
from designer.llm.messages import Client
from designer.llm.streams import decoded

OPENAI_URL = "https://api.openai.com/v1"
# With None the SDK would read a key from the environment; runs must not depend on it.
NO_KEY = "none"


def open_openai(name: str, base_url: str | None, settings: EndpointSettings) -> Client:
    """A client for a model of OpenAI, or of the server at base_url.

    ConfigError without a key where one is needed.
    """
    from openai import DefaultHttpxClient, OpenAI

    key = api_key()
    if key is None and base_url is None:
        raise ConfigError(
            f"model {name} needs a key, but {VARIABLE} is not set; set it, or name a "
            "server of your own as NAME@http://HOST:PORT/v1"
        )
    url = base_url or OPENAI_URL
    try:
        # Key and prompt go where --model says, and to no place that a server names.
        http = DefaultHttpxClient(follow_redirects=False)
        # The SDK makes no retries: it would wait for a hung server five times.
        sdk = OpenAI(
            api_key=key or NO_KEY, base_url=url, max_retries=0, http_client=http
        )
    except (ImportError, ValueError):  # its text may show the proxy's password
        raise ConfigError(
            f"{url} can't be reached through the proxy that the environment names; "
            "correct or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY"
        ) from None

    def post(
        body: dict[str, Any], timeout_s: float
    ) -> tuple[Any, Mapping[str, str]] | Fault:
        return _post(sdk, {"model": name, **body}, timeout_s)

    return Endpoint(name, f"model {name} at {url}", VARIABLE, post, settings)


# Untyped: parameters differ from server to server and from one SDK to the next.
def _post(
    sdk: Any, body: dict[str, Any], timeout_s: float
) -> tuple[Any, Mapping[str, str]] | Fault:
    """The decoded answer with its headers, or why there is none."""
    import openai

    # With its own argument "stream", the SDK would not read a stream to its end.
    stream = {key: body.pop(key) for key in ("stream",) if key in body}
    try:
        create = sdk.chat.completions.with_raw_response.create
        answer = create(**body, extra_body=stream, timeout=timeout_s).http_response
    except openai.APIStatusError as error:
        # error.body lacks the fields beside the error.
        response = error.response
        content = _error_body(response.text)
        return error_fault(error.status_code, content, response.headers, VARIABLE)
    except openai.APITimeoutError:
        return TIMED_OUT
    except openai.APIConnectionError as error:
        return unreachable(scrubbed_line(str(error.__cause__ or error)))
    except openai.OpenAIError as error:
        return Fault(scrubbed_line(str(error)))
    data = decoded(answer.content)
    return data if isinstance(data, Fault) else (data, answer.headers)


def _error_body(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
