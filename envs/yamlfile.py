"""Reads YAML with line numbers, so that errors can name file and line."""

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str, ...]


class TaskError(Exception):
    """A task, recipe or field is faulty; the message is one line with file and line."""


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping and the line of every key in it."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[Key, int]

    def error(self, key: Key, message: str) -> TaskError:
        """An error with the file and the line of key, or of its nearest parent."""
        while key and key not in self.lines:
            key = key[:-1]
        return TaskError(f"{self.path}:{self.lines.get(key, 1)}: {message}")

    def section(self, key: Key, value: Any, allowed: Collection[str]) -> dict[str, Any]:
        """The value as a mapping; TaskError unless it has only allowed keys."""
        section_name = ".".join(key) or "the file"
        if not isinstance(value, Mapping):
            message = f"{section_name} must be a mapping, got {_clip(value)}"
            raise self.error(key, message)
        for name in value:
            if name not in allowed:
                hint = did_you_mean(name, allowed)
                message = f"unknown key {_clip(name)} in {section_name}; {hint}"
                raise self.error((*key, name), message)
        return dict(value)


def _clip(value: object) -> str:
    """A value for an error message, shortened if it is long."""
    text = repr(value) if not isinstance(value, Exception) else str(value)
    is_long = len(text) > MAX_VALUE_CHARACTERS
    return f"{text[:MAX_VALUE_CHARACTERS]}..." if is_long else text


def did_you_mean(name: str, allowed: Collection[str]) -> str:
    """'did you mean x?' where an allowed name is similar, else a list of all."""
    close = get_close_matches(name, allowed, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return "valid: " + ", ".join(sorted(allowed))


def is_finite(value: Any) -> bool:
    """Whether a value of a YAML file is a number, and neither nan nor infinite."""
    # Unlike math.isfinite, a comparison takes whole numbers of any length.
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def as_count(value: Any) -> int | None:
    """A whole number, which may be written 1e5 or 64.0; None where it is none."""
    return int(value) if is_finite(value) and value == int(value) else None


MAX_VALUE_CHARACTERS = 60  # of a value in an error line
MAX_YAML_BYTES = 300_000  # longer than any task; PyYAML reads about 100 kB a second


class _Loader(yaml.SafeLoader):
    """Refuses aliases, with which a few lines can stand for billions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            problem = "aliases (*name) can't be used here"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark())
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes YAML that _Loader reads as the same data."""


# PyYAML follows YAML 1.1, which reads 3e5 and 3.0e5 as text.
EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")
for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver(
        "tag:yaml.org,2002:float", EXPONENT, list("-+0123456789")
    )


def dump(data: Mapping[str, Any]) -> str:
    """A mapping as YAML, keys in its own order."""
    return yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False)


def read_yaml(path: Path) -> Document:
    """Parse a YAML mapping; TaskError with file and line when that fails."""
    lines: dict[Key, int] = {}
    try:
        if not path.exists():
            raise TaskError(f"{path}: no such file")
        if not path.is_file() or path.stat().st_size > MAX_YAML_BYTES:
            raise TaskError(
                f"{path}: expected a file of at most {MAX_YAML_BYTES} bytes"
            )
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
        if not isinstance(root, yaml.MappingNode):
            raise TaskError(f"{path}:1: expected a mapping of settings")
        data = _plain(root, (), lines, path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = f"{error.problem}{_quotes_hint(error)}"
        raise TaskError(f"{path}:{line}: not valid YAML: {reason}") from None
    except RecursionError:
        raise TaskError(f"{path}: can't be read as YAML: too deeply nested") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TaskError(f"{path}: can't be read as YAML: {error}") from None
    return Document(path, data, lines)


def _quotes_hint(error: yaml.MarkedYAMLError) -> str:
    """What to do where a bracket, as of an index, ends a text too early."""
    if not str(error.problem).endswith("but got '['"):
        return ""
    return "; quote text with brackets that stands in {...} or [...]: 'up[2] < 0.3'"


def _plain(node: yaml.Node, key: Key, lines: dict[Key, int], path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise TaskError(f"{path}:{line}: a key must be a word or a number")
            name = str(key_node.value)
            if name in result:
                raise TaskError(f"{path}:{line}: key {_clip(name)} appears twice")
            lines[(*key, name)] = line
            result[name] = _plain(value_node, (*key, name), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, key, lines, path) for item in node.value]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (ValueError, KeyError) as error:  # a date or a number that can't be
        place = f"{path}:{node.start_mark.line + 1}"
        reason = f"{_clip(node.value)} is no value: {_clip(error)}"
        raise TaskError(f"{place}: {reason}") from None
    finally:
        loader.dispose()
