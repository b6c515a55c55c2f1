"""Strengths of candidates by votes: Bradley-Terry with ties, and its uncertainty."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from designer.votes.ballots import Vote, pairs
from envs.bodies import Array

SPREAD = 2.0  # Prior standard deviation of a strength, logits.
TIES, TIES_SPREAD = np.log(0.5), 1.0  # Prior of the log of Davidson's nu.
MAX_NEWTON_STEPS, MIN_NEWTON_STEP = 100, 1e-9
EQUAL_WITHIN_LOGITS = 1e-6  # Strengths that differ by less are equal.
SAMPLES = 4000
Z95 = 1.96


@dataclass(frozen=True)
class Strengths:
    """Posterior of the strengths, a normal distribution around its mode.

    names: n of them. mean: (n,) logits; a strength greater by 1 wins with odds of e to
    1, ties aside. covariance: (n, n). rivals: for each name, the names that votes
    compare it with directly.
    """

    names: tuple[str, ...]
    mean: Array
    covariance: Array
    rivals: Mapping[str, frozenset[str]]

    def of(self, name: str) -> float:
        """Strength of a candidate; 0, the prior's mean, if it was never compared."""
        return float(self.mean[self._at[name]]) if name in self._at else 0.0

    def interval(self, name: str) -> tuple[float, float]:
        """95 % interval of a candidate's strength."""
        half = Z95 * self.lead(name, None)[1]
        return self.of(name) - half, self.of(name) + half

    def lead(self, name: str, rival: str | None) -> tuple[float, float]:
        """Strength minus the rival's, or minus 0: mean and standard error, logits."""
        sides = {name: 1.0} | ({} if rival is None else {rival: -1.0})
        contrast = np.zeros(len(self.names))
        variance = 0.0
        for name, sign in sides.items():
            if name in self._at:
                contrast[self._at[name]] += sign
            else:
                variance += SPREAD**2
        variance += float(contrast @ self.covariance @ contrast)
        return float(contrast @ self.mean), float(np.sqrt(variance))

    def is_preferred(self, name: str) -> bool:
        """Whether a candidate is stronger than any of its rivals."""
        rivals = self.rivals.get(name, ())
        return any(
            self.of(name) > self.of(rival) + EQUAL_WITHIN_LOGITS for rival in rivals
        )

    def circle(self, name: str) -> frozenset[str]:
        """All names that votes connect with this one, itself included.

        Strengths of two circles share only the prior and are not comparable.
        """
        reached, fresh = {name}, {name}
        while fresh:
            fresh = {
                r for member in fresh for r in self.rivals.get(member, ())
            } - reached
            reached |= fresh
        return frozenset(reached)

    @cached_property
    def chances(self) -> Array:
        """Probability of each to be the strongest of all, (n,)."""
        rng = np.random.default_rng(0)
        drawn = rng.multivariate_normal(self.mean, self.covariance, SAMPLES)
        return np.bincount(drawn.argmax(axis=1), minlength=len(self.names)) / SAMPLES

    @cached_property
    def _at(self) -> Mapping[str, int]:
        return {name: k for k, name in enumerate(self.names)}


def fit(votes: Iterable[Vote], names: Sequence[str]) -> Strengths:
    """Strengths of the named candidates and of all in the votes.

    Bradley-Terry with Davidson's ties (Davidson 1970, JASA 65:317): i beats j with odds
    e^si : e^sj : nu e^((si + sj) / 2) for win, loss and tie. Normal priors on s and
    log nu make the posterior log-concave; its mode is computed by Newton's method and
    its covariance is the inverse Hessian there (Laplace).
    """
    comparisons = [p for vote in votes for p in pairs(vote)]
    all_names = tuple(
        dict.fromkeys([*names, *(n for p in comparisons for n in (p.better, p.worse))])
    )
    at, n = {name: k for k, name in enumerate(all_names)}, len(all_names)
    # Three outcomes of every pair as rows of a log-linear model: win, loss, tie.
    rows = np.zeros((len(comparisons), 3, n + 1))
    for row, pair in zip(rows, comparisons, strict=True):
        i, j = at[pair.better], at[pair.worse]
        row[0, i] = row[1, j] = row[2, n] = 1.0
        row[2, i] = row[2, j] = 0.5
    came = np.array([2 if pair.tie else 0 for pair in comparisons], dtype=int)
    weight = np.array([pair.weight for pair in comparisons])
    centre = np.append(np.zeros(n), TIES)
    precision = np.append(np.full(n, SPREAD**-2), TIES_SPREAD**-2)
    x = centre.copy()
    for _ in range(MAX_NEWTON_STEPS):
        logits = rows @ x
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("pk,pkd->pd", chance, rows)
        observed = rows[np.arange(len(comparisons)), came]
        gradient = weight @ (observed - expected) - precision * (x - centre)
        spread = rows - expected[:, None]
        hessian = np.einsum("p,pk,pkd,pke->de", weight, chance, spread, spread)
        hessian += np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        x += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < MIN_NEWTON_STEP:
            break
    rivals: dict[str, set[str]] = {name: set() for name in all_names}
    for pair in comparisons:
        rivals[pair.better].add(pair.worse)
        rivals[pair.worse].add(pair.better)
    frozen = {name: frozenset(rival_names) for name, rival_names in rivals.items()}
    return Strengths(all_names, x[:n], np.linalg.inv(hessian)[:n, :n], frozen)


def by_rater(votes: Iterable[Vote], names: Sequence[str]) -> dict[str, Strengths]:
    """Strengths by the votes of each rater alone."""
    groups: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        groups[vote.rater].append(vote)
    return {rater: fit(group, names) for rater, group in sorted(groups.items())}


@dataclass(frozen=True)
class Disagreement:
    """The first rater prefers the first candidate, the second rater the second."""

    raters: tuple[str, str]
    candidates: tuple[str, str]


def disagreements(votes: Sequence[Vote]) -> list[Disagreement]:
    """Pairs of candidates that two raters order differently.

    Both differences exceed their standard errors, and the votes of either rater connect
    the two candidates.
    """
    fits = list(by_rater(votes, ()).items())
    differences = []
    for k, (rater, first) in enumerate(fits):
        for second_rater, second in fits[k + 1 :]:
            shared = [name for name in first.names if name in second.names]
            for i, a in enumerate(shared):
                for b in shared[i + 1 :]:
                    if b not in first.circle(a) & second.circle(a):
                        continue
                    (x, dx), (y, dy) = first.lead(a, b), second.lead(a, b)
                    if x * y < 0 and abs(x) > dx and abs(y) > dy:
                        pair = (a, b) if x > 0 else (b, a)
                        differences.append(Disagreement((rater, second_rater), pair))
    return differences
