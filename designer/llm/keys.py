"""The API key: read from the environment, kept out of everything that is written."""

import os

from designer.errors import ConfigError

VARIABLE = "OPENAI_API_KEY"
# A shorter "key" is a placeholder such as "none", which also occurs in honest text.
SHORTEST_SECRET = 8
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
    """Text without the value of the key."""
    key = os.environ.get(VARIABLE, "").strip()
    return text.replace(key, "[key]") if len(key) >= SHORTEST_SECRET else text


def one_line(text: str) -> str:
    """Foreign text fit for an error line: no key, no control characters, not long."""
    printable = "".join(c if c.isprintable() else " " for c in scrub(text))
    line = " ".join(printable.split())
    if len(line) <= ERROR_CHARACTERS:
        return line
    return line[: ERROR_CHARACTERS - 1] + "…"
