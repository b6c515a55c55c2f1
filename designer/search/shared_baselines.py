"""Baselines of one run that another run of the same batch has trained already.

The task's own rewards are trained on seeds that derive from the run's seed, so runs
that differ in recipe or model alone would train the same twice, bit for bit.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from designer.errors import StoreError
from designer.rewards.sources import BASELINES
from designer.run.candidates import SeedResult
from designer.run.files import read_bytes, write_atomic
from designer.run.folder import RunStore
from designer.run.manifest import MANIFEST_FILE, Manifest, read_manifest
from designer.training.event_files import write_event_file
from designer.training.learner import whole_rollouts
from designer.training.results import RESULT_FILES, load_result

# What a baseline's training and judgement depend on, beside task and versions.
DECISIVE_SETTINGS = (
    *("seed", "steps", "episodes", "judge"),
    *("trainer", "algo", "engine", "envs"),
)
OTHER_FILES = ("log.txt", "monitor.csv", "checkpoint.npz")  # that a training leaves


def copy_baselines(
    store: RunStore, manifest: Manifest, others: Iterable[Path], task_steps: int
) -> int:
    """Copy finished trainings of baselines from other run folders; gives how many.

    task_steps: environment steps of a training where the settings say nothing; one that
    was trained on, by --extend, is not copied. Files come before the result that names
    their hashes, so a copy that is broken off is trained anew.
    """
    copied, steps = 0, whole_rollouts(manifest.config.steps or task_steps)
    for other in others:
        if not (other / MANIFEST_FILE).exists():
            continue
        if _kind(read_manifest(other)) != _kind(manifest):
            continue
        for name in BASELINES:
            for k in range(manifest.config.final_seeds):
                source = other / "final" / name / f"s{k}"
                target = store.path / "final" / name / f"s{k}"
                # What is damaged there is trained here.
                with suppress(StoreError, FileNotFoundError):
                    copied += _copy(source, target, steps)
    if copied:
        store.event("copied", baselines=copied)
    return copied


def _copy(source: Path, target: Path, steps: int) -> bool:
    """Copy a training of so many steps, if there is one and the target has none."""
    if (target / "result.json").exists():
        return False
    result = load_result(source)
    if not isinstance(result, SeedResult) or result.steps != steps:
        return False
    # The result comes last: with it the training is finished.
    for name in (*OTHER_FILES, *RESULT_FILES, "result.json"):
        if (source / name).exists():
            write_atomic(target / name, read_bytes(source / name))
    write_event_file(target)
    return True


def _kind(manifest: Manifest) -> tuple[object, ...]:
    """What must be equal for a baseline's training to be the same."""
    settings = [getattr(manifest.config, key) for key in DECISIVE_SETTINGS]
    return (
        manifest.task,
        dict(manifest.task_files),
        dict(manifest.versions),
        manifest.changes,
        *settings,
    )
