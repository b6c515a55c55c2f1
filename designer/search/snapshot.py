"""The snapshot of a search: what is proposed, trained and voted so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from designer.run.candidates import (
    ENVIRONMENT,
    Assessed,
    Candidate,
    Dropped,
    Failed,
    Outcome,
    Place,
    Proposed,
    Rejected,
    SeedResult,
    as_at,
    folder_name,
    outcome_of,
)
from designer.selection.allocation import Allocation
from designer.selection.duel import Duels, fight
from designer.selection.race import Racer, Standings, standings
from designer.training.learner import whole_rollouts
from designer.training.results import is_done
from designer.votes.ballots import Vote


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
    allocation: Allocation | None = None

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
        """Why a stage has no training: its environment failed in all. stage: as g00.

        Rewards that were given up in a race don't count.
        """
        given_up = {
            folder_name(*place)
            for standings in self.standings.values()
            for place in standings.given_up
        }
        results = [
            result
            for name, result in self.results.items()
            if stage_of(name) == stage and name.rpartition("/")[0] not in given_up
        ]
        failures = [r for r in results if isinstance(r, Failed)]
        broken = [
            failure
            for failure in failures
            if failure.kind == ENVIRONMENT
            and failure.at(whole_rollouts(self.steps)) is None
        ]
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

    @property
    def races(self) -> bool:
        """Whether rewards can be given up before they are trained to the end."""
        return self.allocation is not None and bool(self.allocation.shares)

    @cached_property
    def standings(self) -> Mapping[int, Standings]:
        """The race of every generation that has a reward."""
        return {
            generation: self._standings(generation)
            for generation in sorted({generation for generation, _ in self.proposals})
        }

    def _standings(self, generation: int) -> Standings:
        if self.allocation is None:
            return Standings({}, self.steps)
        if not self._is_written(generation, self.allocation.size):
            return Standings({}, self.allocation.rungs[0])
        entrants = {
            place: Racer(self._results_of(place), proposed.signature)
            for place, proposed in self.proposals.items()
            if place[0] == generation
            and proposed.source
            and place not in self.duplicates
        }
        return standings(entrants, self.allocation.rungs, self.allocation.shares)

    def _is_written(self, generation: int, size: int) -> bool:
        """Whether every reward of a generation is proposed, or got no answer."""
        answered = {*self.proposals, *self.unanswered}
        return all((generation, index) in answered for index in range(size))

    @cached_property
    def duels(self) -> Duels:
        """The duels after the generations that are trained."""
        rules = self.allocation
        if rules is None or rules.most_seeds <= self.seeds:
            return Duels()
        outcomes = self._common_outcomes
        generations = []
        for generation in range(1 + max((g for g, _ in self.proposals), default=-1)):
            places = [place for place in outcomes if place[0] == generation]
            if not self._is_written(generation, rules.size) or any(
                outcomes[place] is None for place in places
            ):
                break
            able = [p for p in places if isinstance(outcomes[p], Assessed)]
            generations.append(able)

        def outcome(place: Place, seeds: int) -> Assessed | Failed | None:
            return self.outcome(folder_name(*place), seeds)

        return fight(generations, outcome, self.seeds, rules.most_seeds)

    @cached_property
    def _common_outcomes(self) -> Mapping[Place, Outcome | None]:
        """What became of every place on the seeds that all rewards have."""
        return {
            place: self._outcome(place, proposed)
            for place, proposed in sorted(self.proposals.items())
        }

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates whose outcome is known, in order."""
        return self._candidates_after(len(self.duels.seeds))

    def candidates_before(self, generation: int) -> tuple[Candidate, ...]:
        """The candidates of earlier generations, as their author may know them.

        A candidate's seeds from duels of this generation or later ones do not count.
        """
        duels = max(0, min(generation, len(self.duels.seeds)))
        candidates = self._candidates_after(duels)
        return tuple(c for c in candidates if c.generation < generation)

    def _candidates_after(self, duels: int) -> tuple[Candidate, ...]:
        """All candidates, with the seeds of so many duels."""
        seeds = self.duels.seeds[duels - 1] if duels else {}
        candidates = []
        for place, outcome in self._common_outcomes.items():
            if place in seeds:
                outcome = self.outcome(folder_name(*place), seeds[place])
            if outcome is not None:
                candidates.append(Candidate.of(place, self.proposals[place], outcome))
        return tuple(candidates)

    def missing(self, generations: int, candidates: int) -> list[str]:
        """Names of the candidates that have no proposal yet."""
        return [
            folder_name(generation, index)
            for generation in range(generations)
            for index in range(candidates)
            if (generation, index) not in self.proposals
        ]

    def has_failed(self, folder: str) -> bool:
        """Whether a reward's first training failed by its own fault, so that it is out.

        The first one in order, for what is told of a reward must not depend on which of
        its trainings was quicker. One that failed after the search's steps is not out.
        """
        first = self.results.get(f"{folder}/s0")
        if not isinstance(first, Failed) or first.kind == ENVIRONMENT:
            return False
        return first.at(whole_rollouts(self.steps)) is None

    def outcome(
        self, folder: str, seeds: int, steps: int | None = None
    ) -> Assessed | Failed | None:
        """The outcome of a reward's trainings; None while one is unfinished.

        steps: of a training, the search's own if not given; what a training did after
        that does not count. Assessed unless the reward failed on a seed, or the
        environment on all seeds.
        """
        return self.outcome_on(folder, range(seeds), steps)

    def outcome_on(
        self, folder: str, seeds: range, steps: int | None = None
    ) -> Assessed | Failed | None:
        """The outcome on the seeds of these numbers; otherwise as `outcome`."""
        steps = steps or self.steps
        if seeds.start == 0 and self.has_failed(folder):
            seeds = seeds[:1]
        results = [self.results.get(f"{folder}/s{k}") for k in seeds]
        if not all(is_done(result, steps) for result in results):
            return None
        return outcome_of(
            [
                as_at(result, whole_rollouts(steps))
                for result in results
                if result is not None
            ]
        )

    def _outcome(self, place: Place, proposed: Proposed) -> Outcome | None:
        if place in self.duplicates:
            original = folder_name(*self.duplicates[place])
            return Rejected((f"the same reward as {original}",))
        if not proposed.source:
            return Rejected(proposed.problems)
        standings = self.standings[place[0]]
        if place in standings.failed:
            return outcome_of([r for r in self._results_of(place) if r is not None])
        rung = standings.given_up.get(place)
        if rung is not None:
            results = self._results_of(place)
            return Dropped(rung, tuple(r for r in results if isinstance(r, SeedResult)))
        return self.outcome(folder_name(*place), self.seeds)

    def _results_of(self, place: Place) -> list[SeedResult | Failed | None]:
        folder = folder_name(*place)
        return [self.results.get(f"{folder}/s{k}") for k in range(self.seeds)]


def stage_of(training: str) -> str:
    """The generation of a training, as g00, or final."""
    return training.split("/")[0]
