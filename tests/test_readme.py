"""The README's map is complete and its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROBOT = """\
<mujoco>
  <worldbody>
    <body name="cart">
      <joint name="rail" type="slide" axis="1 0 0"/>
      <geom size="0.1" mass="1"/>
    </body>
  </worldbody>
  <actuator><motor joint="rail" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
MAP = README.split("## Map")[1].split("\n## ")[0]


def test_every_file_is_on_the_map() -> None:
    files = [
        path
        for package in ("designer", "envs", "prompts", "sandbox")
        for kind in ("*.py", "*.jinja", "*.yaml")
        for path in (ROOT / package).rglob(kind)
        if path.name != "__init__.py"
        and not {"tasks", "recipes", "examples"} & set(path.parts)
    ]
    missing = [p for p in files if f"{p.name} " not in MAP]
    assert not missing


def test_the_map_names_only_files_that_exist() -> None:
    names = re.findall(r"^ +(\S+\.(?:py|jinja|yaml)) ", MAP, flags=re.MULTILINE)
    missing = [name for name in names if not list(ROOT.glob(f"[!.]*/**/{name}"))]
    assert len(names) > 50
    assert not missing


def test_the_readme_s_own_task_runs(tmp_path: Path) -> None:
    section = README.split("## Bring your own task")[1]
    (tmp_path / "task.yaml").write_text(section.split("```yaml\n")[1].split("```")[0])
    (tmp_path / "hidden.py").write_text(section.split("```python\n")[1].split("```")[0])
    options = "--candidates=1 --generations=1 --steps=2048 --seeds=1 --final-seeds=1"
    done = subprocess.run(
        [sys.executable, "-m", "designer", "run", str(tmp_path), *options.split()],
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
    options = "--candidates=1 --generations=1 --steps=2048 --seeds=1 --final-seeds=1"
    (tmp_path / "script").write_text(
        f'set -e\ndesigner() {{ "{sys.executable}" -m designer "$@"; }}\n'
        + script.replace("run ./my-robot", f"run ./my-robot {options}")
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
