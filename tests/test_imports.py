"""The arrows between packages, rooms and files, and what --help may load."""

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
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
    # One trains, the other saves a policy as stable-baselines3 does.
    "torch": {"designer/training/sb3.py", "designer/export/sb3_zip.py"},
    "stable_baselines3": {"designer/training/sb3.py", "designer/export/sb3_zip.py"},
    "openai": {"designer/llm/openai_client.py"},
    "ray": {"designer/training/ray_pool.py"},
    "litellm": {"designer/llm/litellm_client.py"},
    "tensorboard": {"designer/training/event_files.py"},
    "av": {"designer/clips/encode.py"},
    "uvicorn": {"designer/web/serve.py"},
    "starlette": {
        "designer/web/app.py",
        "designer/web/guards.py",
        "designer/web/site.py",
    },
}
# Of a whole folder each; nothing outside imports them before they are wanted.
ROOMS_OF_JAX = ("designer/training/mjx/", "envs/mjx/")
FILES = sorted(p for name in OURS for p in (ROOT / name).rglob("*.py"))
Graph = Mapping[str, set[str]]


def module(path: Path) -> str:
    """The dotted name of a file; of __init__.py that of its folder."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def imported(path: Path) -> set[str]:
    """Top-level names of all that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def arrows(source: str) -> set[str]:
    """The modules of ours that a source imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not read here"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            # What is no module is a name that the module itself defines.
            names |= {name if name in MODULES else str(node.module) for name in inside}
    return names & MODULES.keys()


def room(name: str) -> str:
    """The folder that a module lies in; a file at the top of designer is its own."""
    top, *rest = name.split(".")
    return f"{top}.{rest[0]}" if top == "designer" and rest else top


def circle(graph: Graph) -> list[str]:
    """Nodes that lead back to the first of them; [] where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Which module imports which."""
    return {
        name: arrows(path.read_text(encoding="utf-8")) for name, path in MODULES.items()
    }


def test_arrows_are_seen_in_functions_and_to_modules_named_as_attributes() -> None:
    source = "from envs import make\ndef f():\n    import designer.run.files as x\n"
    assert arrows(source) == {"envs.make", "designer.run.files"}
    assert arrows("from envs.make import load_task\nimport numpy") == {"envs.make"}
    assert [room(name) for name in ("designer.run.files", "designer.cli")] == [
        "designer.run",
        "designer.cli",
    ]
    assert room("envs.bodies.hopper") == "envs"


def test_a_circle_is_named() -> None:
    there_and_back = {"a": {"b"}, "b": {"c"}, "c": {"b"}}
    assert set(circle(there_and_back)) == {"b", "c"}
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_files_import_each_other_in_no_circle(graph: Graph) -> None:
    assert circle(graph) == []


def test_rooms_import_each_other_in_no_circle(graph: Graph) -> None:
    rooms: dict[str, set[str]] = {}
    for name, imports in graph.items():
        rooms.setdefault(room(name), set()).update(map(room, imports))
    assert circle({name: imports - {name} for name, imports in rooms.items()}) == []


def test_authors_never_import_the_hidden_side(graph: Graph) -> None:
    authors = {name for name in graph if room(name) == "designer.authors"}
    assert len(authors) > 5
    assert not [name for name in authors if "envs.hidden" in graph[name]]


@pytest.mark.parametrize("package", sorted(OURS))
def test_packages_import_along_the_arrows_only(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        wrong = (imported(path) & OURS) - ALLOWED[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_heavy_library_has_one_home(library: str) -> None:
    users = {str(p.relative_to(ROOT)) for p in FILES if library in imported(p)}
    assert users == HOMES[library]


def test_jax_has_two_rooms() -> None:
    users = {str(p.relative_to(ROOT)) for p in FILES if "jax" in imported(p)}
    assert all(user.startswith(ROOMS_OF_JAX) for user in users), users
    assert {user.rpartition("/")[0] + "/" for user in users} == {*ROOMS_OF_JAX}


def test_nothing_leads_to_the_rooms_of_jax_but_themselves(graph: Graph) -> None:
    inside = tuple(room.rstrip("/").replace("/", ".") for room in ROOMS_OF_JAX)
    outside = {
        name: imports for name, imports in graph.items() if not name.startswith(inside)
    }
    free = {"envs.mjx.differences"}  # which computes on MuJoCo's own model
    for name, imports in outside.items():
        assert not [i for i in imports - free if i.startswith(inside)], name


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
    inside = {"arrays", "check", "columns", "extract", "reading", "scopes", "sets"}
    inside |= {"reductions", "signature", "syntax"}
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
