"""Changes of each term from parent to child, with the change of fitness, over a run.

Not covered: which of several changes of one candidate made its effect (the line says
how many there were), and renamed terms (they count as dropped and added).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.feedback.reflection import average
from designer.run.candidates import Assessed, Candidate
from designer.training.curves import Curves

MAX_TERMS_SHOWN = 8
MAX_CHANGES_SHOWN = 4  # of one term; the latest
MIN_RESCALING = 3.0  # a term whose size changed by a smaller factor was kept


@dataclass(frozen=True)
class Sheet:
    """An assessed reward: sizes of its terms, and its fitness by training seed.

    sizes: by term, mean absolute value per control step over the training. scores:
    fitness of each seed.
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

    verb: added, dropped, kept, or how it was rescaled. effect: child's fitness minus
    the parent's. spread: standard deviation of such a difference between seeds, None
    with one seed. other_changes: how many more the child has.
    """

    term: str
    verb: str
    child: str
    effect: float
    spread: float | None
    other_changes: int

    @property
    def clarity(self) -> float:
        """Size of the effect against the spread between seeds; 0 if that is unknown."""
        if self.spread is None or self.effect == 0:
            return 0.0
        return abs(self.effect) / self.spread if self.spread > 0 else math.inf


def sheet(candidate: Candidate, curves: Sequence[Curves]) -> Sheet | None:
    """The sheet of a candidate, from the curves of its seeds; None unless assessed."""
    if not isinstance(candidate.outcome, Assessed) or not curves:
        return None
    mean = average(curves)
    lengths = mean.columns["length"]
    sizes = {}
    for term in mean.terms:
        steps = np.abs(mean.columns[f"term/{term}"] / lengths)
        steps = steps[~np.isnan(steps)]
        sizes[term] = float(steps.mean()) if steps.size else 0.0
    return Sheet(candidate.name, candidate.parent, sizes, candidate.outcome.scores)


def term_changes(sheets: Iterable[Sheet]) -> tuple[Change, ...]:
    """Every change of a term from an assessed parent, in the order of the sheets."""
    by_name = {sheet.name: sheet for sheet in sheets}
    return tuple(
        change
        for child in by_name.values()
        if child.parent in by_name
        for change in _changes_between(child, by_name[child.parent])
    )


def lines(sheets: Iterable[Sheet]) -> tuple[str, ...]:
    """One line for each of at most eight terms, those with the clearest effects first.

    A line has the newest change last.
    """
    by_term: dict[str, list[Change]] = {}
    for change in term_changes(sheets):
        by_term.setdefault(change.term, []).append(change)
    real_changes = {
        term: [change for change in changes if change.verb != "kept"]
        for term, changes in by_term.items()
    }
    ordered = sorted(
        (term for term, changes in real_changes.items() if changes),
        key=lambda term: max((c.clarity, abs(c.effect)) for c in real_changes[term]),
        reverse=True,
    )
    return tuple(
        _line(term, real_changes[term], len(by_term[term]) - len(real_changes[term]))
        for term in ordered[:MAX_TERMS_SHOWN]
    )


def missing(requested: Iterable[str], terms: Iterable[str]) -> tuple[str, ...]:
    """Terms that a person requested and a reward lacks; case, _ and spaces aside."""

    def spelled(term: str) -> str:
        return term.lower().replace("_", "").replace(" ", "")

    existing = set(map(spelled, terms))
    return tuple(term for term in requested if spelled(term) not in existing)


def _changes_between(child: Sheet, parent: Sheet) -> list[Change]:
    verbs = {
        term: _verb(child.sizes.get(term), parent.sizes.get(term))
        for term in (*child.sizes, *(t for t in parent.sizes if t not in child.sizes))
    }
    count = sum(verb != "kept" for verb in verbs.values())
    effect = child.fitness - parent.fitness
    spread = None
    if min(len(child.scores), len(parent.scores)) > 1:
        # The variance of one seed's child minus one seed's parent.
        variance = sum(float(np.var(s.scores, ddof=1)) for s in (child, parent))
        spread = math.sqrt(variance)
    return [
        Change(term, verb, child.name, effect, spread, count - (verb != "kept"))
        for term, verb in verbs.items()
    ]


def _verb(size: float | None, parent_size: float | None) -> str:
    """What became of a term; a size is None where the reward lacks the term."""
    if parent_size is None:
        return "added"
    if size is None:
        return "dropped"
    if size > MIN_RESCALING * parent_size:
        return (
            f"enlarged {size / parent_size:.0f}-fold" if parent_size else "zero before"
        )
    if parent_size > MIN_RESCALING * size:
        return f"shrunk {parent_size / size:.0f}-fold" if size else "zero now"
    return "kept"


def _line(term: str, changes: Sequence[Change], times_kept: int) -> str:
    line = ", ".join(
        f"{change.verb} in {change.child} ({_effect(change)})"
        for change in changes[-MAX_CHANGES_SHOWN:]
    )
    if len(changes) > MAX_CHANGES_SHOWN:
        line = f"{len(changes) - MAX_CHANGES_SHOWN} earlier changes, {line}"
    return f"'{term}': {line}" + (
        f"; kept {times_kept} times" if times_kept > 1 else ""
    )


def _effect(change: Change) -> str:
    """The change of fitness, and what makes it uncertain."""
    remarks = [f"{change.effect:+.3g}"]
    if change.spread is None:
        remarks.append("one seed")
    elif abs(change.effect) <= change.spread:
        remarks.append("noise")
    if count := change.other_changes:
        remarks.append(f"{count} other change{'s' if count > 1 else ''}")
    return ", ".join(remarks)
