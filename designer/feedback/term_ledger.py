"""What adding, dropping and rescaling each term went along with, over a whole run.

Not covered: which of several changes of one candidate made its effect (it is told how
many there were), and terms that were only renamed (they count as dropped and added).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.feedback.reflection import average
from designer.run.candidates import Assessed, Candidate
from designer.training.curves import Curves

LINES = 8
SHOWN = 4  # changes of one term; the latest
RESCALED = 3.0


@dataclass(frozen=True)
class Sheet:
    """An assessed reward: sizes of its terms, and its fitness by training seed.

    sizes: mean absolute value per control step over the training.
    """

    name: str
    parent: str | None
    sizes: Mapping[str, float]
    scores: tuple[float, ...]

    @property
    def fitness(self) -> float:
        """Mean over seeds."""
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class Change:
    """What became of one term from parent to child.

    what: added, dropped, kept or rescaled, in words. effect: child's fitness minus the
    parent's. spread: standard deviation of such a difference between seeds, None where
    it can't be known. others: how many other changes the child has.
    """

    term: str
    what: str
    child: str
    effect: float
    spread: float | None
    others: int

    @property
    def clarity(self) -> float:
        """Size of the effect against the spread between seeds; 0 if that is unknown."""
        if self.spread is None or self.effect == 0:
            return 0.0
        return abs(self.effect) / self.spread if self.spread > 0 else math.inf


def sheet(candidate: Candidate, curves: Sequence[Curves]) -> Sheet | None:
    """A candidate with the curves of its seeds; None unless it was assessed."""
    if not isinstance(candidate.outcome, Assessed) or not curves:
        return None
    mean = average(curves)
    lengths = mean.columns["length"]
    sizes = {}
    for term in mean.terms:
        steps = np.abs(mean.columns[f"term/{term}"] / lengths)
        known = steps[~np.isnan(steps)]
        sizes[term] = float(known.mean()) if known.size else 0.0
    return Sheet(candidate.name, candidate.parent, sizes, candidate.outcome.scores)


def changes(sheets: Iterable[Sheet]) -> tuple[Change, ...]:
    """Every change of a term from an assessed parent, in the order of the sheets."""
    known = {one.name: one for one in sheets}
    pairs = [
        (child, known[child.parent])
        for child in known.values()
        if child.parent in known
    ]
    return tuple(
        change for child, parent in pairs for change in _between(child, parent)
    )


def lines(sheets: Iterable[Sheet]) -> tuple[str, ...]:
    """At most eight terms, the clearest effects first; of each the newest last."""
    by_term: dict[str, list[Change]] = {}
    for change in changes(sheets):
        by_term.setdefault(change.term, []).append(change)
    told = {
        term: [change for change in found if change.what != "kept"]
        for term, found in by_term.items()
    }
    ordered = sorted(
        (term for term, found in told.items() if found),
        key=lambda term: max((c.clarity, abs(c.effect)) for c in told[term]),
        reverse=True,
    )
    return tuple(
        _line(term, told[term], len(by_term[term]) - len(told[term]))
        for term in ordered[:LINES]
    )


def missing(asked: Iterable[str], terms: Iterable[str]) -> tuple[str, ...]:
    """Terms that a person asked for and a reward does not have; case and _ aside."""
    there = {_plain(term) for term in terms}
    return tuple(term for term in asked if _plain(term) not in there)


def _between(child: Sheet, parent: Sheet) -> list[Change]:
    what = {
        term: _what(child.sizes.get(term), parent.sizes.get(term))
        for term in (*child.sizes, *(t for t in parent.sizes if t not in child.sizes))
    }
    count = sum(word != "kept" for word in what.values())
    effect, spread = child.fitness - parent.fitness, _spread(child, parent)
    return [
        Change(term, word, child.name, effect, spread, count - (word != "kept"))
        for term, word in what.items()
    ]


def _what(now: float | None, before: float | None) -> str:
    if before is None:
        return "added"
    if now is None:
        return "dropped"
    if now > RESCALED * before:
        return f"enlarged {now / before:.0f}-fold" if before else "woken"
    if before > RESCALED * now:
        return f"shrunk {before / now:.0f}-fold" if now else "silenced"
    return "kept"


def _spread(child: Sheet, parent: Sheet) -> float | None:
    """Standard deviation of one seed's child minus one seed's parent."""
    if min(len(child.scores), len(parent.scores)) < 2:
        return None
    parts = [float(np.var(one.scores, ddof=1)) for one in (child, parent)]
    return math.sqrt(sum(parts))


def _line(term: str, found: Sequence[Change], kept: int) -> str:
    said = ", ".join(
        f"{change.what} in {change.child} ({_effect(change)})"
        for change in found[-SHOWN:]
    )
    if len(found) > SHOWN:
        said = f"{len(found) - SHOWN} earlier changes, {said}"
    return f"'{term}': {said}" + (f"; kept {kept} times" if kept > 1 else "")


def _effect(change: Change) -> str:
    parts = [f"{change.effect:+.3g}"]
    if change.spread is None:
        parts.append("one seed")
    elif abs(change.effect) <= change.spread:
        parts.append("noise")
    if change.others:
        parts.append(f"{change.others} other change{'s' if change.others > 1 else ''}")
    return ", ".join(parts)


def _plain(term: str) -> str:
    return term.lower().replace("_", "").replace(" ", "")
