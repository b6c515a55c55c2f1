"""The house in figures: `python tests/house.py map`, or `words` (part of make check).

map prints one line a file, from the docstrings. words counts names that say nothing of
what they name, and fails where they are more than 1 % of all assigned names, or where
more than seven public top-level names have two homes.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("designer", "envs", "prompts", "sandbox")
# Rewards that are read as text, and hidden.py files, which all define the same names.
LEFT_OUT = ("designer/authors/examples/", "envs/tasks/")

# How something was come by, or where it stands among others; never what it is.
WORDS = """
    found known said told seen given wanted asked shown kept done got made taken meant
    named bound called what why how who which where when now here there then one ones
    other others rest whole both every some more most least much many thing things stuff
    part parts piece pieces mine ours theirs MOST LEAST MUCH MANY SAME NEAR FAR FEW REST
    ENOUGH SOME UNSURE UNSAID LATE
    """
FILLERS = frozenset(WORDS.split())
MAX_FILLERS = 0.01
MAX_SHARED_NAMES = 7


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Path inside the project and syntax tree of every file of the packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(LEFT_OUT):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def assigned(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every variable, parameter, function and class of a file."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield line, name
            case ast.arg(arg=name, lineno=line) if name != "self":
                yield line, name
            case ast.FunctionDef(name=name, lineno=line):
                yield line, name
            case ast.ClassDef(name=name, lineno=line):
                yield line, name


def fillers() -> tuple[list[tuple[str, int, str]], int]:
    """Path, line and name of each filler, and the number of all assigned names."""
    names = [
        (path, line, name) for path, tree in sources() for line, name in assigned(tree)
    ]
    return [row for row in names if row[2].lstrip("_") in FILLERS], len(names)


def shared_names() -> dict[str, list[str]]:
    """Public top-level names that more than one file defines, with those files."""
    homes: dict[str, list[str]] = {}
    for path, tree in sources():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = [node.name]
            elif isinstance(node, ast.Assign):
                names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names = [node.target.id]
            else:
                names = []
            for name in names:
                if not name.startswith("_"):
                    homes.setdefault(name, []).append(path)
    return {name: paths for name, paths in homes.items() if len({*paths}) > 1}


def print_map() -> None:
    """One line a file: its path and the first line of its docstring."""
    for path, tree in sources():
        line = (ast.get_docstring(tree) or "").partition("\n")[0].rstrip(".")
        if line and not path.endswith("__init__.py"):
            print(f"{path:38} {line}")  # noqa: T201


def check_words() -> int:
    """Print what is too much; 0 where nothing is."""
    rows, total = fillers()
    shared = shared_names()
    counts = Counter(name for _, _, name in rows).most_common()
    print(f"fillers: {len(rows)} of {total} names, {len(rows) / total:.2%}")  # noqa: T201
    print(f"names with two homes: {len(shared)} (at most {MAX_SHARED_NAMES})")  # noqa: T201
    too_many = len(rows) > MAX_FILLERS * total
    if too_many or "-v" in sys.argv:
        print(*(f"{path}:{line}: {name}" for path, line, name in rows), sep="\n")  # noqa: T201
        print(counts)  # noqa: T201
    if len(shared) > MAX_SHARED_NAMES or "-v" in sys.argv:
        print(*(f"{n}: {', '.join(paths)}" for n, paths in shared.items()), sep="\n")  # noqa: T201
    return int(too_many or len(shared) > MAX_SHARED_NAMES)


if __name__ == "__main__":
    if sys.argv[1:2] == ["map"]:
        print_map()
    else:
        sys.exit(check_words())
