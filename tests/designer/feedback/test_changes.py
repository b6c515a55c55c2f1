"""What a child changed of its parent, and the difference in fitness."""

import math

import numpy as np
import pytest

from designer.feedback.changes import (
    Sheet,
    changes,
    differing_lines,
    lines,
    missing,
    sheet,
)
from designer.run.candidates import Assessed, Candidate, Judgement, Rejected, SeedResult
from designer.training.curves import Curves


def made(name: str, parent: str | None, *scores: float, **pay: float) -> Sheet:
    return Sheet(name, parent, pay, scores)


ROOT = made("g00/c00", None, 1.0, 1.2, up=1.0, forward=1.0)


def candidate(outcome) -> Candidate:
    return Candidate(1, 2, "tune", "g00/c00", "", "", outcome)


def test_a_sheet_holds_mean_pay_per_step() -> None:
    judgement = Judgement(3.0, 0.1, None, 10, {})
    done = Assessed(
        (SeedResult(0, judgement, 9, 1.0), SeedResult(1, judgement, 9, 1.0))
    )
    curve = {"length": np.array([2.0, 4.0]), "term/up": np.array([-2.0, 12.0])}
    other = {"length": np.array([2.0, 4.0]), "term/up": np.array([-2.0, np.nan])}
    found = sheet(candidate(done), [Curves(curve), Curves(other)])
    assert found == Sheet("g01/c02", "g00/c00", {"up": 1.0}, (3.0, 3.0))  # -1 and 3


def test_what_was_not_assessed_has_no_sheet() -> None:
    assert sheet(candidate(Rejected(("no code",))), []) is None


def test_a_child_s_terms_and_its_one_difference_are_told() -> None:
    child = made("g01/c00", "g00/c00", 2.0, 2.4, up=9.0, low=1.0)
    change = changes([ROOT, child])["g01/c00"]
    assert (change.added, change.dropped) == (("low",), ("forward",))
    assert change.effect == pytest.approx(1.1)
    # variances between two seeds: 0.2² / 2 and 0.4² / 2
    assert change.spread == pytest.approx(math.sqrt(0.02 + 0.08))
    assert change.sentence == "+1.1 against g00/c00; adds 'low'; drops 'forward'"


def test_where_nobody_reads_the_metric_no_difference_is_told() -> None:
    parent, child = (made(n, p, math.nan) for n, p in (("a", None), ("b", "a")))
    assert lines([parent, child]) == ()


def test_a_child_of_an_unknown_parent_tells_nothing() -> None:
    assert changes([ROOT, made("g01/c00", "g00/c07", 2.0, up=9.0)]) == {}


def test_a_difference_that_seeds_may_make_is_marked() -> None:
    child = made("g01/c00", "g00/c00", 0.2, 3.0, up=1.0, forward=1.0)
    assert lines([ROOT, child]) == (
        "g01/c00: +0.5 against g00/c00 (less than between seeds)",
    )
    single = made("g01/c00", "g00/c00", 3.1, up=1.0, forward=1.0)
    assert lines([ROOT, single]) == ("g01/c00: +2 against g00/c00 (one seed)",)


def test_the_clearest_of_many_changes_come_first_and_eight_are_told() -> None:
    children = [made(f"g01/c{k:02}", "g00/c00", 1.1 + k, 1.1 + k) for k in range(10)]
    names = [line.split(":")[0] for line in lines([ROOT, *children])]
    assert names == [f"g01/c{k:02}" for k in (9, 8, 7, 6, 5, 4, 3, 2)]


def test_only_lines_of_code_that_differ_are_shown() -> None:
    before = "def reward(s, a, s_next):\n    x = 1.0\n\n    return {'x': x}\n"
    after = "def reward(s, a, s_next):\n    x = 0.2  \n    return {'x': x}\n\n"
    assert differing_lines(after, before) == ["-    x = 1.0", "+    x = 0.2"]
    assert differing_lines(before, before) == []


def test_terms_that_a_person_asked_for_and_that_are_gone_are_found() -> None:
    assert missing(["Stay upright", "forward"], ["stay_upright", "x"]) == ("forward",)
    assert missing([], ["x"]) == ()
