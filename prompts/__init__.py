"""What is said to the model. Every text is a Jinja file beside this one."""

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


def fenced(code: str) -> str:
    """The code as a Markdown block, in a fence that nothing inside can end."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{code.strip()}\n{fence}"


_JINJA.filters["fenced"] = fenced


class PromptError(Exception):
    """A template was given a variable too few or too many."""


def render(name: str, **variables: Any) -> str:
    """The text of prompts/<name>.jinja; PromptError unless the variables fit."""
    wanted = _variables(name)
    if missing := wanted - set(variables):
        raise PromptError(f"prompts/{name}.jinja needs {_listed(missing)}")
    if unused := set(variables) - wanted:
        raise PromptError(f"prompts/{name}.jinja does not use {_listed(unused)}")
    text = _JINJA.get_template(f"{name}.jinja").render(variables).strip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)  # what empty blocks leave behind


def _variables(name: str) -> set[str]:
    """Names that a template and all it includes read."""
    text = (_FOLDER / f"{name}.jinja").read_text(encoding="utf-8")
    tree = _JINJA.parse(text)
    found = set(meta.find_undeclared_variables(tree))
    for other in meta.find_referenced_templates(tree):
        if other is not None:
            found |= _variables(other.removesuffix(".jinja"))
    return found


def _listed(names: set[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
