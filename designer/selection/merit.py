"""Merit, the scale by which candidates are selected: the metric, votes, or both."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from designer.run.candidates import Assessed, Candidate, number, paired
from designer.selection.duel import seed_spread
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

    def bound(self, candidate: Candidate) -> float:
        """The merit of an assessed candidate with its doubt over seeds taken off."""

    def lead(self, challenger: Candidate, holder: Candidate) -> float:
        """By how much the challenger's merit exceeds the holder's, beyond doubt."""


@dataclass(frozen=True)
class ByFitness:
    """Selection by the hidden metric, averaged over training seeds.

    spread: standard deviation of fitness over seeds, as pooled over candidates.
    """

    spread: float = 0.0
    unit: str = "fitness"

    def of(self, candidate: Candidate) -> float:
        """Mean over training seeds."""
        return _assessed(candidate).fitness

    def bound(self, candidate: Candidate) -> float:
        """The mean minus one standard error, so that few lucky seeds count less."""
        seeds = len(_assessed(candidate).results)
        return self.of(candidate) - self.spread / math.sqrt(seeds)

    def knows(self, candidate: Candidate) -> bool:
        """Whether the metric gave a number."""
        return not math.isnan(self.of(candidate))

    def favours(self, candidate: Candidate) -> bool:
        """Every candidate with a fitness may lead."""
        return self.knows(candidate)

    def lead(self, challenger: Candidate, holder: Candidate) -> float:
        """The difference of the lower bounds."""
        return self.bound(challenger) - self.bound(holder)


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

    def bound(self, candidate: Candidate) -> float:
        """The strength itself; doubt about votes calls for more votes."""
        return self.of(candidate)

    def lead(self, challenger: Candidate, holder: Candidate) -> float:
        """Difference of the strengths, logits; 0 if votes don't connect the two.

        The preferred candidate leads however few votes there are: people have just put
        the other one in second place.
        """
        if holder.name not in self.strengths.circle(challenger.name):
            return 0.0
        return self.strengths.lead(challenger.name, holder.name)[0]


@dataclass(frozen=True)
class ByBoth:
    """Selection by weight x strength (logits) + (1 - weight) x fitness / spread.

    strengths: by votes. spread: standard deviation of fitness over the candidates.
    doubt: standard deviation of fitness over seeds, in units of spread.
    """

    strengths: Strengths
    weight: float
    spread: float
    doubt: float = 0.0

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

    def bound(self, candidate: Candidate) -> float:
        """The weighted sum, with the lower bound of fitness."""
        seeds, w = len(_assessed(candidate).results), self.weight
        return self.of(candidate) - (1 - w) * self.doubt / math.sqrt(seeds)

    def lead(self, challenger: Candidate, holder: Candidate) -> float:
        """The difference of the lower bounds."""
        return self.bound(challenger) - self.bound(holder)


def by_both(
    strengths: Strengths, weight: float, candidates: Iterable[Candidate]
) -> ByBoth:
    """ByBoth with the spread of fitness over the assessed candidates."""
    outcomes = _outcomes(candidates)
    fitnesses = [outcome.fitness for outcome in outcomes]
    spread = float(np.std(fitnesses or [0.0])) or 1.0
    return ByBoth(strengths, weight, spread, seed_spread(outcomes)[0] / spread)


def merit_of(
    judge: str, weight: float, votes: Sequence[Vote], candidates: Sequence[Candidate]
) -> Merit:
    """The merit for --judge metric, people or both; weight: of votes, for both."""
    if judge == "metric":
        return ByFitness(seed_spread(_outcomes(candidates))[0])
    names = [c.name for c in candidates if isinstance(c.outcome, Assessed)]
    strengths = fit(votes, names)
    return (
        ByPeople(strengths)
        if judge == "people"
        else by_both(strengths, weight, candidates)
    )


def _outcomes(candidates: Iterable[Candidate]) -> list[Assessed]:
    return [c.outcome for c in candidates if isinstance(c.outcome, Assessed)]


def _assessed(candidate: Candidate) -> Assessed:
    assert isinstance(candidate.outcome, Assessed)
    return candidate.outcome
