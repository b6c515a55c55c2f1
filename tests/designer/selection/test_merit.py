"""Selection by people, and by people and metric together, on numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from designer.run.candidates import Assessed, Candidate
from designer.selection.incumbent import beats, incumbent, ranked
from designer.selection.merit import BY_FITNESS, ByPeople, by_both
from designer.votes.ballots import Vote
from designer.votes.strengths import Strengths, fit
from tests.designer.handmade import assessed


def candidate(generation: int, index: int, *scores: float) -> Candidate:
    return Candidate(generation, index, "tune", None, "", "", assessed(*scores))


OLD, NEW = candidate(0, 0, 1.0, 3.0), candidate(1, 0, 2.0, 2.0)
NAMES = (OLD.name, NEW.name)


def strengths(lead: float, error: float) -> Strengths:
    """NEW stronger than OLD by lead, with this standard error."""
    half, rivals = error**2 / 2, {OLD.name: {NEW.name}, NEW.name: {OLD.name}}
    return Strengths(NAMES, np.array([0.0, lead]), np.diag([half, half]), rivals)


def test_by_people_fitness_says_nothing() -> None:
    unmeasured = [candidate(0, 0, np.nan), candidate(1, 0, np.nan)]
    merit = ByPeople(strengths(1.0, 0.5))
    assert incumbent(unmeasured, merit) == unmeasured[1]
    assert ranked(unmeasured, merit) == unmeasured[::-1]


def test_whom_one_vote_prefers_leads() -> None:
    vote = Vote(0, 0.0, "anna", 1, (OLD.name, NEW.name), "B>A")
    assert beats(NEW, OLD, ByPeople(fit([vote], NAMES)))
    assert not beats(NEW, OLD, ByPeople(fit([], NAMES)))


def test_who_was_never_compared_does_not_beat_who_won() -> None:
    votes = [Vote(k, 0.0, "anna", 0, (OLD.name, "g00/c01"), "A>B") for k in range(3)]
    merit = ByPeople(fit(votes, [OLD.name, "g00/c01", NEW.name]))
    assert incumbent([OLD, candidate(0, 1, 9.0, 9.0), NEW], merit) == OLD


def test_both_add_up_with_their_weights() -> None:
    """Fitness 2 and 2 with spread 1: no gap, and an error of 1 over seeds."""
    merit = by_both(strengths(0.8, 0.4), 0.25, [OLD, candidate(0, 1, 0.0, 0.0)])
    assert merit.spread == 1.0
    assert merit.of(NEW) == pytest.approx(0.25 * 0.8 + 0.75 * 2.0)
    mean, error = merit.lead(NEW, OLD)
    assert mean == pytest.approx(0.25 * 0.8)
    assert error == pytest.approx(0.75 * 1.0)


def test_all_weight_on_one_side_is_that_side_alone() -> None:
    for lead in (-1.0, 1.0):
        votes = by_both(strengths(lead, 0.5), 1.0, [OLD, NEW])
        assert beats(NEW, OLD, votes) == (lead > 0)
        metric = by_both(strengths(lead, 0.5), 0.0, [OLD, NEW])
        assert beats(NEW, OLD, metric) == beats(NEW, OLD, BY_FITNESS)


def by_seed(index: int, **scores: float) -> Candidate:
    """A candidate that was trained on the seeds named s0, s1 and so on."""
    results = assessed(*scores.values()).results
    seeds = [int(name[1:]) for name in scores]
    kept = tuple(replace(r, seed=s) for r, s in zip(results, seeds, strict=True))
    return Candidate(0, index, "tune", None, "", "", Assessed(kept))


def test_rewards_are_compared_on_the_seeds_that_both_have() -> None:
    whole, part = by_seed(0, s0=9.0, s1=1.0, s2=1.0), by_seed(1, s1=2.0, s2=4.0)
    mean, error = BY_FITNESS.lead(part, whole)
    assert (mean, error) == (2.0, 1.0)  # gaps of 1 and 3
    assert beats(part, whole, BY_FITNESS)
    assert not beats(by_seed(2, s3=99.0), whole, BY_FITNESS)


def test_fitness_counts_in_spreads_so_that_its_unit_does_not_matter() -> None:
    """Of 0 and 8 the spread is 4; half of 8 / 4 and half of a strength of 1."""
    low, high = candidate(0, 0, -2.0, 2.0), candidate(1, 0, 8.0, 8.0)
    merit = by_both(strengths(1.0, 0.4), 0.5, [low, high])
    assert merit.spread == 4.0
    assert merit.of(high) == pytest.approx(0.5 * 1.0 + 0.5 * 2.0)
    mean, error = merit.lead(high, low)
    assert mean == pytest.approx(0.5 * 1.0 + 0.5 * 2.0)
    # Differences 10 and 6: the error of their mean is 2, half of a spread.
    assert error == pytest.approx(0.5 * 0.5)


def test_where_all_are_equally_fit_the_spread_is_one() -> None:
    assert by_both(strengths(1.0, 0.4), 0.5, [NEW, NEW]).spread == 1.0
