"""Fits whose answers can be worked out by hand, or by a check of first principles."""

import numpy as np
import pytest

from designer.votes.ballots import Vote
from designer.votes.strengths import SPREAD, disagreements, fit


def votes(*lines: str, shown="ab", rater="anna") -> list[Vote]:
    return [Vote(k, 0.0, rater, 0, tuple(shown), line) for k, line in enumerate(lines)]


def test_without_votes_all_are_at_the_prior():
    found = fit([], ["a", "b"])
    assert found.of("a") == found.of("b") == 0.0
    assert found.lead("a", "b") == pytest.approx((0.0, SPREAD * np.sqrt(2)))
    assert found.lead("a", "unheard of") == pytest.approx((0.0, SPREAD * np.sqrt(2)))


def test_with_many_votes_the_odds_are_those_of_the_wins():
    """300 wins to 100: odds 3, so a difference of log 3, but for the prior."""
    found = fit(votes(*["A>B"] * 300, *["B>A"] * 100), ["a", "b"])
    assert found.lead("a", "b")[0] == pytest.approx(np.log(3), abs=0.01)


def test_the_mode_has_no_slope():
    """The gradient of the log posterior, by finite differences of its formula."""
    given = votes("A>B>C", "A=B", "C>A", "B>C !A", shown="abc")
    found = fit(given, "abc")

    def posterior(s: np.ndarray, log_nu: float) -> float:
        total = -(s**2).sum() / (2 * SPREAD**2) - (log_nu - np.log(0.5)) ** 2 / 2
        a, b, c = s
        duels = [(a, b, 0, 2 / 3), (a, c, 0, 2 / 3), (b, c, 0, 2 / 3), (a, b, 1, 1)]
        duels += [(c, a, 0, 1), (b, c, 0, 2 / 3), (b, a, 0, 2 / 3), (c, a, 0, 2 / 3)]
        for x, y, tie, weight in duels:
            middle = log_nu + (x + y) / 2
            chosen = middle if tie else x
            everything = np.logaddexp(np.logaddexp(x, y), middle)
            total += weight * (chosen - everything)
        return float(total)

    grid = np.linspace(-4, 2, 6001)
    best = max(grid, key=lambda log_nu: posterior(found.mean, log_nu))
    for k in range(3):
        shift = 1e-3 * np.eye(3)[k]
        up, down = (posterior(found.mean + sign * shift, best) for sign in (1, -1))
        assert abs(up - down) / 2e-3 < 2e-3


def test_a_tie_pulls_together_and_a_win_apart():
    apart = fit(votes("A>B"), ["a", "b"]).lead("a", "b")[0]
    assert fit(votes("A>B", "A=B"), ["a", "b"]).lead("a", "b")[0] < apart
    assert fit(votes("A>B", "A>B"), ["a", "b"]).lead("a", "b")[0] > apart


def test_an_anchor_makes_generations_comparable():
    """a beats b, b beats c: a leads c, though they never met."""
    given = [*votes(*["A>B"] * 5), *votes(*["A>B"] * 5, shown="bc")]
    mean, error = fit(given, "abc").lead("a", "c")
    assert mean > error
    assert fit(given, "abc").chances.argmax() == 0


def test_more_votes_make_the_interval_narrower():
    few, many = (fit(votes(*["A>B", "B>A"] * n), "ab") for n in (1, 20))
    width = [high - low for low, high in (f.interval("a") for f in (few, many))]
    assert width[1] < width[0]


def test_raters_disagree_where_each_is_sure_of_the_opposite():
    anna, ben = votes(*["A>B"] * 6), votes(*["B>A"] * 6, rater="ben")
    (found,) = disagreements([*anna, *ben])
    assert (found.raters, found.candidates) == (("anna", "ben"), ("a", "b"))
    assert disagreements([*anna, *votes("?", rater="ben")]) == []
    assert disagreements([*anna, *votes("A>B", rater="ben")]) == []


def test_who_never_linked_two_rewards_does_not_disagree_about_them():
    """Anna's strengths of a and c stand in two circles, which say nothing together."""
    anna = [*votes(*["A>B"] * 9), *votes(*["B>A"] * 9, shown="cd")]
    assert fit(anna, ()).of("a") > fit(anna, ()).of("c")
    assert disagreements([*anna, *votes(*["B>A"] * 9, shown="ac", rater="ben")]) == []


def test_an_interval_holds_what_95_in_100_would():
    """1.96 standard errors to either side; against nothing the error is its own."""
    found = fit(votes(*["A>B"] * 5), "ab")
    low, high = found.interval("a")
    error = found.lead("a", None)[1]
    assert error == pytest.approx(np.sqrt(found.covariance[0, 0]))
    assert (low, high) == pytest.approx(
        (found.of("a") - 1.96 * error, low + 3.92 * error)
    )


def test_who_is_unsure_of_the_opposite_does_not_disagree():
    """Whichever of the two comes first."""
    sure, unsure = ["A>B"] * 6, ["B>A", "B>A", "A>B"]
    mean, error = fit(votes(*unsure), "ab").lead("b", "a")
    assert 0 < mean < error
    for one, other in ((sure, unsure), (unsure, sure)):
        both = [*votes(*one), *votes(*other, rater="ben")]
        assert disagreements(both) == []


def test_preferred_is_who_stands_above_any_that_it_was_compared_with():
    found = fit(votes("A>B>C", shown="abcd"), "abcd")
    assert [name for name in "abcd" if found.is_preferred(name)] == ["a", "b"]
    assert not any(fit(votes("A=B", "?"), "ab").is_preferred(name) for name in "ab")


def test_a_circle_is_all_that_comparisons_connect():
    given = [*votes("A>B", "B>C", shown="abc"), *votes("A=B", shown="de")]
    found = fit(given, "abcdef")
    assert found.circle("a") == found.circle("c") == set("abc")
    assert found.circle("e") == set("de")
    assert found.circle("f") == {"f"}
