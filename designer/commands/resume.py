"""designer resume: go on with a run where it stopped."""

from dataclasses import replace
from pathlib import Path

from designer.commands.opening import FinishedRun
from designer.commands.run import run_search, with_list_price
from designer.config import checked_config
from designer.errors import ConfigError
from designer.options import LOCAL, Consent, NewLimits, PoolConfig
from designer.run.consent import sealed, with_consent
from designer.run.files import require_plain
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, read_manifest, write_manifest
from designer.run.provenance import compare_provenance, copy_task_files
from designer.training.trial import try_task
from envs.make import load_task
from envs.task import Task


def resume_run(
    path: Path,
    limits: NewLimits,
    consent: Consent,
    pool_config: PoolConfig = LOCAL,
) -> FinishedRun:
    """Go on with a run where it stopped; a finished one is only reported again."""
    if not (path / "config.yaml").exists():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    store = RunStore(path)
    with store.locked():
        task, manifest = load_run(store.path, consent)
        warnings = () if store.is_finished() else try_task(task, manifest.config.seed)
        keep_consent(store.path, task, manifest)
        new_limits = {key: value for key, value in vars(limits).items() if value}
        config = with_list_price(checked_config(replace(manifest.config, **new_limits)))
        manifest = replace(manifest, config=config)
        return run_search(task, manifest, store, warnings, pool_config)


def keep_consent(path: Path, task: Task, manifest: Manifest) -> None:
    """Write down what the user has just agreed to, if it is new."""
    if sealed(manifest) != read_manifest(path):
        copy_task_files(path, task)
        write_manifest(path, sealed(manifest))


def load_run(
    path: Path, consent: Consent, trains: bool = True
) -> tuple[Task, Manifest]:
    """Task and manifest of a run folder, as they are today; trains: see with_consent.

    ConfigError or StoreError for a folder that can't be trusted or doesn't fit.
    """
    if not path.is_dir():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    require_plain(path)
    manifest = with_consent(path, read_manifest(path), consent, trains)
    folder = Path(manifest.task)
    is_moved = folder.is_absolute() and not (folder / "task.yaml").is_file()
    if is_moved and not consent.task:
        raise ConfigError(
            f"the task of this run is not at {folder} any more; say where it is: "
            "--task FOLDER (one that holds a task.yaml)"
        )
    task = load_task(manifest.task, measured=manifest.config.judge != "people")
    return task, compare_provenance(path, manifest, task, consent.accept_changes)
