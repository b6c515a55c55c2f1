"""What the figures of a comparison may owe to something else than its methods."""

from collections import Counter
from collections.abc import Iterator, Sequence

from designer.report.run_figures import RunFigures

NamedRuns = Sequence[tuple[str, RunFigures]]
"""Runs with the names of their methods."""


def reservations(named: NamedRuns) -> Iterator[str]:
    """One sentence for each: unlike versions, changes in a run, seeds used twice."""
    finished = [(method, run) for method, run in named if run.is_finished]
    for task in dict.fromkeys(run.task for _, run in finished):
        runs = [(method, run) for method, run in finished if run.task == task]
        if names := _unlike([run for _, run in runs]):
            yield (
                f"{task}: the runs had unlike versions of {', '.join(names)}, so what "
                "differs may differ by that."
            )
        yield from _seeds_used_twice(task, runs)
    for _, run in finished:
        yield from (f"{run.name} was changed on its way: {c}." for c in run.changes)


def _unlike(runs: Sequence[RunFigures]) -> list[str]:
    """Names of what two of the runs had in unlike versions; older runs name none."""
    names = sorted({name for run in runs for name in run.versions})
    return [
        name
        for name in names
        if len({run.versions[name] for run in runs if name in run.versions}) > 1
    ]


def _seeds_used_twice(task: str, runs: NamedRuns) -> Iterator[str]:
    seeds = Counter((method, run.config.seed) for method, run in runs)
    for (method, seed), count in seeds.items():
        if count > 1:
            yield (
                f"{task}: {count} searches of {method} have --seed {seed}, so they "
                "share the luck of its trainings, and intervals over searches are too "
                "narrow; give each search a seed of its own."
            )
