"""config.yaml of a run: its settings, and what else its figures depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from designer.config import RunConfig, checked_config
from designer.errors import ConfigError
from designer.run.files import write_atomic
from designer.run.settings import settings_from, typed_value
from designer.typed import Pattern
from envs.make import task_names
from envs.yamlfile import dump, read_yaml

MANIFEST_FILE = "config.yaml"
Word = Annotated[str, Pattern(r"[\w.+/!-]{1,1000}", "a word without spaces")]
Line = Annotated[str, Pattern(r"[^\x00-\x1f\x7f-\x9f]{0,4000}", "one line of text")]
KEY_TYPES = {
    "task": Line,
    "versions": dict[Word, Word],
    "task_files": dict[Word, Word],
    "changes": tuple[Line, ...],
    "seal": Line,
}


@dataclass(frozen=True)
class Manifest:
    """All that the figures of a run depend on.

    task: name of a built-in task, or the absolute path of a folder. versions: of the
    libraries, by name. task_files: SHA-256 of the task's files, by name; empty for an
    older run. changes: sentences about changes of these during the run, which the user
    accepted. seal: of the user who started the run, on this machine; see consent.py.
    """

    task: str
    config: RunConfig
    versions: Mapping[str, str]
    task_files: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    seal: str = ""


def write_manifest(run: Path, manifest: Manifest) -> None:
    """Write config.yaml; its `init` names the copies of initial rewards in init/."""
    data: dict[str, Any] = {"task": manifest.task, **manifest.config.to_json()}
    data["init"] = [f"init/{k:02d}.py" for k in range(len(manifest.config.init))]
    # They come last, so that a file that was cut off lacks them.
    data["versions"] = dict(manifest.versions)
    data["task_files"] = dict(manifest.task_files)
    data["changes"] = list(manifest.changes)
    data["seal"] = manifest.seal
    write_atomic(run / MANIFEST_FILE, dump(data))


def read_manifest(run: Path) -> Manifest:
    """The manifest in a run folder; ConfigError or TaskError with file and line."""
    path = run / MANIFEST_FILE
    if not path.is_file():
        raise ConfigError(f"{run} is not a run folder: it has no {MANIFEST_FILE}")
    document = read_yaml(path)
    values = {
        key: typed_value(document, key, kind, document.data[key])
        for key, kind in KEY_TYPES.items()
        if key in document.data
    }
    settings = settings_from(document, KEY_TYPES)
    for key in ("task", "versions"):
        if not values.get(key):
            raise ConfigError(f"{path}: '{key}' is missing; the file is cut off")
    try:
        config = checked_config(RunConfig(**settings))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if values["task"] not in task_names():
        folder = path.absolute().parent / Path(values["task"]).expanduser()
        values["task"] = str(folder.resolve())
    return Manifest(config=config, **values)
