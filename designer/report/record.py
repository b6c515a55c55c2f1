"""A run folder as its report reads it; none of its task's code is run for that."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from designer.errors import ConfigError
from designer.feedback.reflection import average
from designer.llm.recording import read_records
from designer.report.summary import Summary, final_entries, row_of, with_changes
from designer.report.votes_verdict import conclusion
from designer.run.candidates import Assessed, Candidate, SeedResult
from designer.run.files import parse_json, read_json, read_text, require_plain
from designer.run.folder import RunStore
from designer.run.manifest import Manifest, read_manifest
from designer.run.provenance import decisive_changes
from designer.search.plan import leader, merit
from designer.search.reading import read_snapshot
from designer.search.snapshot import Snapshot
from designer.selection.merit import Merit
from designer.training.curves import Curves, load_curves
from designer.training.results import counted_folders
from envs.make import load_task
from envs.task import Task, parse_task
from envs.yamlfile import TaskError, read_yaml

Status = Literal["finished", "running", "stopped"]
UNIT_LINE = re.compile(
    r"^UNIT\s*(?::\s*str\s*)?=\s*['\"]([^'\"\n]*)['\"]", re.MULTILINE
)


@dataclass(frozen=True)
class ModelCost:
    """The calls of one model; usd: None where the price of a call is unknown."""

    purpose: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float | None


@dataclass(frozen=True)
class RunRecord:
    """A run as its folder says it is now.

    unit: of the fitness. summary: its verdict is '' before the end. winner: the reward
    that leads. result: the content of result.json, None before the end.
    """

    path: Path
    manifest: Manifest
    task: Task
    unit: str
    status: Status
    snapshot: Snapshot
    summary: Summary
    winner: Candidate | None
    result: Mapping[str, Any] | None

    @cached_property
    def merit(self) -> Merit:
        """The scale by which candidates are compared."""
        return merit(self.snapshot, self.manifest.config, self.snapshot.candidates)

    @cached_property
    def seconds(self) -> float:
        """Seconds of all trainings, summed over processes."""
        results = self.snapshot.results.values()
        return sum(r.seconds for r in results if isinstance(r, SeedResult))

    @cached_property
    def steps(self) -> int:
        """Environment steps of all trainings."""
        results = self.snapshot.results.values()
        return sum(r.steps for r in results if isinstance(r, SeedResult))

    @cached_property
    def mean_curves(self) -> Mapping[str, Curves]:
        """The mean curves over seeds of each assessed candidate, by its name."""
        return {
            c.name: average(curves)
            for c in self.snapshot.candidates
            if isinstance(c.outcome, Assessed) and (curves := self.curves(c))
        }

    def curves(self, candidate: Candidate) -> list[Curves]:
        """The learning curves of a candidate's trainings."""
        folders = counted_folders(self.path / candidate.name, candidate.outcome)
        return [*load_curves(folders).values()]


def read_run(path: Path) -> RunRecord:
    """Read a run folder; ConfigError or StoreError where it is none or is damaged."""
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    require_plain(path)
    store = RunStore(path)
    path = store.path
    manifest = read_manifest(path)
    config, task = manifest.config, _task(path, manifest)
    snapshot = read_snapshot(store, config, task.train.steps)
    result = read_json(path / "result.json")
    winner = leader(snapshot, config)
    unit = _unit(task, config.judge == "people", result)
    rows = tuple(map(row_of, final_entries(snapshot, config, winner)))
    has_ended = winner is None or any(row.label == "designed" for row in rows)
    if result is not None and has_ended:
        summary = conclusion(config, unit, snapshot, winner)
        summary = with_changes(summary, decisive_changes(manifest))
    elif config.judge == "people":  # Fitness is never read then.
        summary = Summary((), "strength by votes", None, None, "", "people")
    else:
        summary = Summary(rows, unit, None, None, "")
    status: Status = "finished" if summary.verdict else "stopped"
    if not summary.verdict and store.is_held():
        status = "running"
    return RunRecord(
        path,
        manifest,
        task,
        unit,
        status,
        snapshot,
        summary,
        winner,
        result,
    )


def model_costs(record: RunRecord) -> list[ModelCost]:
    """What the run's models were asked, by their recordings."""
    config = record.manifest.config
    models = (
        ("llm.jsonl", "writes rewards", config.model),
        ("judge.jsonl", "compares clips", config.judge_model),
    )
    costs = []
    for file, purpose, model in models:
        if not (record.path / file).is_file():
            continue
        records, _ = read_records(record.path / file, lambda _: None)
        charges = [r.usd for r in records if r.usd is not None]
        costs.append(
            ModelCost(
                purpose,
                model,
                len(records),
                sum(r.reply.tokens_in or 0 for r in records),
                sum(r.reply.tokens_out or 0 for r in records),
                sum(charges) if len(charges) == len(records) else None,
            )
        )
    return costs


def read_events(path: Path) -> list[dict[str, Any]]:
    """The lines of events.jsonl that are whole, oldest first."""
    file = path / "events.jsonl"
    if not file.is_file():
        return []
    rows = []
    for line in read_text(file).splitlines():
        try:
            row = parse_json(line)
        except ValueError:  # The last line may be torn.
            continue
        if isinstance(row, dict) and isinstance(row.get("time"), float | int):
            rows.append(row)
    return rows


def started_command(path: Path) -> str:
    """The command line that began the run, '' where it is unknown."""
    file = path / "command.txt"
    return read_text(file).strip() if file.is_file() else ""


def task_steps_of(path: Path, manifest: Manifest) -> int:
    """Environment steps of a training by the run's task; 1 where that is gone.

    With 1, and no steps in the settings, whatever was judged counts as trained.
    """
    try:
        return _task(path, manifest).train.steps
    except TaskError:
        return 1


def _task(path: Path, manifest: Manifest) -> Task:
    """The public side of the run's task, from its copy where there is one."""
    copy = path / "task" / "task.yaml"
    if copy.is_file():
        return parse_task(read_yaml(copy), copy.parent)
    return load_task(manifest.task, measured=False)


def _unit(task: Task, people_judge: bool, result: Mapping[str, Any] | None) -> str:
    """The unit of the fitness: as in the result, or as hidden.py states it.

    That file is not run.
    """
    if people_judge:
        return ""
    if result is not None and isinstance(result.get("unit"), str):
        return str(result["unit"])
    file = task.folder / "hidden.py"
    if not file.is_file():
        return ""
    match = UNIT_LINE.search(file.read_text(encoding="utf-8", errors="replace"))
    return match[1] if match else ""
