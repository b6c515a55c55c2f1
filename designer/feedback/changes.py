"""What changed from a reward to its child: terms, code, and fitness once for all of it.

Not covered: which of a child's changes made the difference in fitness, and renamed
terms (they count as dropped and added).
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from designer.feedback.reflection import average
from designer.run.candidates import Assessed, Candidate
from designer.training.curves import Curves

MAX_CHANGES_SHOWN = 8  # children


@dataclass(frozen=True)
class Sheet:
    """An assessed reward: what its terms paid, and its fitness by training seed.

    pay: by term, mean per control step over the training. scores: fitness of each seed.
    """

    name: str
    parent: str | None
    pay: Mapping[str, float]
    scores: tuple[float, ...]

    @property
    def fitness(self) -> float:
        """Mean over seeds."""
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class Change:
    """A child against its parent.

    added, dropped: terms. effect: child's fitness minus the parent's. spread: standard
    deviation of such a difference between seeds, None with one seed.
    """

    child: str
    parent: str
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    effect: float
    spread: float | None

    @property
    def clarity(self) -> float:
        """Size of the effect against the spread between seeds; 0 if that is unknown."""
        if self.spread is None or self.effect == 0:
            return 0.0
        return abs(self.effect) / self.spread if self.spread > 0 else math.inf

    @property
    def sentence(self) -> str:
        """The difference in fitness, what makes it uncertain, and the terms."""
        phrases = [f"{self.effect:+.3g} against {self.parent}"]
        if self.spread is None:
            phrases[0] += " (one seed)"
        elif abs(self.effect) <= self.spread:
            phrases[0] += " (less than between seeds)"
        for verb, terms in (("adds", self.added), ("drops", self.dropped)):
            if terms:
                phrases.append(f"{verb} " + ", ".join(f"'{term}'" for term in terms))
        return "; ".join(phrases)


def sheet(candidate: Candidate, curves: Sequence[Curves]) -> Sheet | None:
    """The sheet of a candidate, from the curves of its seeds; None unless assessed."""
    if not isinstance(candidate.outcome, Assessed) or not curves:
        return None
    mean = average(curves)
    pay = {}
    for term in mean.terms:
        steps = mean.columns[f"term/{term}"] / mean.columns["length"]
        steps = steps[~np.isnan(steps)]
        pay[term] = float(steps.mean()) if steps.size else 0.0
    return Sheet(candidate.name, candidate.parent, pay, candidate.outcome.scores)


def changes(sheets: Iterable[Sheet]) -> dict[str, Change]:
    """The change of every child of an assessed parent, by its name."""
    by_name = {sheet.name: sheet for sheet in sheets}
    return {
        child.name: _change(child, by_name[child.parent])
        for child in by_name.values()
        if child.parent in by_name
    }


def lines(sheets: Iterable[Sheet]) -> tuple[str, ...]:
    """One line for each of at most eight children, the clearest effects first.

    Where people judge alone there is no fitness, and no line.
    """
    measured = [c for c in changes(sheets).values() if not math.isnan(c.effect)]
    clearest = sorted(measured, key=lambda c: (-c.clarity, -abs(c.effect)))
    return tuple(f"{c.child}: {c.sentence}" for c in clearest[:MAX_CHANGES_SHOWN])


def differing_lines(source: str, parent_source: str) -> list[str]:
    """Lines that only one of two rewards has, with + or -; blank ones are left out."""
    before, after = (
        [line.rstrip() for line in text.splitlines() if line.strip()]
        for text in (parent_source, source)
    )
    diff = difflib.unified_diff(before, after, n=0, lineterm="")
    # Its first two lines name files; those with @@ say where a change begins.
    return [line for line in islice(diff, 2, None) if not line.startswith("@@")]


def missing(requested: Iterable[str], terms: Iterable[str]) -> tuple[str, ...]:
    """Terms that a person requested and a reward lacks; case, _ and spaces aside."""

    def spelled(term: str) -> str:
        return term.lower().replace("_", "").replace(" ", "")

    existing = set(map(spelled, terms))
    return tuple(term for term in requested if spelled(term) not in existing)


def _change(child: Sheet, parent: Sheet) -> Change:
    spread = None
    if min(len(child.scores), len(parent.scores)) > 1:
        # The variance of one seed's child minus one seed's parent.
        variance = sum(float(np.var(s.scores, ddof=1)) for s in (child, parent))
        spread = math.sqrt(variance)
    return Change(
        child.name,
        parent.name,
        tuple(term for term in child.pay if term not in parent.pay),
        tuple(term for term in parent.pay if term not in child.pay),
        child.fitness - parent.fitness,
        spread,
    )
