"""A run folder as it is before anything was proposed, and what refuses it."""

from pathlib import Path

import pytest

from designer.commands.resume import load_run
from designer.config import RunConfig
from designer.errors import DesignerError
from designer.options import Consent
from designer.run.consent import sealed
from designer.run.manifest import Manifest, write_manifest
from designer.run.provenance import copy_task_files, with_provenance
from envs.make import load_task
from envs.yamlfile import TaskError

TASK = "inverted-pendulum-balance"


def started(folder: Path, task: str = TASK, **settings: object) -> Path:
    """A run folder as it is before anything was proposed."""
    run = folder / "run"
    run.mkdir()
    loaded = load_task(task)
    copy_task_files(run, loaded)
    config = RunConfig(**settings)  # type: ignore[arg-type]
    write_manifest(run, sealed(with_provenance(Manifest(task, config, {}), loaded)))
    return run


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refusal(run: Path, consent: Consent | None = None) -> str:
    with pytest.raises((DesignerError, TaskError)) as caught:
        load_run(run, consent or Consent())
    line = str(caught.value)
    assert "\n" not in line
    return line
