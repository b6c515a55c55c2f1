"""Language models: at a server, behind a program, a person's chat window, recorded."""

import re
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from designer.errors import ConfigError
from designer.llm.budget import Budget
from designer.llm.command import open_command
from designer.llm.endpoint import EndpointSettings
from designer.llm.keys import scrubbed_line
from designer.llm.ledger import Ledger
from designer.llm.litellm_client import open_litellm
from designer.llm.manual import open_manual
from designer.llm.messages import Client, Message, Picture, Reply, Request, Say
from designer.llm.openai_client import open_openai
from designer.llm.prices import list_price
from designer.llm.replay import open_replay

__all__ = [
    "Budget",
    "Client",
    "Ledger",
    "Message",
    "Picture",
    "Reply",
    "Request",
    "Say",
    "calls_at_once",
    "open_client",
    "price_of",
    "runs_here",
]

CALLS_AT_ONCE = 4
LOCAL_TIMEOUT_S = 600.0  # A laptop reads a long prompt for minutes.
HERE_PATTERN = re.compile(r"127(\.\d+){3}|0\.0\.0\.0|localhost|::1")
LOCAL_PREFIXES = ("ollama/", "litellm/ollama")
OLLAMA_URL = "http://127.0.0.1:11434/v1"
LITELLM, COMMAND = "litellm/", "cmd:"
OPENAI_PREFIXES = ("gpt-", "o1", "o3", "o4", "chatgpt")
# Hosts that every resolver and HTTP library accepts; the colon is for IPv6.
HOST_PATTERN = re.compile(r"([a-z0-9_-]{1,63}(\.|$))+|[0-9a-f:.]*:[0-9a-f:.]*")
PRINTABLE_PATTERN = re.compile(r"[!-~]{1,2000}")
FORMS = {
    "gpt": "gpt-... (or another name of OpenAI)",
    "ollama": "ollama/NAME",
    "litellm": "litellm/PROVIDER/NAME",
    "name@http": "NAME@http://HOST:PORT/v1",
    "cmd": "cmd:PROGRAM ARGS",
    "manual": "manual",
    "replay": "replay:RUN",
    "symbolic": "symbolic",
}


def open_client(
    spec: str,
    run_dir: Path,
    say: Say,
    reply_tokens: int | None = None,
) -> Client:
    """The client that --model names.

    reply_tokens: limit of a reply, None for the server's own. ConfigError lists the
    accepted forms if spec has none of them.
    """
    spec = spec.strip()
    if spec.startswith(COMMAND):
        return open_command(spec.removeprefix(COMMAND))
    settings = EndpointSettings(reply_tokens=reply_tokens, say=say)
    if runs_here(spec):
        settings = replace(settings, timeout_s=LOCAL_TIMEOUT_S)
    served = re.fullmatch(r"(?P<name>.+?)@(?P<url>https?://.*)", spec, re.DOTALL)
    if served:
        name, url = served["name"], _public_url(served["url"])
        if name.startswith(LITELLM):
            return open_litellm(name.removeprefix(LITELLM), url, settings)
        return open_openai(name, url, settings)
    if spec == "manual":
        return open_manual(run_dir, say)
    provider, _, name = spec.partition("/")
    if provider == "ollama" and name:
        return open_openai(name, OLLAMA_URL, settings)
    if provider == "litellm" and name:
        return open_litellm(name, None, settings)
    if spec.startswith("replay:") and spec != "replay:":
        return open_replay(Path(spec.removeprefix("replay:")).expanduser(), say)
    if spec.startswith(OPENAI_PREFIXES):
        return open_openai(spec, None, settings)
    raise ConfigError(
        f"the model {scrubbed_line(spec)!r} is of no known form; did you mean "
        f"'{_closest_form(scrubbed_line(spec))}'? Accepted: {', '.join(FORMS.values())}"
    )


def calls_at_once(spec: str) -> int:
    """How many calls the model's server gets at a time, unless the user says it.

    Servers on a user's own machine mostly answer one after the other, and what waits
    there for its turn would be given up as unanswered.
    """
    return 1 if runs_here(spec) else CALLS_AT_ONCE


def runs_here(spec: str) -> bool:
    """Whether the model's server is on this machine."""
    name, _, url = spec.strip().partition("@")
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # It is no address; who opens it says so.
        return False
    if not url:
        return name.startswith(LOCAL_PREFIXES)
    return bool(HERE_PATTERN.fullmatch(host))


def price_of(spec: str) -> tuple[float, float] | None:
    """List price of what --model names, US dollars per million tokens (in, out).

    None where it is unknown, as for every server that the user runs.
    """
    spec = spec.strip()
    if "@" in spec or spec.startswith(COMMAND):
        return None
    if spec.startswith(LITELLM):
        provider, _, name = spec.removeprefix(LITELLM).rpartition("/")
        return list_price(provider, name)
    return list_price("openai", spec) if spec.startswith(OPENAI_PREFIXES) else None


def _public_url(url: str) -> str:
    """The address of a server; ConfigError if it is not valid or holds a secret."""
    try:
        address = urlsplit(url)
        host, port = address.hostname or "", address.port
        valid = bool(
            HOST_PATTERN.fullmatch(host)
            and PRINTABLE_PATTERN.fullmatch(url)
            and port != 0
        )
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(
            f"expected a server as http://HOST:PORT/v1, got {scrubbed_line(url)!r}"
        )
    if "@" in address.netloc or address.query or address.fragment:
        # It would be written into the run folder.
        raise ConfigError(
            "the address of a server must have no user, password, ? or #; "
            "put its key into OPENAI_API_KEY"
        )
    return url


def _closest_form(spec: str) -> str:
    if "@" in spec:
        return FORMS["name@http"]
    head = re.split(r"[:/-]", spec.lower())[0]
    close = get_close_matches(head, FORMS, n=1)
    if close:
        return FORMS[close[0]]
    return f"ollama/{spec or 'NAME'}"
