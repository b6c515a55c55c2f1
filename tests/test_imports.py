"""The arrows between the packages, and what --help may load."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from designer.config import Sandboxed
from sandbox import Sandbox

ROOT = Path(__file__).parent.parent
OURS = {"designer", "envs", "prompts", "sandbox"}
ALLOWED = {
    "designer": OURS,
    "envs": {"envs"},
    "prompts": {"prompts"},
    "sandbox": {"sandbox"},
}
HOMES = {
    "torch": {"designer/training/sb3.py"},
    "stable_baselines3": {"designer/training/sb3.py"},
    "openai": {"designer/llm/openai_client.py"},
    "litellm": {"designer/llm/litellm_client.py"},
    "av": {"designer/clips/encode.py"},
    "uvicorn": {"designer/web/serve.py"},
    "starlette": {"designer/web/app.py", "designer/web/guards.py"},
}
FILES = sorted(p for name in OURS for p in (ROOT / name).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level names of all that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(OURS))
def test_packages_import_along_the_arrows_only(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        wrong = (imported(path) & OURS) - ALLOWED[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_heavy_library_has_one_home(library: str) -> None:
    users = {str(p.relative_to(ROOT)) for p in FILES if library in imported(p)}
    assert users == HOMES[library]


def loaded(name: str) -> set[str]:
    """What a module of the sandbox imports, and the modules of ours that it imports."""
    mine, waiting, names = set(), [name], set()
    while waiting:
        name = waiting.pop()
        if name in mine:
            continue
        mine.add(name)
        path = ROOT / "sandbox" / f"{name}.py"
        names |= imported(path)
        waiting += re.findall(r"^from sandbox\.(\w+) import", path.read_text(), re.M)
        waiting += re.findall(r"^from sandbox import (\w+)$", path.read_text(), re.M)
    return names


def test_the_reward_process_needs_only_numpy() -> None:
    names = loaded("child")
    assert names - set(sys.stdlib_module_names) == {"numpy", "sandbox"}


def test_the_process_that_reads_replies_needs_nothing() -> None:
    assert loaded("reading") - set(sys.stdlib_module_names) == {"sandbox"}


def test_the_trusted_side_never_parses_what_a_model_wrote() -> None:
    inside = {"arrays", "check", "extract", "reading", "scopes", "sets", "syntax"}
    parsers = {
        path.relative_to(ROOT)
        for path in FILES
        if imported(path) & {"ast", "symtable", "codeop"}
    }
    assert {path.stem for path in parsers if path.parts[0] == "sandbox"} <= inside
    assert not [path for path in parsers if path.parts[0] != "sandbox"]


def test_the_command_line_names_the_same_walls_as_the_sandbox() -> None:
    assert get_args(Sandboxed) == get_args(Sandbox)


def test_help_loads_no_heavy_module() -> None:
    code = (
        "import sys; from designer.__main__ import run; run(['--help']);"
        "heavy = {'torch', 'mujoco', 'numpy', 'openai', 'litellm'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage: designer" in done.stdout


def test_no_file_is_longer_than_300_lines() -> None:
    tests = (ROOT / "tests").rglob("*.py")
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (*FILES, *tests)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long
