"""Fills in the HTML templates of reports; everything that they show passes here."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from designer.run.candidates import number
from sandbox import clean

TEMPLATES = Path(__file__).parent


def render_page(name: str, **variables: Any) -> str:
    """A template as one page, with our style and script inside it.

    Text from anywhere is cleaned and escaped. The page's Content-Security-Policy allows
    our style and script alone, by their hashes.
    """
    style, script = _asset("page.css"), _asset("page.js")
    return _JINJA.get_template(name).render(
        **variables,
        style=style,
        script=script,
        style_hash=_source_hash(style),
        script_hash=_source_hash(script),
    )


def _printable(value: object) -> object:
    """Text cleaned; Jinja escapes it after that."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return clean(str(value)) if is_text else value


_JINJA = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
    finalize=_printable,
)
_JINJA.globals |= {"number": number}


def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _source_hash(text: str) -> str:
    """The hash by which a Content-Security-Policy allows an inline source."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
