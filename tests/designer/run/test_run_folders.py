"""Run folders whose files were cut, swapped or forged: used, or refused in one line."""

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.__main__ import run
from designer.commands.resume import load_run
from designer.options import Consent
from designer.search.films import film_all
from tests.designer.commands.test_recipes import Roles
from tests.designer.conftest import small

TASK = "inverted-pendulum-balance"
MINE = 'def reward(s, a, s_next):\n    return {"up": np.cos(s_next.pole_angle)}\n'
PEOPLE = ("--judge=both", "--human=synthetic", "--subgoals")
MANY, FEW = 500, 24
LONGEST_LINE = 900  # characters
SMALL_VALUES = (
    'null "eight" -1 0 3.5 NaN 1e999 1e200 [] {} true "../../x" "g07/c07" "\\ud800"'
)
VALUES = (*SMALL_VALUES.split(), "9" * 25, "9" * 9999, "[" * 5000)

Mutation = Callable[[Path, random.Random], None]


def cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content) + 1)])


def empty(path: Path, rng: random.Random) -> None:
    path.write_bytes(b"")


def double(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_bytes() * 2)


def swap_values(path: Path, rng: random.Random) -> None:
    """Put another value in the place of a number, a word in quotes, or a setting."""
    text = path.read_bytes().decode("latin-1")
    places = list(re.finditer(r'-?\d[\d.e+-]*|"[^"\n]*"|(?<=: )[\w./]+', text))
    for place in rng.sample(places[:2000], min(len(places), rng.choice((1, 1, 5)))):
        value = rng.choice(VALUES)
        text = text[: place.start()] + value + text[place.end() :]
    path.write_bytes(text.encode("latin-1"))


def flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes() or b"x")
    for _ in range(rng.choice((1, 3, 50))):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(bytes(content))


def delete(path: Path, rng: random.Random) -> None:
    path.unlink()


def into_folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("x")


def into_pipe(path: Path, rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def swap_files(path: Path, rng: random.Random) -> None:
    others = [other for other in path.parent.iterdir() if other.is_file()]
    path.write_bytes(rng.choice(others).read_bytes())


def copy_folder(path: Path, rng: random.Random) -> None:
    """Another generation, candidate or training than the run has made."""
    name = path.parent.name.rstrip("0123456789") + rng.choice(("07", "007", "x"))
    shutil.copytree(path.parent, path.parent.with_name(name), dirs_exist_ok=True)


MUTATIONS = (
    *(cut, empty, double, swap_values, swap_values, swap_values, flip),
    *(delete, into_folder, into_pipe, swap_files, copy_folder),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A finished run and one that stopped in its second generation."""
    folder, server = tmp_path_factory.mktemp("runs"), Roles()
    (folder / "mine.py").write_text(MINE)
    options = small(seeds=1, final_seeds=1, model=f"x@{server.url}")
    done, half = folder / "finished", folder / "half"
    code = run(
        ["run", TASK, *options, *PEOPLE, f"--init={folder}/mine.py", f"--out={done}"]
    )
    assert code == 0
    shutil.copytree(done, half)
    for name in ("final", "best", "result.json", "report.md", "g01/c01"):
        path = half / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    yield done, half
    server.close()


def outcome_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """The exit code of a command that ends well, or with one line of error."""
    capsys.readouterr()
    code = run(arguments)
    errors = capsys.readouterr().err.splitlines()
    assert code in (0, 2), errors
    if code == 2:
        lines = [line for line in errors if line.startswith("error: ")]
        assert len(lines) == 1, errors
        assert len(lines[0]) < LONGEST_LINE
    return code


def mutated(run_folder: Path, to: Path, seed: int) -> str:
    """A copy with one of its files changed; gives what was done."""
    rng = random.Random(seed)
    shutil.copytree(run_folder, to)
    files = sorted(path for path in to.rglob("*") if path.is_file())
    name = rng.choice(sorted({path.name for path in files}))
    path = rng.choice([path for path in files if path.name == name])
    mutation = rng.choice(MUTATIONS)
    if mutation is not copy_folder or path.parent != to:
        mutation(path, rng)
    return f"{mutation.__name__} {path.relative_to(to)}"


def seeds(count: int) -> list[Any]:
    """All of them, of which the default run takes the first."""
    return [
        pytest.param(seed, marks=[pytest.mark.slow] if seed >= count else [])
        for seed in range(MANY)
    ]


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", seeds(FEW))
def test_a_changed_run_folder_is_used_or_refused_in_one_line(
    runs: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    folder = tmp_path / "run"
    what = mutated(runs[seed % 2], folder, seed)
    code = outcome_of(["resume", str(folder)], capsys)
    if code == 0:
        result = json.loads((folder / "result.json").read_text(), parse_constant=fail)
        assert result["winner"], what
    outcome_of(["report", str(folder)], capsys)


def fail(name: str) -> None:
    pytest.fail(f"{name} is no JSON")


@pytest.fixture(scope="module")
def filmed(runs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished run with clips of all its policies."""
    pytest.importorskip("av")
    folder = tmp_path_factory.mktemp("filmed") / "run"
    shutil.copytree(runs[0], folder)
    task, manifest = load_run(folder, Consent())
    policies = folder.glob("**/s0/policy.npz")
    names = [str(path.parent.parent.relative_to(folder)) for path in policies]
    film_all(folder, task, manifest.config, print, names)
    return folder


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MANY // 5))
def test_people_are_asked_about_a_changed_run_folder_or_told_in_one_line(
    filmed: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    folder = tmp_path / "run"
    mutated(filmed, folder, MANY + seed)
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        outcome_of(["ask", str(folder), "--terminal"], capsys)
