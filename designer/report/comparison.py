"""Runs beside each other: the figures of a comparison.

Runs are grouped into methods: all settings but the task and the run's own seed. A
method's score on a task is that of a search (the mean over its final seeds), or, where
every method has one search there, that of each final seed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from designer.report.leader_curves import mean_curve
from designer.report.leads import Lead, Scored, leads
from designer.report.methods import differing_settings, method_names
from designer.report.over_tasks import Figure, MethodRow, method_rows
from designer.report.reservations import NamedRuns, reservations
from designer.report.run_figures import RunFigures
from designer.rewards.sources import BASELINES, Array
from designer.selection.aggregate import human_normalised
from designer.selection.statistics import interval, interval_between


@dataclass(frozen=True)
class TaskRow:
    """A method on a task. searches: finished ones. over: what the interval is over.

    steps: environment steps of a training in the final comparison, None if unknown.
    """

    task: str
    unit: str
    steps: int | None
    method: str
    fitness: Figure
    normalised: Figure
    human: float | None
    sparse: float | None
    searches: int
    over: str


@dataclass(frozen=True)
class RunsComparison:
    """All figures of a comparison.

    settings: those that differ, by method. curves: by task and method, steps of a
    search and the mean fitness of its leader then. left_out: why runs or tasks are not
    in the figures over tasks, sentences. cautions: what the figures may owe to
    something else than the methods, sentences.
    """

    runs: tuple[RunFigures, ...]
    settings: dict[str, dict[str, Any]]
    tasks: tuple[TaskRow, ...]
    leads: tuple[Lead, ...]
    methods: tuple[MethodRow, ...]
    curves: dict[str, dict[str, tuple[tuple[int, float], ...]]]
    left_out: tuple[str, ...]
    cautions: tuple[str, ...]


def compare_figures(runs: Sequence[RunFigures]) -> RunsComparison:
    """The comparison of runs, finished or not."""
    runs = _by_steps(runs)
    names = method_names([run.config for run in runs])
    named = list(zip(names, runs, strict=True))
    methods, tasks = (
        list(dict.fromkeys(names)),
        list(dict.fromkeys(r.task for r in runs)),
    )
    left_out = [f"{run.name} is not finished." for run in runs if not run.is_finished]
    rows: list[TaskRow] = []
    between: list[Lead] = []
    by_task: dict[str, dict[str, Array]] = {}
    scaled: dict[str, dict[str, Array]] = {}
    for task in tasks:
        finished = [
            (name, run)
            for name, run in named
            if run.task == task and run.scores.get("designed")
        ]
        if len({run.unit for _, run in finished}) > 1:
            left_out.append(f"{task} is judged in different units.")
            continue
        if len({run.metric for _, run in finished if run.metric}) > 1:
            left_out.append(f"{task} is judged by different versions of its hidden.py.")
            continue
        if len({run.final_steps for _, run in finished}) > 1:
            left_out.append(
                f"{task} is compared after unlike steps, as --extend went on in some "
                "runs and not in others."
            )
            continue
        scored = _scored(finished)
        scores = {method.name: method.scores for method, _ in scored}
        rows += _rows(task, finished, scores)
        between += leads(task, rows[-1].unit if scored else "", scored)
        if len(scores) < len(methods) or not all(map(_is_finite, scores.values())):
            left_out.append(
                f"{task} is not in the figures over tasks: a method has no finished "
                "run there, or no finite score."
            )
            continue
        by_task[task] = scores
        if normalised := _normalised(finished, scores):
            scaled[task] = normalised
        else:
            left_out.append(
                f"{task} is not in the mean of normalised scores: the task's own two "
                "rewards can't be told apart there, or one of them was not trained."
            )
    return RunsComparison(
        tuple(runs),
        differing_settings({name: run.config for name, run in named}),
        tuple(rows),
        tuple(between),
        method_rows(methods, list(by_task.values()), list(scaled.values())),
        {task: _curves(task, named) for task in tasks},
        tuple(left_out),
        tuple(reservations(named)),
    )


def _by_steps(runs: Sequence[RunFigures]) -> list[RunFigures]:
    """Runs on one task with trainings of unlike steps, as runs on unlike tasks.

    Fitness after so many steps says nothing of fitness after more.
    """
    steps_of: dict[str, set[int]] = {}
    for run in runs:
        if run.steps is not None:
            steps_of.setdefault(run.task, set()).add(run.steps)
    return [
        replace(run, task=f"{run.task}, {run.steps:,} steps")
        if run.steps is not None and len(steps_of[run.task]) > 1
        else run
        for run in runs
    ]


def _scored(finished: NamedRuns) -> list[tuple[Scored, list[Scored]]]:
    """The scores of each method on a task, and of the task's own rewards in its runs.

    See the module.
    """
    by_method: dict[str, list[RunFigures]] = {}
    for name, run in finished:
        by_method.setdefault(name, []).append(run)
    for runs in by_method.values():  # so that equal seeds are paired
        runs.sort(key=lambda run: run.config.seed)
    is_repeated = any(len(runs) > 1 for runs in by_method.values())
    score = _of_searches if is_repeated else _of_final_seeds
    return [
        (
            replace(score("designed", runs), name=name),
            [score(b, runs) for b in BASELINES if all(r.scores.get(b) for r in runs)],
        )
        for name, runs in by_method.items()
    ]


def _of_searches(reward: str, runs: Sequence[RunFigures]) -> Scored:
    means = np.array([np.mean(run.scores[reward]) for run in runs])
    return Scored(reward, tuple((run.config.seed,) for run in runs), means)


def _of_final_seeds(reward: str, runs: Sequence[RunFigures]) -> Scored:
    (run,) = runs
    scores = np.array(run.scores[reward])
    numbers = run.seeds.get(reward) or range(len(scores))
    return Scored(reward, tuple((run.config.seed, k) for k in numbers), scores)


def _normalised(finished: NamedRuns, scores: dict[str, Array]) -> dict[str, Array]:
    """The normalised scores of the methods on a task, or none.

    None where the task's own two rewards can't be told apart: their distance is then
    chance, and what is divided by it says nothing.
    """
    human, sparse = (_pooled(finished, name) for name in ("human", "sparse"))
    if human is None or sparse is None:
        return {}
    apart = interval_between(_by_seed(finished, "human"), _by_seed(finished, "sparse"))
    if apart and not (apart[0] > 0 or apart[1] < 0):
        return {}
    scaled = {
        name: human_normalised(own, human, sparse) for name, own in scores.items()
    }
    return scaled if all(map(_is_finite, scaled.values())) else {}


def _is_finite(scores: Array) -> bool:
    return bool(np.isfinite(scores).all())


def _rows(task: str, finished: NamedRuns, scores: dict[str, Array]) -> list[TaskRow]:
    """The rows of the methods on a task."""
    scaled = _normalised(finished, scores)
    searches = Counter(name for name, _ in finished)
    is_repeated = max(searches.values(), default=0) > 1
    return [
        TaskRow(
            task,
            finished[0][1].unit,
            finished[0][1].final_steps,
            name,
            _mean(own),
            _mean(scaled[name]) if name in scaled else Figure(None),
            _pooled(finished, "human"),
            _pooled(finished, "sparse"),
            searches[name],
            "searches" if is_repeated else "final seeds of one search",
        )
        for name, own in scores.items()
    ]


def _curves(task: str, named: NamedRuns) -> dict[str, tuple[tuple[int, float], ...]]:
    """The mean curve of each method on a task."""
    by_method: dict[str, list[tuple[tuple[int, float], ...]]] = {}
    for name, run in named:
        if run.task == task and run.curve:
            by_method.setdefault(name, []).append(run.curve)
    return {name: mean_curve(curves) for name, curves in by_method.items()}


def _by_seed(runs: NamedRuns, reward: str) -> list[float]:
    """Fitness of a baseline from each final seed, once: runs of one seed share them."""
    scored = [_of_final_seeds(reward, [run]) for _, run in runs if reward in run.scores]
    pairs = (zip(one.seeds, one.scores.tolist(), strict=True) for one in scored)
    return list({seed: score for of_run in pairs for seed, score in of_run}.values())


def _pooled(runs: NamedRuns, reward: str) -> float | None:
    """Mean fitness of a baseline over all runs of a task, which train it alike."""
    values = [score for _, run in runs for score in run.scores.get(reward, ())]
    return float(np.mean(values)) if values else None


def _mean(values: Array) -> Figure:
    if not _is_finite(values):
        return Figure(None)
    ends = interval(values.tolist()) if len(values) > 1 else None
    return Figure(float(values.mean()), ends)
