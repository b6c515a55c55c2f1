"""How the built-in proposer learns from a search: what it tunes, drops, crosses."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from designer.authors.brief import Brief, Feedback
from designer.authors.symbolic import (
    combine,
    compose,
    genome,
    probabilities,
    restructure,
    tune,
)
from designer.authors.terms import Shape, Term, name, shapes
from designer.feedback.reflection import Trace
from designer.run.candidates import Candidate
from designer.selection.merit import BY_FITNESS, Merit
from tests.designer.authors.test_symbolic import BANK, TASK, brief, scored

KNOWN = shapes(TASK, BANK)


def term(shape: Shape, weight: float = 1.0) -> Term:
    """One with an importance as large as its weight."""
    return Term(shape, weight, weight, 0.0, 1.0)


SMOOTH, EFFORT, REACH = (term(shape, 0.5) for shape in KNOWN[:3])
PARENT_TERMS = (EFFORT, REACH)


def told(*correlations: float | None) -> Brief:
    """A brief in which the parent's terms went with fitness like this."""
    traces = tuple(
        Trace(f"term/{name(term.shape, BANK)}", (), 0.0, 0.0, 0.0, 0.5, correlation)
        for term, correlation in zip(PARENT_TERMS, correlations, strict=True)
    )
    return replace(brief(), feedback=Feedback(traces))


@pytest.mark.parametrize(
    ("correlation", "share"), [(1.0, 0.9), (-1.0, 0.1), (None, 0.5)]
)
def test_a_term_that_went_with_fitness_is_tuned_up_and_its_opposite_down(
    correlation: float | None, share: float
) -> None:
    """The standard error of a share of 600 draws is at most 0.02."""
    rng, made = np.random.default_rng(0), told(correlation, correlation)
    ups = []
    for _ in range(600):
        tuned = tune(PARENT_TERMS, made, rng)
        ((old, new),) = [
            p for p in zip(PARENT_TERMS, tuned, strict=True) if p[0] != p[1]
        ]
        factor = new.weight / old.weight
        assert factor == pytest.approx(new.importance / old.importance, rel=0.01)
        assert 1.49 < max(factor, 1 / factor) < 4.05
        assert new.shape == old.shape
        ups.append(factor > 1)
    assert np.mean(ups) == pytest.approx(share, abs=0.06)


def test_the_weakest_term_goes_first() -> None:
    """Of three, the one with the least share of the reward; the rest stays."""
    three = (*PARENT_TERMS, SMOOTH)
    shares = dict(
        zip((name(t.shape, BANK) for t in three), (0.3, 0.6, 0.1), strict=True)
    )
    traces = tuple(
        Trace(f"term/{k}", (), 0.0, 0.0, 0.0, share, None)
        for k, share in shares.items()
    )
    made = replace(brief(), feedback=Feedback(traces))
    chances, rng = probabilities(made, KNOWN), np.random.default_rng(0)
    shorter = [
        kept
        for _ in range(100)
        if len(kept := restructure(three, made, KNOWN, chances, rng)) < 3
    ]
    assert shorter
    assert set(shorter) == {PARENT_TERMS}


def test_where_every_field_has_its_term_the_weakest_one_goes() -> None:
    """A task with one field: nothing can be added to a reward that reads it."""
    (only, other) = PARENT_TERMS
    made, rng = brief(), np.random.default_rng(0)
    both, one = [only.shape, other.shape], [only.shape]
    chances = np.full(2, 0.5), np.ones(1)
    assert len(restructure(PARENT_TERMS, made, both, chances[0], rng)) == 1
    (reweighed,) = restructure([only], made, one, chances[1], rng)
    assert reweighed.shape == only.shape
    assert reweighed.weight != only.weight
    assert len(compose(one, chances[1], made, rng)) == 1


class Backwards:
    """A merit by which low fitness is good."""

    unit = "the other way round"

    def of(self, candidate: Candidate) -> float:
        return -BY_FITNESS.of(candidate)

    def knows(self, candidate: Candidate) -> bool:
        return True

    def favours(self, candidate: Candidate) -> bool:
        return True

    def bound(self, candidate: Candidate) -> float:
        return self.of(candidate)

    def lead(self, challenger: Candidate, holder: Candidate) -> float:
        return BY_FITNESS.lead(holder, challenger)


def reply(*terms: Term) -> str:
    return f"```json\n{json.dumps([asdict(term) for term in terms])}\n```\n"


def test_a_mate_is_one_of_the_four_best_by_the_merit_that_selects() -> None:
    """The parent leads by either; by each merit it has three others of its own."""
    terms = [term(Shape("bounds", f"field_{k}", k, 1)) for k in range(7)]
    history = [scored(k, reply(one), float(k)) for k, one in enumerate(terms)]
    parent = history[3]  # neither among the best three nor among the worst

    def mates(merit: Merit) -> set[Term]:
        made = replace(brief(history, parent, "combine"), merit=merit)
        rng = np.random.default_rng(0)
        drawn = {
            t for _ in range(200) for t in combine(genome(parent.reply), made, rng)
        }
        return drawn - {terms[3]}

    assert mates(BY_FITNESS) == {terms[4], terms[5], terms[6]}
    assert mates(Backwards()) == {terms[0], terms[1], terms[2]}


def test_chances_move_by_the_merit_that_selects() -> None:
    history = [
        scored(0, reply(SMOOTH), 1.0),
        scored(1, reply(EFFORT), 2.0),
    ]
    before = probabilities(brief(), KNOWN)
    by_fitness = probabilities(brief(history), KNOWN)
    backwards = probabilities(replace(brief(history), merit=Backwards()), KNOWN)
    assert by_fitness[0] < before[0] < backwards[0]
    assert by_fitness[1] > before[1] > backwards[1]
