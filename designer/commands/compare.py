"""designer compare: runs and batches beside each other."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from designer.commands.opening import ledgers_of
from designer.config import RunConfig
from designer.errors import ConfigError
from designer.report.comparison import compare_figures
from designer.report.comparison_text import as_html, as_markdown
from designer.report.record import task_steps_of
from designer.report.run_figures import RunFigures
from designer.run.candidates import Assessed, Dropped, Failed
from designer.run.files import damaged, read_json, require_plain, write_atomic
from designer.run.folder import RunStore
from designer.run.manifest import MANIFEST_FILE, read_manifest
from designer.run.provenance import decisive_changes, decisive_libraries
from designer.search.plan import merit
from designer.search.reading import read_snapshot
from designer.search.snapshot import Snapshot
from designer.selection.incumbent import incumbents
from designer.typed import Measured, Mismatch, read_as


def compare_runs(
    paths: Sequence[Path], html: Path | None
) -> tuple[str, dict[str, Any]]:
    """Markdown and figures of a comparison; none of a task's code is run for it."""
    folders = [run for path in paths for run in run_folders(path)]
    comparison = compare_figures([read_figures(folder) for folder in folders])
    if html is not None:
        write_atomic(html, as_html(comparison))
    facts = asdict(comparison)
    for run, folder in zip(facts["runs"], folders, strict=True):
        run["path"] = str(folder)
        run["config"] = read_manifest(folder).config.to_json()
    return as_markdown(comparison), facts


def run_folders(path: Path) -> list[Path]:
    """A run folder itself, or the runs in the folder of a batch."""
    if (path / MANIFEST_FILE).is_file():
        return [path]
    runs = sorted(p.parent for p in path.glob(f"*/{MANIFEST_FILE}"))
    if not runs:
        raise ConfigError(
            f"{path} is neither a run folder nor a batch: it has no {MANIFEST_FILE}, "
            "and none of its folders has one"
        )
    return runs


def read_figures(path: Path) -> RunFigures:
    """What a comparison reads of a run folder."""
    require_plain(path)
    manifest = read_manifest(path)
    config = manifest.config
    result = read_json(path / "result.json")
    scores, seeds, unit = _scores(path, result) if result is not None else ({}, {}, "")
    final_steps = _final_steps(path, result) if result is not None else None
    task_steps = task_steps_of(path, manifest)
    snapshot = read_snapshot(RunStore(path), config, task_steps)
    author, judge = ledgers_of(path, config)
    spent = author.spent + judge.spent
    decisive = decisive_libraries(config.trainer)
    usd = None if None in (author.usd, judge.usd) else spent.usd
    return RunFigures(
        path.name,
        Path(manifest.task).name,
        config,
        result is not None,
        scores,
        tuple(_curve(snapshot, config)) if config.judge == "metric" else (),
        unit,
        spent.calls,
        spent.tokens,
        usd,
        snapshot.steps if snapshot.steps > 1 else None,
        final_steps,
        seeds,
        manifest.task_files.get("hidden.py", ""),
        {k: v for k, v in manifest.versions.items() if k in decisive},
        decisive_changes(manifest),
    )


def _scores(
    path: Path, result: dict[str, Any]
) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[int, ...]], str]:
    """Fitness by seed of the rewards in a run's result, the seeds, and its unit.

    Results of older versions name no seeds.
    """
    try:
        unit: str = read_as(str, result.get("unit"), "unit")
        scores = {
            row["reward"]: read_as(tuple[Measured, ...], row["by_seed"], "by_seed")
            for row in result["table"]
        }
        seeds = {
            row["reward"]: read_as(tuple[int, ...], row.get("seeds", ()), "seeds")
            for row in result["table"]
        }
        for reward, numbers in seeds.items():
            if numbers and len(numbers) != len(scores[reward]):
                raise Mismatch(f"'seeds' of {reward}: expected one for each score")
    except (Mismatch, KeyError, TypeError) as error:
        raise damaged(path / "result.json", error) from None
    scores = {name: by_seed for name, by_seed in scores.items() if by_seed}
    return scores, seeds, unit


def _final_steps(path: Path, result: dict[str, Any]) -> int | None:
    """Environment steps of a final training; None if there was none.

    Results of older versions have only the sum over the trainings of a reward.
    """
    try:
        for row in result["table"]:
            if trainings := len(row["by_seed"]):
                steps = row.get("training_steps") or row["steps"] // trainings
                training_steps: int = read_as(int, steps, "training_steps")
                return training_steps
    except (Mismatch, KeyError, TypeError, AttributeError) as error:
        raise damaged(path / "result.json", error) from None
    return None


def _curve(snapshot: Snapshot, config: RunConfig) -> Iterator[tuple[int, float]]:
    """Steps trained and the leader's fitness in the search, after each generation.

    A training that failed counts in full, as its budget was set aside for it.
    """
    candidates, steps = snapshot.candidates, 0
    scale = merit(snapshot, config, candidates)
    for generation, leader in incumbents(candidates, scale):
        for candidate in candidates:
            if candidate.generation != generation:
                continue
            match candidate.outcome:
                case Assessed(results) | Dropped(_, results):
                    steps += sum(result.steps for result in results)
                case Failed():
                    steps += snapshot.steps * config.seeds
        if leader is not None and isinstance(leader.outcome, Assessed):
            yield steps, leader.outcome.fitness
