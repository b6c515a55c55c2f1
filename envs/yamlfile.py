"""YAML that knows its line numbers, so that an error can say file and line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str, ...]


class TaskError(Exception):
    """A task, recipe or field is not as expected; one line with file and line."""


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping and the line of every key in it."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[Key, int]

    def error(self, key: Key, message: str) -> TaskError:
        """An error that names the file and the line of key (or of its parent)."""
        while key and key not in self.lines:
            key = key[:-1]
        return TaskError(f"{self.path}:{self.lines.get(key, 1)}: {message}")

    def section(self, key: Key, value: Any, allowed: Collection[str]) -> dict[str, Any]:
        """Value as a mapping with allowed keys only."""
        where = ".".join(key) or "the file"
        if not isinstance(value, Mapping):
            raise self.error(key, f"{where} must be a mapping, got {value!r}")
        for name in value:
            if name not in allowed:
                raise self.error(
                    (*key, name),
                    f"unknown key '{name}' in {where}; {nearest(name, allowed)}",
                )
        return dict(value)


def nearest(name: str, allowed: Collection[str]) -> str:
    """'did you mean x?' where something is near, else the list of valid names."""
    close = get_close_matches(name, allowed, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return "valid: " + ", ".join(sorted(allowed))


def read(path: Path) -> Document:
    """Parse a YAML mapping; TaskError with file and line when that fails."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TaskError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TaskError(f"{path}: can't be read as YAML: {error}") from None
    if not isinstance(root, yaml.MappingNode):
        raise TaskError(f"{path}:1: expected a mapping of settings")
    lines: dict[Key, int] = {}
    data = _plain(root, (), lines, path)
    return Document(path, data, lines)


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int], path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = str(key_node.value)
            line = key_node.start_mark.line + 1
            if name in result:
                raise TaskError(f"{path}:{line}: key '{name}' appears twice")
            lines[(*key, name)] = line
            result[name] = _plain(value_node, (*key, name), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, key, lines, path) for item in node.value]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    finally:
        loader.dispose()
