"""What candidates are selected by: the metric, people, or both."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from designer.run.candidates import Assessed, Candidate, number, paired
from designer.votes.ballots import Vote
from designer.votes.strengths import Strengths, fit


class Merit(Protocol):
    """A scale on which assessed candidates can be compared; more is better."""

    @property
    def unit(self) -> str:
        """What it counts, in words."""

    def of(self, candidate: Candidate) -> float:
        """How good an assessed candidate is."""

    def knows(self, candidate: Candidate) -> bool:
        """Whether an assessed candidate was measured on this scale at all."""

    def favours(self, candidate: Candidate) -> bool:
        """Whether anything speaks for an assessed candidate; else it can't lead."""

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """By how much one assessed candidate is better, and the error of seeds in it.

        Only a lead beyond that error counts.
        """


@dataclass(frozen=True)
class ByFitness:
    """The hidden metric, over training seeds."""

    unit: str = "fitness"

    def of(self, candidate: Candidate) -> float:
        """Mean over training seeds."""
        return _assessed(candidate).fitness

    def knows(self, candidate: Candidate) -> bool:
        """Always, unless the metric itself gave no number."""
        return not math.isnan(self.of(candidate))

    def favours(self, candidate: Candidate) -> bool:
        """Every measured one may lead."""
        return self.knows(candidate)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """Paired: both were trained on the same seeds. One seed has no error."""
        gaps = np.subtract(*paired(_assessed(challenger), _assessed(holder)))
        n = len(gaps)
        if not n:  # The environment failed on all seeds of one or the other.
            return 0.0, math.inf
        error = gaps.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
        return float(gaps.mean()), float(error)


BY_FITNESS = ByFitness()


@dataclass(frozen=True)
class ByPeople:
    """Votes alone; the metric is never read."""

    strengths: Strengths
    unit: str = "strength by votes"

    def of(self, candidate: Candidate) -> float:
        """Bradley-Terry strength, logits."""
        return self.strengths.of(candidate.name)

    def knows(self, candidate: Candidate) -> bool:
        """Whether votes compare it with any other."""
        return bool(self.strengths.rivals.get(candidate.name))

    def favours(self, candidate: Candidate) -> bool:
        """Whether votes prefer it to any other; ties choose nobody."""
        return self.strengths.is_preferred(candidate.name)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """Difference of two strengths, logits; 0 where votes don't connect the two.

        Who is preferred leads: doubt about votes is met by asking again, not by keeping
        what people have just put in second place.
        """
        if holder.name not in self.strengths.circle(challenger.name):
            return 0.0, 0.0
        return self.strengths.lead(challenger.name, holder.name)[0], 0.0


@dataclass(frozen=True)
class ByBoth:
    """weight x strength by votes (logits) + (1 - weight) x fitness / spread.

    spread: standard deviation of fitness over the candidates.
    """

    strengths: Strengths
    weight: float
    spread: float

    @property
    def unit(self) -> str:
        """The weights, stated."""
        w = self.weight
        return f"{number(w)} strength by votes + {number(1 - w)} fitness"

    def of(self, candidate: Candidate) -> float:
        """Weighted sum of both."""
        fitness, w = BY_FITNESS.of(candidate) / self.spread, self.weight
        return w * self.strengths.of(candidate.name) + (1 - w) * fitness

    def knows(self, candidate: Candidate) -> bool:
        """Whether fitness is measured; without a part for fitness, votes must."""
        return self._weighty.knows(candidate)

    def favours(self, candidate: Candidate) -> bool:
        """Whether fitness, or without a part for it votes, let it lead."""
        return self._weighty.favours(candidate)

    @property
    def _weighty(self) -> Merit:
        """The scale without which there is no sum: fitness, if it weighs anything."""
        return BY_FITNESS if self.weight < 1 else ByPeople(self.strengths)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """Weighted difference; seeds have a part in fitness alone."""
        ours, _ = self.strengths.lead(challenger.name, holder.name)
        gap, error = (x / self.spread for x in BY_FITNESS.lead(challenger, holder))
        return self.weight * ours + (1 - self.weight) * gap, (1 - self.weight) * error


def by_both(
    strengths: Strengths, weight: float, candidates: Iterable[Candidate]
) -> ByBoth:
    """Both, with fitness scaled by its spread over the assessed candidates."""
    found = [c.outcome.fitness for c in candidates if isinstance(c.outcome, Assessed)]
    return ByBoth(strengths, weight, float(np.std(found or [0.0])) or 1.0)


def merit_of(
    judge: str, weight: float, votes: Sequence[Vote], candidates: Sequence[Candidate]
) -> Merit:
    """What selects with --judge metric, people or both; weight: of votes, with both."""
    if judge == "metric":
        return BY_FITNESS
    names = [c.name for c in candidates if isinstance(c.outcome, Assessed)]
    strengths = fit(votes, names)
    return (
        ByPeople(strengths)
        if judge == "people"
        else by_both(strengths, weight, candidates)
    )


def _assessed(candidate: Candidate) -> Assessed:
    assert isinstance(candidate.outcome, Assessed)
    return candidate.outcome
