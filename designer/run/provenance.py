"""The provenance of a run's figures: the task's files and the libraries' versions.

Not covered: files that hidden.py reads or imports by itself.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import mujoco

from designer.errors import ConfigError
from designer.run.files import read_bytes, write_atomic
from designer.run.manifest import Manifest
from envs.bodies import BODIES, xml_path
from envs.task import Task

ROOT = Path(__file__).parents[2]
RECORDED_LIBRARIES = (
    "reward-designer",
    "mujoco",
    "gymnasium",
    "stable-baselines3",
    "torch",
    "jax",
    "jaxlib",
    "mujoco-mjx",
    "warp-lang",
    "numpy",
)
OWN_CODE = "designer"  # our own code that simulates and trains, by its hash
TRAINS = (
    *("designer/training", "designer/run/seeds.py", "envs", "sandbox"),
    *(f"designer/rewards/{name}.py" for name in ("sources", "graphs", "bank")),
)
SEARCHES = (*TRAINS, "designer/selection", "designer/search/session.py")
# With another version of these, physics or training differ. Another version of the
# others, or of Python, changes last digits at most.
DECISIVE = ("mujoco", "gymnasium", OWN_CODE)
DECISIVE_FOR: Mapping[str, tuple[str, ...]] = {
    "sb3": ("stable-baselines3", "torch"),
    "mjx": ("jax", "jaxlib", "mujoco-mjx", "warp-lang"),
}
WAS = " was "  # between the name and the rest of a sentence about a change
HASH_DIGITS = 12  # of a hash, where people read it
MAX_COPY_BYTES = 20_000_000  # larger meshes are only hashed
MAX_QUOTED_CHARACTERS = 60


def task_files(task: Task) -> dict[str, Path]:
    """The files of a task by name.

    They are its own, the robot's XML with the files that it includes, and the module
    that registers its environment.
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


def library_versions(own: Sequence[str] = SEARCHES) -> dict[str, str]:
    """Versions of all that may change a figure, by name; of our own code its hash.

    own: files and folders of ours that decide it.
    """
    installed = {"python": platform.python_version()}
    for name in RECORDED_LIBRARIES:
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    code = hashlib.sha256()
    for place in (ROOT / name for name in own):
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if path.name != "hidden.py":
                code.update(path.read_bytes())
    return installed | {OWN_CODE: code.hexdigest()[:HASH_DIGITS]}


def with_provenance(manifest: Manifest, task: Task) -> Manifest:
    """The manifest of a new run, with today's versions and hashes of task files."""
    hashes = _hashes(task_files(task))
    return replace(manifest, versions=library_versions(), task_files=hashes)


def compare_provenance(
    run: Path, manifest: Manifest, task: Task, accept: bool
) -> Manifest:
    """The manifest with today's versions and hashes of task files.

    ConfigError names the differences that change figures, unless they are accepted;
    then the manifest's changes list them.
    """
    files, versions = task_files(task), library_versions()
    hashes = _hashes(files)
    old_versions, old_hashes = manifest.versions, manifest.task_files or hashes
    changed_files = [
        name
        for name in sorted({*old_hashes, *hashes})
        if old_hashes.get(name) != hashes.get(name)
    ]
    changed_versions = [n for n in old_versions if versions.get(n) != old_versions[n]]
    decisive = decisive_libraries(manifest.config.trainer)
    problems = [_file_change(run, name, files) for name in changed_files] + [
        f"{name} was {old_versions[name]} when this run began and is "
        f"{versions.get(name, 'not installed')} now"
        for name in changed_versions
        if name in decisive
    ]
    if problems and not accept:
        raise ConfigError(
            f"{'; '.join(problems)}; figures of both can't stand in one table: put "
            "that back, or go on with --accept-changes, and the report says so"
        )
    before, after = {**old_hashes, **old_versions}, {**hashes, **versions}
    day = datetime.now().date()
    sentences = tuple(
        f"{name}{WAS}{_short(before.get(name))} until {day}, "
        f"then {_short(after.get(name))}"
        for name in (*changed_files, *changed_versions)
    )
    return replace(
        manifest,
        versions=versions,
        task_files=hashes,
        changes=manifest.changes + sentences,
    )


def decisive_changes(manifest: Manifest) -> tuple[str, ...]:
    """The changes under which figures before and after can't be compared."""
    harmless = {"python", *RECORDED_LIBRARIES} - {
        *decisive_libraries(manifest.config.trainer)
    }
    return tuple(
        change
        for change in manifest.changes
        if change.partition(WAS)[0] not in harmless
    )


def decisive_libraries(trainer: str) -> tuple[str, ...]:
    """The libraries whose version decides what a trainer makes of a reward."""
    return DECISIVE + DECISIVE_FOR.get(trainer, ())


def copy_task_files(run: Path, task: Task) -> None:
    """Copy the task's files to task/ in the run folder; older copies stay there too."""
    for name, path in task_files(task).items():
        content, copy = path.read_bytes(), run / "task" / name
        if len(content) > MAX_COPY_BYTES:
            continue
        older = read_bytes(copy) if copy.exists() else content
        if older != content:
            write_atomic(
                copy.with_name(f"{copy.name}.{_hash(older)[:HASH_DIGITS]}"), older
            )
        write_atomic(copy, content)


def _file_change(run: Path, name: str, files: Mapping[str, Path]) -> str:
    """A sentence on how a file of the task differs from the copy in the run folder."""
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
    for number, (before, after) in enumerate(zip_longest(old, new), start=1):
        if before != after:
            return (
                f"{differs} (line {number}: {_quoted(before)} is now {_quoted(after)})"
            )
    return differs


def _quoted(line: str | None) -> str:
    text = ascii((line or "").strip())
    return (
        text
        if len(text) <= MAX_QUOTED_CHARACTERS
        else f"{text[:MAX_QUOTED_CHARACTERS]}..."
    )


def _short(value: str | None) -> str:
    """A version, the first digits of a hash, or 'not there'."""
    return (
        "not there"
        if value is None
        else value[:HASH_DIGITS]
        if len(value) == 64
        else value
    )


def _hashes(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: _hash(path.read_bytes()) for name, path in files.items()}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
