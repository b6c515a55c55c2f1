"""The README names every room, and its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROBOT = README.split("```xml\n")[1].split("```")[0]
QUICK = (
    "--candidates=1 --generations=1 --steps=2048 --seeds=1 --final-seeds=1 --no-film"
)
ROOMS = README.split("## Rooms")[1].split("\n## ")[0]


def test_every_room_is_in_the_readme() -> None:
    rooms = {
        path.parent
        for package in ("designer", "envs", "prompts", "sandbox")
        for path in (ROOT / package).glob("*/*.py")
    }
    # Files that a package's own line stands for.
    rooms -= {ROOT / "envs" / "bodies"}
    missing = [room.name for room in rooms if f"{room.name}/ " not in ROOMS]
    assert not missing


def test_the_readme_names_only_rooms_that_exist() -> None:
    named = re.findall(r"(\w[\w/]*)/ ", ROOMS)
    tops = (ROOT, ROOT / "designer", ROOT / "envs")
    places = [[top / name for top in tops] for name in named]
    assert len(named) > 15
    assert all(any(place.is_dir() for place in pair) for pair in places)


def test_the_map_has_one_line_a_file() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "house.py"), "map"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert "designer/search/plan.py" in done.stdout
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_the_readme_s_own_task_runs(tmp_path: Path) -> None:
    section = README.split("## Bring your own task")[1]
    (tmp_path / "task.yaml").write_text(section.split("```yaml\n")[1].split("```")[0])
    (tmp_path / "hidden.py").write_text(section.split("```python\n")[1].split("```")[0])
    done = subprocess.run(
        [sys.executable, "-m", "designer", "run", str(tmp_path), *QUICK.split()],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_s_own_robot_runs(tmp_path: Path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    script = README.split("```sh\n")[1].split("```")[0]
    (tmp_path / "script").write_text(
        f'set -e\ndesigner() {{ "{sys.executable}" -m designer "$@"; }}\n'
        + script.replace("run ./my-robot", f"run ./my-robot {QUICK}")
    )
    done = subprocess.run(
        ["bash", "script"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(script.splitlines()) <= 10


def test_the_readme_s_own_environment_runs(tmp_path: Path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    module = README.split("```python\nimport gymnasium\n")[1].split("```")[0]
    assert sum(map(bool, module.splitlines())) < 30
    (tmp_path / "cartlab.py").write_text(f"import gymnasium\n{module}")
    run = "run ./my-cart --candidates=1 --generations=1 --steps=2048 --seeds=1"
    for command in (
        "inspect cartlab:Cart-v0 --folder my-cart",
        f"{run} --final-seeds=1",
    ):
        done = subprocess.run(
            [sys.executable, "-m", "designer", *command.split()],
            cwd=tmp_path,
            env={"PYTHONPATH": f"{ROOT}:.", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_every_command_named_in_the_readme_exists() -> None:
    named = set(re.findall(r"designer (\w+) ", README))
    done = subprocess.run(
        [sys.executable, "-m", "designer", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    known = set(re.findall(r"^│ (\w+) ", done.stdout, flags=re.MULTILINE))
    assert named & known == named
