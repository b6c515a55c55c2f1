"""Selection by people, and by people and metric together, on numbers worked by hand."""

import numpy as np
import pytest

from designer.run.candidates import Candidate
from designer.selection.incumbent import beats, incumbent, ranked
from designer.selection.merit import BY_FITNESS, ByFitness, ByPeople, by_both, merit_of
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
    """Fitness 2 and 2 with spread 1: no gap."""
    merit = by_both(strengths(0.8, 0.4), 0.25, [OLD, candidate(0, 1, 0.0, 0.0)])
    assert merit.spread == 1.0
    assert merit.of(NEW) == pytest.approx(0.25 * 0.8 + 0.75 * 2.0)
    assert merit.lead(NEW, OLD) == pytest.approx(0.25 * 0.8)


def test_all_weight_on_one_side_is_that_side_alone() -> None:
    for lead in (-1.0, 1.0):
        votes = by_both(strengths(lead, 0.5), 1.0, [OLD, NEW])
        assert beats(NEW, OLD, votes) == (lead > 0)
        metric = by_both(strengths(lead, 0.5), 0.0, [OLD, NEW])
        assert beats(NEW, OLD, metric) == beats(NEW, OLD, BY_FITNESS)


def test_few_lucky_seeds_count_less_than_many_good_ones() -> None:
    """With a spread of 4 a mean of 6 on two seeds is sure of 3.2, 5 on four of 3."""
    two, four = candidate(0, 0, 5.0, 7.0), candidate(0, 1, 5.0, 5.0, 5.0, 5.0)
    merit = ByFitness(spread=4.0)
    assert merit.bound(two) == pytest.approx(6 - 4 / 2**0.5)
    assert merit.bound(four) == pytest.approx(5 - 4 / 2)
    assert not beats(two, four, ByFitness(spread=6.0))
    assert beats(two, four, merit)


def test_the_metric_knows_how_far_seeds_lie_apart() -> None:
    """Both are the better half of two: squares of 2 and 8 with a degree each."""
    pair = [candidate(0, 0, 1.0, 3.0), candidate(0, 1, 4.0, 8.0)]
    merit = merit_of("metric", 0.5, (), pair)
    assert isinstance(merit, ByFitness)
    assert merit.spread == pytest.approx(5**0.5)


def test_fitness_counts_in_spreads_so_that_its_unit_does_not_matter() -> None:
    """Of 0 and 8 the spread is 4; half of 8 / 4 and half of a strength of 1."""
    low, high = candidate(0, 0, -2.0, 2.0), candidate(1, 0, 8.0, 8.0)
    merit = by_both(strengths(1.0, 0.4), 0.5, [low, high])
    assert merit.spread == 4.0
    assert merit.of(high) == pytest.approx(0.5 * 1.0 + 0.5 * 2.0)
    # Over seeds they spread by 2 (squares of 8 and 0, two degrees), half of 4.
    assert merit.doubt == pytest.approx(0.5)
    assert merit.bound(high) == pytest.approx(1.5 - 0.5 * 0.5 / 2**0.5)
    assert merit.lead(high, low) == pytest.approx(0.5 * 1.0 + 0.5 * 2.0)


def test_where_all_are_equally_fit_the_spread_is_one() -> None:
    assert by_both(strengths(1.0, 0.4), 0.5, [NEW, NEW]).spread == 1.0
