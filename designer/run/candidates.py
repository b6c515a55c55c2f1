"""Candidates, their trainings and outcomes: plain frozen data, stored as JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, assert_never

from designer.typed import Measured

NO_THOUGHT = "(no design thought given)"


@dataclass(frozen=True)
class Judgement:
    """How a policy does in the judge's episodes.

    fitness, spread: mean and standard deviation, in the task's unit. success: share of
    episodes, None where the task has no such predicate. length: mean control steps.
    endings: reason to number of episodes.
    """

    fitness: Measured
    spread: Measured
    success: float | None
    length: float
    endings: dict[str, int]


@dataclass(frozen=True)
class Rejected:
    """Never trained: the reply held no usable reward, even after repair."""

    problems: tuple[str, ...]


@dataclass(frozen=True)
class Rung:
    """A training as it was judged after some of its steps.

    steps: environment steps. improved: whether the reward's own return had risen by
    then (Curves.improved); if not, it has taught its policy nothing.
    """

    steps: int
    judgement: Judgement
    improved: bool = True


ENVIRONMENT = "environment"  # the kind of a failure that is not the reward's fault


@dataclass(frozen=True)
class Failed:
    """A training ended without a policy; kind is one word, reason is for the author.

    Where the kind is ENVIRONMENT, the reason is for the user alone. rungs: where it was
    judged before it failed. seed: of a training with rungs; None in older runs.
    """

    kind: str
    reason: str
    rungs: tuple[Rung, ...] = ()
    seed: int | None = None

    def at(self, steps: int) -> Rung | None:
        """The rung after so many steps; None if the training was not judged there."""
        return _rung_at(self.rungs, steps)


@dataclass(frozen=True)
class SeedResult:
    """One training from one seed, judged on held-out starts.

    steps: environment steps. seconds: wall time of the training process. improved: as
    in Rung. earlier: the rungs where the training paused.
    """

    seed: int
    judgement: Judgement
    steps: int
    seconds: float
    improved: bool = True
    earlier: tuple[Rung, ...] = ()

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """All rungs where it was judged, the last one included."""
        return (*self.earlier, Rung(self.steps, self.judgement, self.improved))

    def at(self, steps: int) -> Rung | None:
        """The rung after so many steps; None if the training was not judged there."""
        return _rung_at(self.rungs, steps)


def as_at(result: SeedResult | Failed, steps: int) -> SeedResult | Failed:
    """A training's result as it was at a rung; unchanged if it was not judged there.

    Where it failed after the rung its seconds are not known, and are 0.
    """
    rung, seed = result.at(steps), result.seed
    if rung is None or seed is None:
        return result
    seconds = result.seconds if isinstance(result, SeedResult) else 0.0
    earlier = tuple(r for r in result.rungs if r.steps < steps)
    return SeedResult(seed, rung.judgement, steps, seconds, rung.improved, earlier)


def _rung_at(rungs: Sequence[Rung], steps: int) -> Rung | None:
    return next((rung for rung in rungs if rung.steps == steps), None)


@dataclass(frozen=True)
class Assessed:
    """Trained and judged.

    results: of every seed but those whose environment failed; failures: of those.
    """

    results: tuple[SeedResult, ...]
    failures: tuple[Failed, ...] = ()

    @property
    def scores(self) -> tuple[float, ...]:
        """Fitness by training seed."""
        return tuple(result.judgement.fitness for result in self.results)

    @cached_property
    def fitness(self) -> float:
        """Mean fitness over training seeds."""
        return sum(self.scores) / len(self.scores)

    @property
    def success(self) -> float | None:
        """Mean success rate over training seeds."""
        rates = [result.judgement.success for result in self.results]
        measured = [rate for rate in rates if rate is not None]
        return sum(measured) / len(measured) if measured else None


@dataclass(frozen=True)
class Dropped:
    """Given up at a rung, because other candidates were better there.

    steps: of that rung. results: of the seeds that were judged there; their fitness is
    not compared with that of trainings of other steps.
    """

    steps: int
    results: tuple[SeedResult, ...]


Outcome = Rejected | Failed | Dropped | Assessed


def outcome_of(results: Sequence[SeedResult | Failed]) -> Assessed | Failed:
    """The outcome of a reward whose trainings, at least one, have all ended.

    Assessed unless the reward failed on a seed, or the environment on all seeds.
    """
    trained = tuple(r for r in results if isinstance(r, SeedResult))
    failures = tuple(r for r in results if isinstance(r, Failed))
    own = [failure for failure in failures if failure.kind != ENVIRONMENT]
    if own or not trained:
        return (*own, *failures)[0]
    return Assessed(trained, failures)


def paired(first: Assessed, second: Assessed) -> tuple[list[float], list[float]]:
    """Fitness of two candidates on the training seeds that both have, by seed."""
    scores = {result.seed: result.judgement.fitness for result in second.results}
    shared = [result for result in first.results if result.seed in scores]
    return (
        [result.judgement.fitness for result in shared],
        [scores[result.seed] for result in shared],
    )


Place = tuple[int, int]
"""Generation and index of a candidate."""


@dataclass(frozen=True)
class Proposed:
    """A reward that was proposed, as proposal.json stores it.

    framing: the approach that its author was asked to take. parent: the candidate that
    it builds on. source: '' where problems say why there is none. findings: of the
    probe, sentences. shape, thought: of the reward as it was read, see sandbox.Reading.
    signature: see rewards/likeness.py, on transitions that are the same for a whole
    generation.
    """

    framing: str
    parent: str | None
    reply: str
    source: str
    problems: tuple[str, ...]
    findings: tuple[str, ...] = ()  # older runs lack it
    shape: str = ""  # and these three
    thought: str = ""
    signature: tuple[float, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One reward of a run: its origin, its code and its outcome.

    findings: of the probe before training, sentences for its author. shape, thought: of
    the reward as it was read, see sandbox.Reading.
    """

    generation: int
    index: int
    framing: str
    parent: str | None
    reply: str
    source: str
    outcome: Outcome
    findings: tuple[str, ...] = ()
    shape: str = ""
    thought: str = ""

    @property
    def name(self) -> str:
        """Folder inside the run, g01/c03."""
        return folder_name(self.generation, self.index)

    @classmethod
    def of(cls, place: Place, proposed: Proposed, outcome: Outcome) -> "Candidate":
        """The candidate at a place, with its outcome."""
        return cls(
            *place,
            framing=proposed.framing,
            parent=proposed.parent,
            reply=proposed.reply,
            source=proposed.source,
            outcome=outcome,
            findings=proposed.findings,
            shape=proposed.shape,
            thought=proposed.thought,
        )


def folder_name(generation: int, index: int) -> str:
    """Folder of a candidate inside its run."""
    return f"g{generation:02d}/c{index:02d}"


def candidate_place(folder: str) -> Place:
    """The place of a candidate, from its folder inside the run."""
    generation, index = folder.split("/")
    return int(generation[1:]), int(index[1:])


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """As stored in outcome.json."""
    match outcome:
        case Rejected():
            status = "rejected"
        case Failed():
            status = "failed"
        case Dropped():
            status = "dropped"
        case Assessed():
            status = "assessed"
        case _:
            assert_never(outcome)
    return {"status": status, **asdict(outcome)}


def number(value: float | None) -> str:
    """Four significant digits, '-' for NaN and None; 0 for a sum's rounding error."""
    if value is None or math.isnan(value):
        return "-"
    return "0" if abs(value) < 1e-12 else f"{value:.4g}"


@dataclass(frozen=True)
class Entry:
    """One row of the final comparison: a reward retrained on unseen seeds.

    folder: of its trainings inside the run; votes name it by that too.
    """

    label: str
    folder: str
    outcome: Outcome
