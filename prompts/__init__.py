"""Renders the prompts for the model; each is a Jinja file in this folder."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

_FOLDER = Path(__file__).parent
_JINJA = Environment(
    loader=FileSystemLoader(_FOLDER),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # plain text for a model, not HTML
)


def fenced(code: str, language: str = "python") -> str:
    """The code as a Markdown block, with a fence longer than any inside the code."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.strip()}\n{fence}"


_JINJA.filters["fenced"] = fenced


class PromptError(Exception):
    """A template's variables don't match those that were passed."""


def render(name: str, **variables: Any) -> str:
    """The text of prompts/<name>.jinja; PromptError unless the variables match."""
    expected = _variables(name)
    if missing := expected - set(variables):
        raise PromptError(f"prompts/{name}.jinja needs {_listed(missing)}")
    if unused := set(variables) - expected:
        raise PromptError(f"prompts/{name}.jinja does not use {_listed(unused)}")
    text = _JINJA.get_template(f"{name}.jinja").render(variables).strip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)  # empty blocks leave blank lines


def _variables(name: str) -> set[str]:
    """Names of the variables that a template and its includes read."""
    text = (_FOLDER / f"{name}.jinja").read_text(encoding="utf-8")
    tree = _JINJA.parse(text)
    names = set(meta.find_undeclared_variables(tree))
    for included in meta.find_referenced_templates(tree):
        if included is not None:
            names |= _variables(included.removesuffix(".jinja"))
    return names


def _listed(names: set[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
