"""What the figures of a run depend on besides its settings: the task and the versions.

Not covered: files that hidden.py reads or imports by itself.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import mujoco

from designer.config import RunConfig
from designer.errors import ConfigError
from designer.run.files import read_bytes, write_atomic
from designer.run.manifest import Manifest
from envs.bodies import BODIES, xml_path
from envs.task import Task

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "reward-designer",
    "mujoco",
    "gymnasium",
    "stable-baselines3",
    "torch",
    "numpy",
)
CODE = "designer"  # our own code that simulates and trains, by its hash
# Another one of these gives another physics or another training. Others, and another
# Python, change last digits at most.
DECISIVE = ("mujoco", "gymnasium", CODE)
DECISIVE_FOR_SB3 = ("stable-baselines3", "torch")
WAS = " was "  # between the name and the rest of a sentence about a change
DIGITS = 12  # of a hash, where people read it
MAX_COPY_BYTES = 20_000_000  # larger meshes are only hashed
SHOWN_CHARACTERS = 60


def task_files(task: Task) -> dict[str, Path]:
    """The files of a task by name: its own, the robot's XML with what it includes, and
    the module that registers its environment.
    """
    names = ("task.yaml", "hidden.py")
    files = {
        name: task.folder / name for name in names if (task.folder / name).exists()
    }
    kwargs = {**BODIES[task.env].kwargs} if task.env in BODIES else {}
    xml = str({**kwargs, **task.env_kwargs}.get("xml_file") or "")
    if xml and xml_path(xml).is_file():
        main = xml_path(xml).resolve()
        for path in mujoco.mju_getXMLDependencies(str(main)):
            place = os.path.relpath(main.parent / path, main.parent)
            files[f"xml/{place.replace('..', 'up')}"] = main.parent / path
    files |= {f"env/{path.name}": path for path in _env_sources(task.env)}
    return {re.sub(r"[^\w.+/-]", "_", name): path for name, path in files.items()}


def _env_sources(env: str) -> Iterable[Path]:
    """The Python files of `module` in module:Id."""
    module = env.rpartition(":")[0]
    spec = importlib.util.find_spec(module) if module else None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return []
    origin = Path(spec.origin)
    return (
        sorted(origin.parent.rglob("*.py")) if origin.stem == "__init__" else [origin]
    )


def versions(config: RunConfig) -> dict[str, str]:
    """Of all that may change a figure, by name."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found | {CODE: _code()}


def _code() -> str:
    total = hashlib.sha256()
    for folder in ("designer/training", "envs", "sandbox"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name != "hidden.py":
                total.update(path.read_bytes())
    return total.hexdigest()[:DIGITS]


def begun(manifest: Manifest, task: Task) -> Manifest:
    """The manifest of a new run, with its basis."""
    hashes = _hashes(task_files(task))
    return replace(manifest, versions=versions(manifest.config), task_files=hashes)


def compared(run: Path, manifest: Manifest, task: Task, accept: bool) -> Manifest:
    """The manifest with the basis of today.

    ConfigError names what differs, unless that is accepted; then changes say so.
    """
    files, today = task_files(task), versions(manifest.config)
    hashes = _hashes(files)
    before = manifest.task_files or hashes
    changed = [n for n in sorted({*before, *hashes}) if before.get(n) != hashes.get(n)]
    newer = [n for n in manifest.versions if today.get(n) != manifest.versions[n]]
    decisive = _decisive(manifest)
    refused = [_in_file(run, name, files) for name in changed] + [
        f"{name} was {manifest.versions[name]} when this run began and is "
        f"{today.get(name, 'not installed')} now"
        for name in newer
        if name in decisive
    ]
    if refused and not accept:
        raise ConfigError(
            f"{'; '.join(refused)}; figures of both can't stand in one table: put that "
            "back, or go on with --accept-changes, and the report says so"
        )
    was, day = {**before, **manifest.versions}, datetime.now().date()
    now = {**hashes, **today}
    sentences = tuple(
        f"{name}{WAS}{_short(was.get(name))} until {day}, then {_short(now.get(name))}"
        for name in (*changed, *newer)
    )
    return replace(
        manifest,
        versions=today,
        task_files=hashes,
        changes=manifest.changes + sentences,
    )


def decisive_changes(manifest: Manifest) -> tuple[str, ...]:
    """What became different so that figures before and after can't be compared."""
    harmless = {"python", *LIBRARIES} - {*_decisive(manifest)}
    changes = manifest.changes
    return tuple(s for s in changes if s.partition(WAS)[0] not in harmless)


def _decisive(manifest: Manifest) -> tuple[str, ...]:
    return DECISIVE + (DECISIVE_FOR_SB3 if manifest.config.trainer == "sb3" else ())


def keep(run: Path, task: Task) -> None:
    """Copy the task's files to task/ in the run folder; older copies stay there too."""
    for name, path in task_files(task).items():
        content, copy = path.read_bytes(), run / "task" / name
        if len(content) > MAX_COPY_BYTES:
            continue
        older = read_bytes(copy) if copy.exists() else content
        if older != content:
            write_atomic(copy.with_name(f"{copy.name}.{_hash(older)[:DIGITS]}"), older)
        write_atomic(copy, content)


def _in_file(run: Path, name: str, files: Mapping[str, Path]) -> str:
    """How a file of the task differs from the copy in the run folder."""
    copy, path = run / "task" / name, files.get(name)
    if path is None:
        return f"{name} of the task was there when this run began and is not any more"
    differs = f"{path} differs from when this run began"
    if not copy.is_file():
        return differs
    old, new = (
        content.decode("utf-8", "replace").splitlines()
        for content in (read_bytes(copy), path.read_bytes())
    )
    for number, (ours, theirs) in enumerate(zip_longest(old, new), start=1):
        if ours != theirs:
            return f"{differs} (line {number}: {_clip(ours)} is now {_clip(theirs)})"
    return differs


def _clip(line: str | None) -> str:
    text = ascii((line or "").strip())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _short(value: str | None) -> str:
    """A version, or the first digits of a hash."""
    return (
        "not there" if value is None else value[:DIGITS] if len(value) == 64 else value
    )


def _hashes(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: _hash(path.read_bytes()) for name, path in files.items()}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
