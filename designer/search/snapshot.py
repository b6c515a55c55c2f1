"""The snapshot of a search: read from the run folder, then updated with results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from designer.config import RunConfig
from designer.run.candidates import (
    ENVIRONMENT,
    Assessed,
    Candidate,
    Failed,
    Outcome,
    Place,
    Proposed,
    Rejected,
    SeedResult,
    folder_name,
)
from designer.run.folder import RunStore
from designer.training.job import is_done, load_result
from designer.votes.ballots import Vote
from designer.votes.preferences import read_votes


@dataclass(frozen=True)
class Snapshot:
    """The state of a search.

    steps: environment steps of a training. seeds: trainings of a candidate. proposals:
    by place. results: of trainings, by folder inside the run, as g00/c01/s0 or
    final/human/s0. votes: all votes. voted: generations after which people have been
    asked for votes. unanswered: places whose author gave no answer in this process; a
    resumed run asks again.
    """

    steps: int
    seeds: int
    proposals: Mapping[Place, Proposed] = field(default_factory=dict)
    results: Mapping[str, SeedResult | Failed] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    voted: frozenset[int] = frozenset()
    unanswered: frozenset[Place] = frozenset()

    def with_proposal(self, place: Place, proposed: Proposed) -> "Snapshot":
        """The snapshot with another proposal."""
        return replace(self, proposals={**self.proposals, place: proposed})

    def with_result(self, training: str, result: SeedResult | Failed) -> "Snapshot":
        """The snapshot with the result of a training that reached a rung or failed."""
        return replace(self, results={**self.results, training: result})

    def with_votes(self, generation: int, votes: tuple[Vote, ...]) -> "Snapshot":
        """The snapshot after people were asked for votes; votes: all of the run."""
        return replace(self, votes=votes, voted=self.voted | {generation})

    def is_trained(self, training: str, until: int) -> bool:
        """Whether a training has reached a rung, or failed before it."""
        return is_done(self.results.get(training), until)

    def environment_failure(self, stage: str) -> Failed | None:
        """Why a stage has no training: its environment failed in all. stage: as g00."""
        results = [r for n, r in self.results.items() if stage_of(n) == stage]
        failures = [r for r in results if isinstance(r, Failed)]
        broken = [f for f in failures if f.kind == ENVIRONMENT]
        return broken[0] if broken and len(broken) == len(results) else None

    @cached_property
    def duplicates(self) -> Mapping[Place, Place]:
        """Places of rewards that equal an earlier one, with the earlier one's place."""
        first: dict[str, Place] = {}
        repeated: dict[Place, Place] = {}
        for place, proposed in sorted(self.proposals.items()):
            if not proposed.shape:
                continue
            original = first.setdefault(proposed.shape, place)
            if original != place:
                repeated[place] = original
        return repeated

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates whose outcome is known, in order."""
        finished = (self.candidate(place) for place in sorted(self.proposals))
        return tuple(candidate for candidate in finished if candidate is not None)

    def candidate(self, place: Place) -> Candidate | None:
        """The candidate at a place; None while its outcome is not known."""
        proposed = self.proposals[place]
        outcome = self._outcome(place, proposed)
        return None if outcome is None else Candidate.of(place, proposed, outcome)

    def candidates_before(self, generation: int) -> tuple[Candidate, ...]:
        """The candidates of earlier generations, which a proposal may know."""
        return tuple(c for c in self.candidates if c.generation < generation)

    def missing(self, generations: int, candidates: int) -> list[str]:
        """Names of the candidates that have no proposal yet."""
        return [
            folder_name(generation, index)
            for generation in range(generations)
            for index in range(candidates)
            if (generation, index) not in self.proposals
        ]

    def outcome(self, folder: str, seeds: int) -> Assessed | Failed | None:
        """The outcome of a reward's trainings; None while one is unfinished.

        Assessed unless the reward failed on a seed, or the environment on all seeds.
        """
        results = [self.results.get(f"{folder}/s{k}") for k in range(seeds)]
        if not all(is_done(result, self.steps) for result in results):
            return None
        trained = tuple(r for r in results if isinstance(r, SeedResult))
        failures = tuple(r for r in results if isinstance(r, Failed))
        own = [failure for failure in failures if failure.kind != ENVIRONMENT]
        if own or not trained:
            return (*own, *failures)[0]
        return Assessed(trained, failures)

    def _outcome(self, place: Place, proposed: Proposed) -> Outcome | None:
        if place in self.duplicates:
            original = folder_name(*self.duplicates[place])
            return Rejected((f"the same reward as {original}",))
        if not proposed.source:
            return Rejected(proposed.problems)
        return self.outcome(folder_name(*place), self.seeds)


def stage_of(training: str) -> str:
    """The generation of a training, as g00, or final."""
    return training.split("/")[0]


def read_snapshot(store: RunStore, config: RunConfig, steps: int) -> Snapshot:
    """The snapshot of a run folder; StoreError where something in it is damaged."""
    proposals = store.proposals()
    # A generation with proposals begins only after the votes on the one before it.
    voted = {generation - 1 for generation, _ in proposals if generation}
    if store.is_finished():
        voted |= set(range(config.generations))
    return Snapshot(
        steps,
        config.seeds,
        proposals,
        dict(_results(store.path)),
        tuple(read_votes(store.path)),
        frozenset(voted),
    )


def _results(run: Path) -> Iterator[tuple[str, SeedResult | Failed]]:
    for pattern in ("g[0-9]*/c[0-9]*/s[0-9]*", "final/*/s[0-9]*"):
        for path in sorted(run.glob(pattern)):
            result = load_result(path)
            if result is not None:
                yield str(path.relative_to(run)), result
