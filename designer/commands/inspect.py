"""designer inspect: a task.yaml to start from, for an environment or a robot."""

from pathlib import Path
from typing import Any

import yaml

from designer.errors import ConfigError
from envs.inspect import starter_task, write_starter


def inspect_env(
    env_or_xml: str, folder: Path | None, env_kwargs: str
) -> tuple[list[str], str]:
    """The files that were written into folder, and the text for the screen."""
    kwargs = _read_kwargs(env_kwargs)
    if folder is None:
        return [], starter_task(env_or_xml, Path.cwd(), kwargs)
    files = write_starter(env_or_xml, folder, kwargs)
    warnings = _warnings(files[0].read_text(encoding="utf-8"))
    names = [str(path) for path in files]
    rest = "say in them what the robot should do, then: designer run"
    lines = [f"wrote {' and '.join(names)}; {rest} {folder}", *warnings]
    return names, "\n".join(lines) + "\n"


def _warnings(text: str) -> list[str]:
    """The comments of a task.yaml that warn, each with all its lines as one."""
    whole = text.replace("\n#   ", " ").splitlines()
    return [line for line in whole if line.startswith(("# WARNING", "# UNSTABLE"))]


def _read_kwargs(text: str) -> dict[str, Any]:
    try:
        kwargs = yaml.safe_load(text)
    except yaml.YAMLError:
        kwargs = None
    if not isinstance(kwargs, dict):
        raise ConfigError(
            f"--env-kwargs must be a mapping in YAML, like '{{frame_skip: 2}}', got "
            f"{text!r}"
        )
    return {str(name): setting for name, setting in kwargs.items()}
