"""Models of every provider that litellm supports; litellm finds the provider's key.

litellm makes one try at a time: retries, time limits and refused parameters are ours,
as for every server. It uses the network for the question alone, reads no .env files,
and prints nothing on the terminal.
Not covered: an address that litellm takes from its own environment variables, and
redirects of a provider whose interface is not OpenAI's.
"""

import importlib.metadata
import json
import logging
import os
import re
import warnings
from collections.abc import Mapping
from typing import Any

from designer.errors import ConfigError
from designer.llm.endpoint import Endpoint, EndpointSettings
from designer.llm.faults import TIMED_OUT, Fault, error_fault, unreachable, unreadable
from designer.llm.keys import scrubbed_line
from designer.llm.messages import Client

INSTALL = "pip install -c constraints.txt -e '.[litellm]'"
# Releases that steal credentials; a mirror or a cache may still have them.
COMPROMISED_VERSIONS = ("1.82.7", "1.82.8", "1.107.0")
# Read while litellm is imported: no price table from the net, no .env file.
QUIET_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
}
QUIETED_MODULES = r"(litellm|pydantic|openai|httpx)(\.|$)"
PREFIX = re.compile(r"litellm\.\w+: (?:\w+: )?(?:\w+(?:Exception|Error) - )?")


def open_litellm(name: str, base_url: str | None, settings: EndpointSettings) -> Client:
    """A client for litellm's model of that name, at base_url if there is one.

    ConfigError without litellm or a known provider.
    """
    litellm = _litellm()
    try:
        litellm.get_llm_provider(name, api_base=base_url)
    except litellm.exceptions.BadRequestError:
        raise ConfigError(
            f"litellm knows no provider of {scrubbed_line(name)!r}; expected "
            "litellm/PROVIDER/NAME, see https://docs.litellm.ai/docs/providers"
        ) from None
    title = f"model {name} through litellm" + (f" at {base_url}" if base_url else "")
    key = " and ".join(_missing_keys(litellm, name)) or "its provider's key"

    def post(
        body: dict[str, Any], timeout_s: float
    ) -> tuple[Any, Mapping[str, str]] | Fault:
        body.pop("stream", None)  # litellm joins streams by itself
        arguments = {"model": name, "api_base": base_url, **body}
        return _complete(litellm, arguments, timeout_s, key)

    return Endpoint(name, title, key, post, settings)


def _litellm() -> Any:
    """The library, imported and silenced; ConfigError when that can't be done."""
    try:
        version = importlib.metadata.version("litellm")
        if version in COMPROMISED_VERSIONS:
            raise ConfigError(
                f"litellm {version} is a release that steals credentials; remove it, "
                f"change your keys, then: {INSTALL}"
            )
        os.environ |= QUIET_ENVIRONMENT
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import httpx
            import litellm
    except importlib.metadata.PackageNotFoundError:
        raise ConfigError(
            f"--model litellm/... needs litellm, which is not installed: {INSTALL}"
        ) from None
    except ImportError as error:
        raise ConfigError(
            f"litellm can't be imported ({scrubbed_line(str(error))}): {INSTALL}"
        ) from None
    # Its warnings are for its authors, and would tear a run's progress bar.
    warnings.filterwarnings("ignore", module=QUIETED_MODULES)
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    litellm.client_session = httpx.Client(follow_redirects=False)
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm


def _missing_keys(litellm: Any, name: str) -> list[str]:
    variables = litellm.validate_environment(name)["missing_keys"]
    return [key for key in variables if key.endswith(("KEY", "KEY_ID", "TOKEN"))]


def _complete(
    litellm: Any, arguments: dict[str, Any], timeout_s: float, key: str
) -> tuple[dict[str, Any], Mapping[str, str]] | Fault:
    """The answer in the form of chat.completions, or why there is none."""
    try:
        answer = litellm.completion(
            **arguments, timeout=timeout_s, num_retries=0, max_retries=0
        )
        return dict(answer.model_dump()), {}
    except litellm.Timeout:
        return TIMED_OUT
    except tuple(litellm.LITELLM_EXCEPTION_TYPES) as error:
        return _fault(error, key)


# Untyped: the attributes differ from one exception of litellm to the next.
def _fault(error: Any, key: str) -> Fault:
    text = str(getattr(error, "message", error))
    message = PREFIX.sub("", text.split("\nTraceback")[0], count=1)
    headers = getattr(error, "litellm_response_headers", None)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and (headers or status < 500):
        return error_fault(status, _decoded(message), headers or {}, key)
    # Without headers the server never answered, or litellm can't read its answer, which
    # may have been charged and would be charged again.
    if "connect" in message.lower() and "Traceback" not in text:
        return unreachable(scrubbed_line(message))
    return unreadable(
        f"expected an answer, got {scrubbed_line(message)!r}; take another model"
    )


def _decoded(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return message
