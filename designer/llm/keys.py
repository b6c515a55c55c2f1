"""API keys: read from the environment, kept out of everything that is written."""

import os
import re

from designer.errors import ConfigError
from sandbox.text import one_line as cleaned_line

VARIABLE = "OPENAI_API_KEY"
# Whose values are secrets by their names: each provider has a key of its own.
SECRET = re.compile(r"(.*_)?(KEY|TOKEN|SECRET|PASSWORD)")
# A shorter "key" is a placeholder such as "none", which also occurs in honest text;
# of a variable that is not ours nobody knows that it is a key at all.
SHORTEST_SECRET, SHORTEST_OF_OTHERS = 8, 16
ERROR_CHARACTERS = 300


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
    found = set()
    for name, value in os.environ.items():
        secret = value.strip()
        shortest = SHORTEST_SECRET if name == VARIABLE else SHORTEST_OF_OTHERS
        if SECRET.fullmatch(name) and len(secret) >= shortest:
            found.add(secret)
    return found


def one_line(text: str) -> str:
    """Foreign text fit for an error line: no key, no control characters, not long."""
    return cleaned_line(scrub(text), ERROR_CHARACTERS)
