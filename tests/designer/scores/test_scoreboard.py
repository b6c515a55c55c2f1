"""Comparisons in pairs, and what is said of them."""

from dataclasses import replace

import pytest

from designer.run.candidates import Assessed, Failed, Rejected
from designer.scores.question import training_seed
from designer.scores.scoreboard import Score, Scoreboard, paired_differences
from designer.scores.text import (
    cautions,
    describe,
    score_table,
    scoreboard_json,
    sentences,
)
from tests.designer.handmade import assessed


def by_number(outcome: Assessed) -> Assessed:
    """The same results under the seeds that designer score trains from."""
    results = (replace(r, seed=training_seed(r.seed)) for r in outcome.results)
    return replace(outcome, results=tuple(results))


def score(name: str, *fitness: float) -> Score:
    sha256 = "" if name in ("human", "sparse") else f"sha-of-{name}"
    return Score(name, sha256, by_number(assessed(*fitness)))


def board(*scores: Score, **changes: object) -> Scoreboard:
    seeds = (0, 1, 2)
    settings = ("hopper-run", "m", "ppo", "ppo", 4096, 2, seeds, "none", scores)
    judge = ("a" * 64, "2026-01-01", (), "b" * 64, 1, ())
    return replace(Scoreboard(*settings, paired_differences(scores), *judge), **changes)


def test_files_are_compared_with_the_baselines_and_with_one_another() -> None:
    scores = [score(n, 1.0, 2.0, 3.0) for n in ("a.py", "b.py", "human", "sparse")]
    assert [(c.first, c.second) for c in paired_differences(scores)] == [
        ("a.py", "b.py"),
        ("a.py", "human"),
        ("a.py", "sparse"),
        ("b.py", "human"),
        ("b.py", "sparse"),
    ]


def test_differences_are_paired_by_seed() -> None:
    # Seeds differ by far more than the rewards do, and the pairs still show it.
    (pair,) = paired_differences(
        [score("a.py", 11.0, 22.0, 33.1), score("human", 10, 21, 32)]
    )
    assert pair.differences == pytest.approx((1.0, 1.0, 1.1))
    assert pair.verdict == "better"
    assert describe(pair, "m").startswith("a.py is better than human: 1.033 m")


def test_nothing_is_better_where_the_interval_holds_zero() -> None:
    (pair,) = paired_differences(
        [score("a.py", 5.0, 9.0, 1.0), score("human", 1, 1, 1)]
    )
    # Mean 4, standard error 4 / sqrt(3): 4.303 of those on either side.
    assert pair.interval == pytest.approx((-5.937, 13.937), abs=1e-3)
    assert pair.verdict == "undecided"
    assert "can't be told from" in describe(pair, "m")


def test_two_seeds_say_nothing_however_equal_they_are() -> None:
    (pair,) = paired_differences([score("a.py", 5.0, 5.0), score("human", 1.0, 1.0)])
    assert pair.verdict == "undecided"
    assert "n = 2 seeds; fewer than 3 say nothing" in describe(pair, "m")


def test_one_seed_has_no_interval_and_no_winner() -> None:
    (pair,) = paired_differences([score("a.py", 500.0), score("human", 1.0)])
    assert (pair.interval, pair.verdict) == (None, "undecided")


def test_a_worse_reward_is_called_worse() -> None:
    (pair,) = paired_differences(
        [score("a.py", 1.0, 2.0, 3.0), score("human", 3, 4, 5.1)]
    )
    assert pair.verdict == "worse"


def test_what_was_not_trained_is_compared_with_nothing() -> None:
    refused = Score("a.py", "x", Rejected(("no function reward",)))
    failed = Score("b.py", "y", Failed("finite", "term 'x' is nan"))
    result = board(refused, failed, score("human", 1, 2, 3))
    assert result.comparisons == ()
    assert not result.is_complete
    lines = list(sentences(result))
    assert "a.py: no function reward" in lines
    assert "b.py: finite: term 'x' is nan" in lines
    assert [row[1] for row in score_table(result)[1:3]] == [
        "rejected",
        "failed (finite)",
    ]


def test_the_best_of_many_is_to_be_confirmed_on_other_seeds() -> None:
    result = board(score("a.py", 1, 2, 3), compared=17)
    (line,) = cautions(result)
    assert line.startswith("17 rewards were scored on these seeds")
    assert line.endswith("--first-seed 3")
    assert not list(cautions(replace(result, compared=4)))


def test_json_has_null_for_a_seed_whose_environment_failed() -> None:
    outcome = by_number(assessed(1.0, 2.0, 4.0))
    results = (outcome.results[0], outcome.results[2])
    broken = Assessed(results, (Failed("environment", "it raised"),))
    data = scoreboard_json(board(Score("a.py", "x", broken)))
    assert data["rewards"][0]["by_seed"] == [1.0, None, 4.0]
    assert data["rewards"][0]["problems"] == ["environment: it raised"]
