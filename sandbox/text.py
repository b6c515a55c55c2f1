"""The one gate for text from outside: what comes out is bounded and printable.

Models, servers, reward processes and files may write anything. What passes here has no
escape sequence or control character (but line ends and tabs), no half of a surrogate
pair, and nothing invisible or that turns the direction of writing. It can be stored as
UTF-8 and printed. What stands for something in one medium alone (markup, HTML, a
pipe in a table) is escaped where that medium is written.

Standard library only: it runs on both sides of the walls.
"""

import re
import unicodedata

MAX_REPLY_CHARACTERS = 200_000  # a reward function is a page
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b\n]*|[ -~])")
_UNUSUAL = re.compile(r"[^\t\n\x20-\x7e]")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
# Printable to Python, but drawn as nothing (Default_Ignorable_Code_Point of Unicode).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e0fff]"
)
# The Greek letters of formulas that nobody takes for a Latin one.
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


def clean(text: str, most: int = MAX_REPLY_CHARACTERS) -> str:
    """The text as something that can be stored and printed, at most so many characters.

    Two halves of a surrogate pair become their character, lone ones U+FFFD; spaces of
    all kinds become a space, Windows' and old Macs' line ends a line end.
    """
    text = text[: 2 * most]
    if not text.isascii():
        text = _SURROGATES.sub(lambda match: _joined(*match[0]), text)
        text = _INVISIBLE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPE_SEQUENCE.sub("", text)
    return _UNUSUAL.sub(lambda match: _usual(match[0]), text)[:most]


def one_line(text: str, most: int) -> str:
    """The cleaned text as one line; what is too long ends with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def is_term_name(name: object) -> bool:
    """Whether a reward may name a term so: harmless on screens, in tables and prompts.

    What the process of a reward says is not believed, so both sides ask.
    """
    return (
        type(name) is str
        and bool(_TERM_NAME.fullmatch(name))
        and not _CANDIDATE.search(name)
    )


def odd_letter(name: str) -> str:
    """The first letter of a name in source that is neither ASCII nor Greek, or ''."""
    odd = (c for c in name if not c.isascii() and c not in GREEK + "µ")
    return next(odd, "")


def described(character: str) -> str:
    """A character with its number and its name in Unicode."""
    name = unicodedata.name(character, "without a name")
    return f"'{character}' (U+{ord(character):04X}, {name.lower()})"


def _joined(high: str, low: str = "") -> str:
    """The character of two surrogates; a lone one's is not known."""
    if not low:
        return "\ufffd"
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(low) - 0xDC00)


def _usual(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) in ("Zs", "Zl", "Zp") else ""
