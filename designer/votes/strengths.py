"""How strong candidates are by votes: Bradley-Terry with ties, and its uncertainty."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from designer.rewards.sources import Array
from designer.votes.ballots import Vote, pairs

SPREAD = 2.0  # prior standard deviation of a strength, logits
TIES, TIES_SPREAD = np.log(0.5), 1.0  # prior of the log of Davidson's nu
STEPS, SMALL = 100, 1e-9
ROUNDING = 1e-6  # logits: strengths that differ by less are equal
SAMPLES = 4000
Z95 = 1.96


@dataclass(frozen=True)
class Strengths:
    """Posterior of the strengths, normal round its mode.

    names: (n,). mean: (n,) logits: a strength greater by 1 wins e to 1, ties aside.
    covariance: (n, n). rivals: of each, those that votes compare it with directly.
    """

    names: tuple[str, ...]
    mean: Array
    covariance: Array
    rivals: Mapping[str, frozenset[str]]

    def of(self, name: str) -> float:
        """Strength of one; 0, the prior's, for one that was never compared."""
        return float(self.mean[self._at[name]]) if name in self._at else 0.0

    def interval(self, name: str) -> tuple[float, float]:
        """95 % interval of a strength."""
        half = Z95 * self.lead(name, None)[1]
        return self.of(name) - half, self.of(name) + half

    def lead(self, one: str, other: str | None) -> tuple[float, float]:
        """How much stronger one is than another, or than 0: mean, standard error."""
        sides = {one: 1.0} | ({} if other is None else {other: -1.0})
        known = np.zeros(len(self.names))
        variance = 0.0
        for name, sign in sides.items():
            if name in self._at:
                known[self._at[name]] += sign
            else:
                variance += SPREAD**2
        variance += float(known @ self.covariance @ known)
        return float(known @ self.mean), float(np.sqrt(variance))

    def is_preferred(self, name: str) -> bool:
        """Whether votes place one above any that they compare it with."""
        rivals = self.rivals.get(name, ())
        return any(self.of(name) > self.of(rival) + ROUNDING for rival in rivals)

    def circle(self, name: str) -> frozenset[str]:
        """All that votes compare with one, directly or through others; itself too.

        Strengths of two circles have only the prior in common and are not comparable.
        """
        reached, fresh = {name}, {name}
        while fresh:
            fresh = {r for one in fresh for r in self.rivals.get(one, ())} - reached
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
    """Strengths of the named candidates, those without votes at the prior.

    Bradley-Terry with Davidson's ties (Davidson 1970, JASA 65:317): i beats j with odds
    e^si : e^sj : nu e^((si + sj) / 2) for win, loss and tie. Normal priors on s and
    log nu make the posterior log-concave; its mode is found by Newton's method and its
    covariance is the inverse Hessian there (Laplace).
    """
    found = [p for vote in votes for p in pairs(vote)]
    every = tuple(
        dict.fromkeys([*names, *(n for p in found for n in (p.better, p.worse))])
    )
    at, n = {name: k for k, name in enumerate(every)}, len(every)
    # Three outcomes of every pair as rows of a log-linear model: win, loss, tie.
    rows = np.zeros((len(found), 3, n + 1))
    for row, pair in zip(rows, found, strict=True):
        i, j = at[pair.better], at[pair.worse]
        row[0, i] = row[1, j] = row[2, n] = 1.0
        row[2, i] = row[2, j] = 0.5
    came = np.array([2 if pair.tie else 0 for pair in found], dtype=int)
    weight = np.array([pair.weight for pair in found])
    centre = np.append(np.zeros(n), TIES)
    precision = np.append(np.full(n, SPREAD**-2), TIES_SPREAD**-2)
    x = centre.copy()
    for _ in range(STEPS):
        logits = rows @ x
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("pk,pkd->pd", chance, rows)
        seen = rows[np.arange(len(found)), came]
        gradient = weight @ (seen - expected) - precision * (x - centre)
        spread = rows - expected[:, None]
        hessian = np.einsum("p,pk,pkd,pke->de", weight, chance, spread, spread)
        hessian += np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        x += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < SMALL:
            break
    rivals: dict[str, set[str]] = {name: set() for name in every}
    for pair in found:
        rivals[pair.better].add(pair.worse)
        rivals[pair.worse].add(pair.better)
    frozen = {name: frozenset(others) for name, others in rivals.items()}
    return Strengths(every, x[:n], np.linalg.inv(hessian)[:n, :n], frozen)


def by_rater(votes: Iterable[Vote], names: Sequence[str]) -> dict[str, Strengths]:
    """A fit for each rater alone."""
    groups: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        groups[vote.rater].append(vote)
    return {rater: fit(group, names) for rater, group in sorted(groups.items())}


@dataclass(frozen=True)
class Disagreement:
    """One rater holds one candidate for the better one, the other rater the other."""

    raters: tuple[str, str]
    candidates: tuple[str, str]


def disagreements(votes: Sequence[Vote]) -> list[Disagreement]:
    """Where two raters differ by more than the standard error of each."""
    fits = list(by_rater(votes, ()).items())
    found = []
    for k, (rater, mine) in enumerate(fits):
        for other, theirs in fits[k + 1 :]:
            both = [name for name in mine.names if name in theirs.names]
            for i, a in enumerate(both):
                for b in both[i + 1 :]:
                    (x, dx), (y, dy) = mine.lead(a, b), theirs.lead(a, b)
                    if x * y < 0 and abs(x) > dx and abs(y) > dy:
                        pair = (a, b) if x > 0 else (b, a)
                        found.append(Disagreement((rater, other), pair))
    return found
