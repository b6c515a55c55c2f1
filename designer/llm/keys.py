"""API keys: read from the environment, kept out of everything that is written."""

import os
import re

from designer.errors import ConfigError
from sandbox.text import one_line

VARIABLE = "OPENAI_API_KEY"
# Environment variables whose values are secrets; each provider has a key of its own.
SECRET_NAME = re.compile(r"(.*_)?(KEY|TOKEN|SECRET_NAME|PASSWORD)")
# A shorter "key" is a placeholder such as "none", which also occurs in honest text. A
# variable of another program may hold no key at all, so it must be longer.
MIN_SECRET_CHARACTERS, MIN_OTHER_SECRET_CHARACTERS = 8, 16
MAX_ERROR_CHARACTERS = 300


def api_key() -> str | None:
    """The user's key, or None; ConfigError for one that can't be sent in a header."""
    key = os.environ.get(VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError(
            f"{VARIABLE} must be printable ASCII without spaces, but it is not; "
            "copy the key again"
        )
    return key or None


def scrub(text: str) -> str:
    """Text without the values of keys in the environment."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return text


def _secrets() -> set[str]:
    secrets = set()
    for name, value in os.environ.items():
        secret = value.strip()
        shortest = (
            MIN_SECRET_CHARACTERS if name == VARIABLE else MIN_OTHER_SECRET_CHARACTERS
        )
        if SECRET_NAME.fullmatch(name) and len(secret) >= shortest:
            secrets.add(secret)
    return secrets


def scrubbed_line(text: str) -> str:
    """Text of a server as one error line: no keys, no control characters, bounded."""
    return one_line(scrub(text), MAX_ERROR_CHARACTERS)
