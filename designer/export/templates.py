"""The templates of an export, and how values are written into them."""

import math
import pprint
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from designer.report.markdown import escaped
from sandbox import clean


def _docstring(text: object) -> str:
    """Text inside the quotes of a docstring, as one line."""
    plain = " ".join(clean(str(text)).split())
    return plain.replace("\\", "\\\\").replace('"""', "'''")


class _Code(pprint.PrettyPrinter):
    """Writes values as Python code; a number without end has no literal of its own."""

    def format(
        self, value: object, context: dict[int, int], maxlevels: int, level: int
    ) -> tuple[str, bool, bool]:
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")', True, False
        return super().format(value, context, maxlevels, level)


def _literal(value: Any) -> str:
    """A value as Python code."""
    return _Code(sort_dicts=False).pformat(value)


EXPORT_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Python and Markdown, not HTML
)
EXPORT_TEMPLATES.filters |= {
    "escaped": escaped,
    "literal": _literal,
    "line": _docstring,
}
