"""The ledger of terms: what changing each went along with."""

import math

import numpy as np
import pytest

from designer.feedback.term_ledger import Sheet, lines, missing, sheet, term_changes
from designer.run.candidates import Assessed, Candidate, Judgement, Rejected, SeedResult
from designer.training.curves import Curves
from prompts import render


def made(name: str, parent: str | None, *scores: float, **sizes: float) -> Sheet:
    return Sheet(name, parent, sizes, scores)


ROOT = made("g00/c00", None, 1.0, 1.2, up=1.0, forward=1.0)


def candidate(outcome) -> Candidate:
    return Candidate(1, 2, "tune", "g00/c00", "", "", outcome)


def test_a_sheet_holds_mean_sizes_per_step() -> None:
    judgement = Judgement(3.0, 0.1, None, 10, {})
    done = Assessed(
        (SeedResult(0, judgement, 9, 1.0), SeedResult(1, judgement, 9, 1.0))
    )
    curve = {"length": np.array([2.0, 4.0]), "term/up": np.array([-2.0, 12.0])}
    other = {"length": np.array([2.0, 4.0]), "term/up": np.array([-2.0, np.nan])}
    found = sheet(candidate(done), [Curves(curve), Curves(other)])
    assert found == Sheet("g01/c02", "g00/c00", {"up": 2.0}, (3.0, 3.0))  # 1 and 3


def test_what_was_not_assessed_has_no_sheet() -> None:
    assert sheet(candidate(Rejected(("no code",))), []) is None


def test_added_dropped_kept_and_rescaled_terms_are_told_apart() -> None:
    child = made("g01/c00", "g00/c00", 2.0, up=3.1, low=1.0)
    found = {c.term: c.verb for c in term_changes([ROOT, child])}
    assert found == {"up": "enlarged 3-fold", "low": "added", "forward": "dropped"}
    gentle = made("g01/c00", "g00/c00", 2.0, up=2.9, forward=0.34)
    assert {c.verb for c in term_changes([ROOT, gentle])} == {"kept"}
    small = made("g01/c00", "g00/c00", 2.0, up=0.1, forward=0.0)
    assert [c.verb for c in term_changes([ROOT, small])] == [
        "shrunk 10-fold",
        "zero now",
    ]


def test_effect_and_spread_are_those_known_by_hand() -> None:
    child = made("g01/c00", "g00/c00", 2.0, 2.4, up=1.0)
    dropped = term_changes([ROOT, child])[1]
    assert dropped.effect == pytest.approx(1.1)
    # variances between two seeds: 0.2² / 2 and 0.4² / 2
    assert dropped.spread == pytest.approx(math.sqrt(0.02 + 0.08))
    assert dropped.other_changes == 0


def test_a_child_of_an_unknown_parent_tells_nothing() -> None:
    assert term_changes([ROOT, made("g01/c00", "g00/c07", 2.0, up=9.0)]) == ()


def test_a_line_tells_a_term_s_changes_the_newest_last() -> None:
    with_low = made("g01/c02", "g00/c00", 2.2, 2.4, up=1.0, forward=1.0, low=1.0)
    without = made("g02/c00", "g01/c02", 1.4, 1.6, up=1.0, forward=1.0)
    assert lines([ROOT, with_low, without]) == (
        "'low': added in g01/c02 (+1.2), dropped in g02/c00 (-0.8)",
    )


def test_an_effect_within_the_spread_between_seeds_is_marked_as_noise() -> None:
    child = made("g01/c00", "g00/c00", 0.2, 3.0, up=1.0)
    assert lines([ROOT, child]) == ("'forward': dropped in g01/c00 (+0.5, noise)",)


def test_one_seed_and_other_changes_are_said() -> None:
    child = made("g01/c00", "g00/c00", 3.1, up=9.0)
    assert lines([ROOT, child]) == (
        "'up': enlarged 9-fold in g01/c00 (+2, one seed, 1 other change)",
        "'forward': dropped in g01/c00 (+2, one seed, 1 other change)",
    )


def test_the_clearest_of_many_terms_come_first_and_eight_are_told() -> None:
    children = [
        made(
            f"g01/c{k:02}", "g00/c00", 1.1 + k, 1.1 + k, up=1, forward=1, **{f"t{k}": 1}
        )
        for k in range(10)
    ]
    told = [line.split(":")[0] for line in lines([ROOT, *children])]
    assert told == [f"'t{k}'" for k in (9, 8, 7, 6, 5, 4, 3, 2)]


def test_a_long_story_is_cut_to_its_latest_changes() -> None:
    story = [ROOT]
    for k in range(1, 7):
        sizes = {"up": 1.0, "forward": 1.0} | ({"low": 1.0} if k % 2 else {})
        story.append(made(f"g0{k}/c00", story[-1].name, 1.0, 1.2, **sizes))
    (said,) = lines(story)
    assert said.startswith("'low': 2 earlier changes, added in g03/c00")
    assert said.endswith("dropped in g06/c00 (+0, noise)")


def test_kept_terms_are_counted_beside_their_changes_only() -> None:
    one = made("g01/c00", "g00/c00", 1.0, 1.2, up=1.0, forward=9.0)
    two = made("g02/c00", "g01/c00", 1.0, 1.2, up=1.0, forward=9.0)
    three = made("g03/c00", "g02/c00", 1.0, 1.2, up=1.0, forward=9.0)
    (said,) = lines([ROOT, one, two, three])
    assert said == "'forward': enlarged 9-fold in g01/c00 (+0, noise); kept 2 times"


def test_terms_that_a_person_asked_for_and_that_are_gone_are_found() -> None:
    assert missing(["Stay upright", "forward"], ["stay_upright", "x"]) == ("forward",)
    assert missing([], ["x"]) == ()


def test_the_ledger_is_told_and_is_nothing_when_empty() -> None:
    said = render("term_ledger", term_ledger=("low: added in g01/c02 (+1.2)",))
    assert "- low: added in g01/c02 (+1.2)\n" in said
    assert render("term_ledger", term_ledger=()).strip() == ""
