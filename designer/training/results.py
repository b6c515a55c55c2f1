"""The result of a training, as result.json in its folder keeps it."""

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from designer.run.candidates import (
    Assessed,
    Failed,
    Outcome,
    Rung,
    SeedResult,
    outcome_to_json,
)
from designer.run.files import damaged, read_bytes, read_json, write_json
from designer.training.learner import whole_rollouts
from designer.typed import Mismatch, read_as

RESULT_FILES = ("curves.csv", "policy.npz", "episodes.npz")


def is_done(result: SeedResult | Failed | None, until: int) -> bool:
    """Whether a training has ended for good or has come to the rung `until`."""
    if result is None or isinstance(result, Failed):
        return result is not None
    return result.steps >= whole_rollouts(until)


def save_result(folder: Path, result: SeedResult | Failed) -> None:
    """Write result.json: a training's result so far, and the hashes of its files.

    A failure keeps the rungs that the training had come to before it.
    """
    if isinstance(result, Failed):
        before = recorded_result(folder)
        rungs, seed = (before.rungs, before.seed) if before else ((), None)
        # Curves that broke off are never averaged with whole ones.
        for name in RESULT_FILES:
            (folder / name).unlink(missing_ok=True)
        failed = replace(result, rungs=rungs, seed=seed)
        write_json(folder / "result.json", outcome_to_json(failed))
    else:
        files = {name: _hash(folder / name) for name in RESULT_FILES}
        data = {"status": "trained", **asdict(result), "files": files}
        write_json(folder / "result.json", data)


def forget_result(folder: Path) -> None:
    """Remove a training's result, so that it is trained again."""
    (folder / "result.json").unlink(missing_ok=True)


def load_result(folder: Path) -> SeedResult | Failed | None:
    """The result in a training's folder; None while the training is not judged yet.

    It is None too if a file differs from its hash: then the training is repeated.
    """
    result, files = _stored(folder)
    if not isinstance(result, SeedResult):
        return result
    intact = all(files.get(name) == _hash(folder / name) for name in RESULT_FILES)
    return result if intact else None


def recorded_result(folder: Path) -> SeedResult | Failed | None:
    """The result in a training's folder, whatever became of its files since."""
    return _stored(folder)[0]


def _stored(folder: Path) -> tuple[SeedResult | Failed | None, dict[str, str]]:
    """What result.json says, and the hashes of the files that it is about."""
    path = folder / "result.json"
    data = read_json(path)
    if data is None:
        return None, {}
    kinds = {"trained": SeedResult, "failed": Failed}
    try:
        status = read_as(Literal["trained", "failed"], data.get("status"), "status")
        result: SeedResult | Failed = read_as(kinds[status], data)
        files = read_as(dict[str, str], data.get("files", {}), "files")
    except Mismatch as error:
        raise damaged(path, error) from None
    return result, files


def _hash(path: Path) -> str:
    """SHA-256 of a file, '' where there is none."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except FileNotFoundError:
        return ""


def judged_before(folder: Path, steps: int) -> tuple[float, tuple[Rung, ...]]:
    """Seconds of a training up to its last judgement, and its rungs below `steps`.

    Both hold whatever became of the files that belong to that judgement.
    """
    result = recorded_result(folder)
    if not isinstance(result, SeedResult):
        return 0.0, ()
    return result.seconds, tuple(rung for rung in result.rungs if rung.steps < steps)


def counted_folders(folder: Path, outcome: Outcome) -> list[Path]:
    """The folders of the trainings that an outcome counts; folder: of the candidate.

    Further seeds may have been trained meanwhile, or be at work.
    """
    folders = [f for f in folder.glob("s[0-9]*") if f.name[1:].isdecimal()]
    folders.sort(key=lambda training: int(training.name[1:]))
    if isinstance(outcome, Assessed):
        return folders[: len(outcome.results) + len(outcome.failures)]
    return folders
