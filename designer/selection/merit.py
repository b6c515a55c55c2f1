"""Merit, the scale by which candidates are selected: the metric, votes, or both."""

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
        """The quantity in words, for reports."""

    def of(self, candidate: Candidate) -> float:
        """The merit of an assessed candidate."""

    def knows(self, candidate: Candidate) -> bool:
        """Whether an assessed candidate has a merit on this scale."""

    def favours(self, candidate: Candidate) -> bool:
        """Whether an assessed candidate may lead."""

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """Challenger's merit minus the holder's, and its standard error over seeds.

        Only a lead greater than that error counts.
        """


@dataclass(frozen=True)
class ByFitness:
    """Selection by the hidden metric, averaged over training seeds."""

    unit: str = "fitness"

    def of(self, candidate: Candidate) -> float:
        """Mean over training seeds."""
        return _assessed(candidate).fitness

    def knows(self, candidate: Candidate) -> bool:
        """Whether the metric gave a number."""
        return not math.isnan(self.of(candidate))

    def favours(self, candidate: Candidate) -> bool:
        """Every candidate with a fitness may lead."""
        return self.knows(candidate)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """The paired difference over common seeds; the error of one seed is 0."""
        return lead_of(_assessed(challenger), _assessed(holder))


BY_FITNESS = ByFitness()


def lead_of(challenger: Assessed, holder: Assessed) -> tuple[float, float]:
    """The mean lead in fitness, paired by seed, and its standard error (0 for one)."""
    gaps = np.subtract(*paired(challenger, holder))
    n = len(gaps)
    if not n:  # The environment failed in all pairs of trainings.
        return 0.0, math.inf
    error = gaps.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    return float(gaps.mean()), float(error)


@dataclass(frozen=True)
class ByPeople:
    """Selection by votes alone; the metric is never read."""

    strengths: Strengths
    unit: str = "strength by votes"

    def of(self, candidate: Candidate) -> float:
        """Bradley-Terry strength, logits."""
        return self.strengths.of(candidate.name)

    def knows(self, candidate: Candidate) -> bool:
        """Whether votes compare the candidate with any other."""
        return bool(self.strengths.rivals.get(candidate.name))

    def favours(self, candidate: Candidate) -> bool:
        """Whether votes prefer the candidate to any other; ties do not."""
        return self.strengths.is_preferred(candidate.name)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """Difference of the strengths, logits; 0 if votes don't connect the two.

        The error is 0, so the preferred candidate leads however few votes there are.
        People have just put the other one in second place; doubt calls for more votes.
        """
        if holder.name not in self.strengths.circle(challenger.name):
            return 0.0, 0.0
        return self.strengths.lead(challenger.name, holder.name)[0], 0.0


@dataclass(frozen=True)
class ByBoth:
    """Selection by weight x strength (logits) + (1 - weight) x fitness / spread.

    strengths: by votes. spread: standard deviation of fitness over the candidates.
    """

    strengths: Strengths
    weight: float
    spread: float

    @property
    def unit(self) -> str:
        """Both quantities with their weights."""
        w = self.weight
        return f"{number(w)} strength by votes + {number(1 - w)} fitness"

    def of(self, candidate: Candidate) -> float:
        """The weighted sum of strength and fitness."""
        fitness, w = BY_FITNESS.of(candidate) / self.spread, self.weight
        return w * self.strengths.of(candidate.name) + (1 - w) * fitness

    def knows(self, candidate: Candidate) -> bool:
        """Whether the candidate has a fitness or, if that has no weight, votes."""
        return self._required.knows(candidate)

    def favours(self, candidate: Candidate) -> bool:
        """Whether fitness or, if that has no weight, votes let the candidate lead."""
        return self._required.favours(candidate)

    @property
    def _required(self) -> Merit:
        """The scale on which a candidate must have a merit: fitness, if weighted."""
        return BY_FITNESS if self.weight < 1 else ByPeople(self.strengths)

    def lead(self, challenger: Candidate, holder: Candidate) -> tuple[float, float]:
        """The weighted difference; its error is that of fitness alone."""
        lead, _ = self.strengths.lead(challenger.name, holder.name)
        gap, error = (x / self.spread for x in BY_FITNESS.lead(challenger, holder))
        return self.weight * lead + (1 - self.weight) * gap, (1 - self.weight) * error


def by_both(
    strengths: Strengths, weight: float, candidates: Iterable[Candidate]
) -> ByBoth:
    """ByBoth with the spread of fitness over the assessed candidates."""
    fitnesses = [
        c.outcome.fitness for c in candidates if isinstance(c.outcome, Assessed)
    ]
    return ByBoth(strengths, weight, float(np.std(fitnesses or [0.0])) or 1.0)


def merit_of(
    judge: str, weight: float, votes: Sequence[Vote], candidates: Sequence[Candidate]
) -> Merit:
    """The merit for --judge metric, people or both; weight: of votes, for both."""
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
