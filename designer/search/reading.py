"""Reads the snapshot of a search, and its open questions, from the run folder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from designer.config import RunConfig
from designer.run.candidates import Failed, Place, Proposed, SeedResult
from designer.run.folder import RunStore
from designer.search.snapshot import Snapshot, stage_of
from designer.selection.allocation import allocation_of
from designer.training.results import forget_result, load_result, recorded_result
from designer.votes.preferences import read_votes
from designer.votes.questions import Asking, load_asking


def read_snapshot(
    store: RunStore, config: RunConfig, task_steps: int, resumes: bool = False
) -> Snapshot:
    """The snapshot of a run folder; StoreError where something in it is damaged.

    task_steps: environment steps of a training where the settings say nothing. resumes:
    whether the search goes on from here. Then trainings whose files are not those of
    their results are made again, and proposals that are missing in finished generations
    are asked for again. To a mere reader the results hold, though a training that goes
    on writes its files anew, and the missing authors have given no answer.
    """
    proposals = store.proposals()
    # A generation with proposals begins only after the votes on the one before it.
    voted = {generation - 1 for generation, _ in proposals if generation}
    if store.is_finished():
        voted |= set(range(config.generations))
    return Snapshot(
        config.steps or task_steps,
        config.seeds,
        proposals,
        dict(_results(store.path, load_result if resumes else recorded_result)),
        tuple(read_votes(store.path)),
        frozenset(voted),
        frozenset() if resumes else _passed_over(store, config, proposals),
        allocation=allocation_of(config, task_steps),
    )


def open_questions(store: RunStore) -> Asking | None:
    """What a run asks people now; None where it asks nothing or has stopped."""
    return load_asking(store.path) if store.is_held() else None


def _passed_over(
    store: RunStore, config: RunConfig, proposals: Mapping[Place, Proposed]
) -> frozenset[Place]:
    """Places without a proposal in generations that are over."""
    newest = max((generation for generation, _ in proposals), default=0)
    over = config.generations if store.is_finished() else newest - config.ahead + 1
    return frozenset(
        place
        for place in product(range(over), range(config.candidates))
        if place not in proposals
    )


def without_broken_stages(run: Path, snapshot: Snapshot) -> Snapshot:
    """Have stages tried anew in which the environment failed in all trainings."""
    results = dict(snapshot.results)
    for name, result in snapshot.results.items():
        if not isinstance(result, Failed):
            continue
        if snapshot.environment_failure(stage_of(name)) is not None:
            forget_result(run / name)
            del results[name]
    return replace(snapshot, results=results)


def _results(
    run: Path, load: Callable[[Path], SeedResult | Failed | None]
) -> Iterator[tuple[str, SeedResult | Failed]]:
    for pattern in ("g[0-9]*/c[0-9]*/s[0-9]*", "final/*/s[0-9]*"):
        for path in sorted(run.glob(pattern)):
            result = load(path)
            if result is not None:
                yield str(path.relative_to(run)), result
