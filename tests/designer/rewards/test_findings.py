"""What numbers alone say about a reward."""

from dataclasses import replace

import numpy as np
import pytest

from designer.rewards.bank import Facts
from designer.rewards.findings import (
    Evidence,
    counted_twice,
    fields_of_terms,
    probe_findings,
)

NONE = np.zeros(1)
ENDLESS = Facts(NONE, NONE, False, frozenset(), frozenset(), 0.02, 1000)
FALLS = replace(ENDLESS, can_end=True)
CALM = np.array([[1.0, -1.0], [2.0, -3.0]])  # two terms on two transitions
SECOND = np.array([0.0, 1.0])


def evidence(values: np.ndarray = CALM, **changes: object) -> Evidence:
    """Of a reward that gives these terms wherever it is asked."""
    terms = ("first", "second", "third")[: values.shape[1]]
    known = Evidence(terms, values, values, {"x": values}, {"x": values}, "", {})
    return replace(known, **changes)  # type: ignore[arg-type]


def told(known: Evidence, facts: Facts = FALLS) -> str:
    return "\n".join(probe_findings(known, facts))


def test_a_good_reward_has_no_findings() -> None:
    assert told(evidence()) == told(evidence(), ENDLESS) == ""


def test_a_sum_among_the_terms_counts_twice() -> None:
    values = np.array([[1.0, 2.0, 3.0], [-4.0, 1.0, -3.0], [0.5, 0.0, 0.5]])
    doubled = counted_twice(("run", "effort", "Total_reward"), values)
    assert doubled.startswith("term 'Total_reward' is the sum of the other terms")
    assert counted_twice(("run", "effort", "total"), values + 0.1) == ""
    assert counted_twice(("run", "effort", "net"), values) == ""
    assert counted_twice(("total",), values[:, :1]) == ""
    assert "'third' is the sum of all other terms" in told(evidence(values))


def test_a_term_that_is_called_a_total_is_told() -> None:
    terms = ("run", "total")
    called_so = replace(evidence(CALM), terms=terms)
    assert "'total' is added to the other terms like any" in told(called_so)
    assert told(replace(called_so, terms=("run", "forward_reward"))) == ""


def test_a_term_that_is_zero_everywhere_is_told() -> None:
    assert "term 'second' is zero" in told(evidence(CALM * [1.0, 0.0]))
    assert told(evidence(np.array([[1.0, 0.0], [1.0, -0.1]]))) == ""


def test_a_constant_is_told_only_where_episodes_never_end_early() -> None:
    alive = np.array([[1.0, 2.0], [1.0, 3.0]])
    assert "term 'first' is always 1," in told(evidence(alive), ENDLESS)
    assert told(evidence(alive), FALLS) == ""


def test_a_term_that_dwarfs_the_others_together_is_told() -> None:
    values = np.array([[303.0, 1.0, 1.0], [-303.0, 1.0, -1.0]])
    assert "'first' is 152 times as large" in told(evidence(values))
    assert told(evidence(values * [0.65, 1, 1])) == ""  # 98 times
    assert told(evidence(values[:, :1])) == ""  # there are no others


def test_growth_is_told_when_threefold_gives_more_than_a_hundredfold() -> None:
    far, quartic, peak = CALM * 10, CALM * 810, CALM * [3000, 10]
    assert told(evidence(far={"x": far}, farther={"x": quartic})) == ""
    said = told(evidence(far={"x": far}, farther={"x": peak}))
    assert "term 'first' grows 3e+02-fold, to 6e+03, when x goes from three " in said
    assert "second" not in said


def test_a_bounded_term_that_awakes_far_out_does_not_grow() -> None:
    asleep = np.array([[5e-3, 0.1], [5e-3, 0.2]])
    awake = np.array([[1.0, 0.1], [1.0, 0.2]])
    assert told(evidence(asleep, farther={"x": awake})) == ""


def test_a_term_is_told_to_grow_with_one_field_only() -> None:
    peaks = {"x": CALM * 3000, "y": CALM * 3000}
    said = told(evidence(far={"x": CALM, "y": CALM}, farther=peaks))
    assert said.count("grows") == 2
    assert "when y" not in said


def test_an_overflow_is_told_with_its_place() -> None:
    assert "with x in -9 to 9: not" in told(evidence(overflow="with x in -9 to 9: not"))


def test_a_term_that_depends_on_what_the_policy_cannot_see_is_told() -> None:
    moved = {"time": CALM + SECOND, "x_position": CALM + SECOND, "y": CALM + 1e-9}
    said = told(evidence(shifted=moved))
    assert "term 'second' depends on time and x_position, which the policy" in said
    assert "first" not in said


def test_a_field_is_read_by_the_terms_that_change_with_it() -> None:
    changed = {"x": CALM + np.array([[0, 0], [1, 0]]), "y": CALM * [2, 2], "z": CALM}
    assert fields_of_terms(("first", "second"), CALM, changed) == {
        "first": frozenset({"x", "y"}),
        "second": frozenset({"y"}),
    }


@pytest.mark.parametrize(("positive", "told_as"), [(0, "100%"), (4, "96%"), (5, "")])
def test_a_living_penalty_is_told_where_episodes_end_early(positive, told_as) -> None:
    values = np.full((100, 1), -1.0)
    values[:positive] = 1.0
    assert (f"negative on {told_as}" in told(evidence(values))) == bool(told_as)
    assert told(evidence(values), ENDLESS) == ("" if positive else told_constant())


def told_constant() -> str:
    """A penalty that never changes is a constant there."""
    (said,) = probe_findings(evidence(np.full((2, 1), -1.0)), ENDLESS)
    return said
