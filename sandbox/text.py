"""Cleans all text from outside, so that it is of limited length and printable.

Models, servers, reward processes and files may write anything. Cleaned text has no
escape sequences or control characters (but line ends and tabs), no half of a surrogate
pair, no invisible characters and none that change the direction of writing. It can be
stored as UTF-8 and printed. Characters with a meaning in one medium only (markup, HTML,
a pipe in a table) are escaped where that medium is written.

Standard library only: it runs on both sides of the walls.
"""

import re
import unicodedata

MAX_REPLY_CHARACTERS = 200_000  # far more than a page of code
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b\n]*|[ -~])")
_UNUSUAL = re.compile(r"[^\t\n\x20-\x7e]")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
# Printable to Python, but invisible (Unicode's Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e0fff]"
)
# The Greek letters of formulas, without those that look like Latin ones.
GREEK = "αβγδεζηθικλμνξπρςστυφχψωϑϕϵΓΔΘΛΞΠΣΦΨΩ"
_LETTER = rf"[A-Za-z_{GREEK}]"
_TERM_WORD = (
    rf"{_LETTER}(?:[A-Za-z0-9_{GREEK}^]|[-./](?={_LETTER}|(?<![0-9].)[0-9](?![0-9.])))*"
)
_TERM_NAME = re.compile(rf"(?=.{{1,64}}\Z){_TERM_WORD}(?: {_TERM_WORD}){{0,4}}")
_CANDIDATE = re.compile(r"(?<![A-Za-z])g[0-9]+[-./ _]?c[0-9]+(?![A-Za-z0-9])", re.I)
TERM_NAME_RULE = (
    "a term is named by 1 to 64 characters: one to five words of "
    "letters, digits and _ - . / ^, each of which begins with a letter or _, with no "
    "figures such as 9.5 or /100 and no candidate's name in it"
)


def clean(text: str, max_characters: int = MAX_REPLY_CHARACTERS) -> str:
    """The text in a form that can be stored and printed, cut at max_characters.

    Surrogate pairs become their character and lone surrogates U+FFFD; all kinds of
    spaces become a space, and all kinds of line ends "\\n".
    """
    text = text[: 2 * max_characters]
    if not text.isascii():
        text = _SURROGATES.sub(lambda match: _joined(*match[0]), text)
        text = _INVISIBLE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPE_SEQUENCE.sub("", text)
    return _UNUSUAL.sub(lambda match: _usual(match[0]), text)[:max_characters]


def one_line(text: str, max_characters: int) -> str:
    """The cleaned text as one line; one that is too long is cut, with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if len(line) <= max_characters else line[: max_characters - 1] + "…"


def is_term_name(name: object) -> bool:
    """Whether a reward may use this name for a term; see TERM_NAME_RULE.

    Such names are harmless on screens, in tables and in prompts. The reward process and
    the host both check it, for the process is not trusted.
    """
    return (
        type(name) is str
        and bool(_TERM_NAME.fullmatch(name))
        and not _CANDIDATE.search(name)
    )


def odd_letter(name: str) -> str:
    """The first letter of a name that is neither ASCII nor Greek, '' without one."""
    odd = (c for c in name if not c.isascii() and c not in GREEK + "µ")
    return next(odd, "")


def letter_name(character: str) -> str:
    """A character with its number and its name in Unicode."""
    name = unicodedata.name(character, "without a name")
    return f"'{character}' (U+{ord(character):04X}, {name.lower()})"


def _joined(high: str, low: str = "") -> str:
    """The character of a surrogate pair; U+FFFD for a lone surrogate."""
    if not low:
        return "\ufffd"
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(low) - 0xDC00)


def _usual(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) in ("Zs", "Zl", "Zp") else ""
