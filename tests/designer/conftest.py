"""A whole search that takes seconds, as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import pytest

from envs.make import load_task, task_names

# A shell that starts the tests in the background has Ctrl-C ignored, and so would they.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session", autouse=True)
def own_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The secret and the stored scores lie in folders of the tests, not of the user."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("configuration"))
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


def small(**changes: int | str) -> list[str]:
    """Options of a search that takes seconds; its final policies are not filmed."""
    options = {"candidates": 2, "generations": 2, "steps": 2048, "seeds": 2}
    options |= {"final_seeds": 2, "episodes": 2, **changes}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return [*flags, "--no-film"]


def slow_but(fast: Collection[str], names: Iterable[str]) -> list[Any]:
    """Names to parametrize with, slow but for some."""
    return [
        name if name in fast else pytest.param(name, marks=pytest.mark.slow)
        for name in names
    ]


def every_task() -> list[Any]:
    """Names of all tasks, to parametrize with; of each robot all but one are slow."""
    first = {load_task(name).env: name for name in reversed(task_names())}
    return slow_but(first.values(), task_names())


Designer = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    """The environment of a user who has no key."""
    kept = {k: v for k, v in os.environ.items() if k != "OPENAI_API_KEY"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


@pytest.fixture
def designer(tmp_path: Path) -> Designer:
    """The command line, run in an empty folder."""

    def call(
        *arguments: str, stdin: str = "", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "designer", *arguments],
            cwd=tmp_path,
            env=environment() | changes,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


def wait_for(path: Path, process: subprocess.Popen[Any]) -> None:
    """Until path is there; fails if the process ends before or 20 s pass."""
    deadline = time.monotonic() + 20
    while not path.exists():
        assert process.poll() is None, f"ended without {path}"
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.05)


def figures(path: Path) -> dict[str, Any]:
    """A run's result without its wall times."""
    result = json.loads((path / "result.json").read_text())
    for row in result["table"]:
        del row["seconds"]
    return dict(result)
