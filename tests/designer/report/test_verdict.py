"""The verdict on figures worked out by hand: fitness, luck, and what is not known."""

from dataclasses import replace

import pytest

from designer.report.summary import (
    FEWEST_SEEDS,
    NOTHING_TRAINED,
    Summary,
    selection_luck,
    shrinkage,
    summarise,
    with_changes,
)
from designer.report.summary_json import as_json
from designer.run.candidates import Entry, Failed
from tests.designer.handmade import assessed, candidate

WINNER = candidate(1, 2, assessed(8.0, 10.0))


def entry(label: str, *scores: float) -> Entry:
    return Entry(label, f"final/{label}", assessed(*scores))


def summary(designed, human, sparse) -> Summary:
    entries = [
        entry("designed", *designed),
        entry("human", *human),
        entry("sparse", *sparse),
    ]
    return summarise(entries, WINNER, "m")


def test_better_on_every_seed_wins_and_worse_on_every_seed_loses() -> None:
    """Differences 1, 1, 1 and -2, -2, -2: no seed disagrees, so the interval is one."""
    said = summary((5.0, 6.0, 7.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0)).verdict
    assert said == (
        "The designed reward beats the human one by 1 m, 95 % interval 1 to 1, 3 seeds "
        "and is beaten by the sparse one (-2 m, 95 % interval -2 to -2, 3 seeds)."
    )


def test_what_seeds_disagree_about_is_no_verdict() -> None:
    said = summary((5.0, 5.0, 5.0), (1.0, 9.0, 4.0), (9.0, 1.0, 6.0)).verdict
    assert "beat" not in said
    assert said.startswith(
        "The designed reward can't be told from the human one (0.333"
    )
    assert "and can't be told from the sparse one (-0.333" in said


def test_a_difference_is_paired_by_seed() -> None:
    """Seeds differ by 100, the two rewards by 1 on each: that is seen only in pairs."""
    designed, human = (101.0, 1.0, 201.0), (100.0, 0.0, 200.0)
    assert "beats the human one by 1 m" in summary(designed, human, human).verdict


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_or_two_seeds_decide_nothing(seeds: int) -> None:
    assert seeds < FEWEST_SEEDS
    said = summary((9.0,) * seeds, (1.0,) * seeds, (1.0,) * seeds).verdict
    assert "can't be told from the human one on so few seeds (8 m" in said
    assert ("interval" in said) == (seeds > 1)


def test_where_trainings_failed_nothing_is_compared() -> None:
    entries = [entry("designed", 3.0, 4.0, 5.0), entry("sparse", 1.0, 1.0, 1.0)]
    broken = Entry("human", "final/human", Failed("wall", "took too long"))
    said = summarise([*entries, broken], WINNER, "m")
    assert "can't be compared with the human reward" in said.verdict
    assert "beats the sparse one by 3 m" in said.verdict
    assert as_json(said)["table"][2]["note"] == "wall: took too long"
    lost = replace(broken, label="designed")
    said = summarise([lost, entry("human", 1.0)], WINNER, "m")
    assert said.verdict == "The winner could not be retrained: wall: took too long."


def test_without_a_winner_only_the_baselines_are_there() -> None:
    said = summarise([entry("human", 1.0, 2.0)], None, "m")
    assert (said.verdict, said.winner) == (NOTHING_TRAINED, None)
    assert shrinkage(said) is None
    assert selection_luck(said) == ""


def test_a_row_holds_mean_interval_and_sums() -> None:
    """Two values: mean 3, s / sqrt(2) = 1, and t = 12.706 with one degree."""
    row = summary((2.0, 4.0), (1.0, 1.0), (1.0, 1.0)).rows[0]
    assert (row.label, row.fitness, row.scores) == ("designed", 3.0, (2.0, 4.0))
    assert row.interval == pytest.approx((3 - 12.7062, 3 + 12.7062))
    assert (row.success, row.seeds, row.steps, row.seconds) == (0.25, 2, 18, 2)


def test_one_seed_has_no_interval() -> None:
    said = summary((2.0,), (1.0,), (1.0,))
    assert said.rows[0].interval is None
    assert as_json(said)["table"][0]["interval"] is None


def test_luck_of_selection_is_what_retraining_takes_away() -> None:
    """The search gave the winner (8 + 10) / 2 = 9; on new seeds it has 7."""
    said = summary((6.0, 7.0, 8.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    assert shrinkage(said) == as_json(said)["search_minus_retrain"] == 2.0
    assert selection_luck(said) == (
        "In the search it scored 9 m, 2 m more than on these new seeds: that is luck "
        "of selection and of seeds."
    )


def test_where_the_metric_changed_nothing_is_said_of_luck() -> None:
    figures = (6.0, 7.0, 8.0)
    said = summary(figures, figures, figures)
    assert with_changes(said, ()) == said
    changed = with_changes(said, ("hidden.py was a, then b", "mujoco was 3, then 4"))
    assert (shrinkage(changed), selection_luck(changed)) == (None, "")
    assert changed.verdict == (
        f"{said.verdict} Figures from before and after a change can't be compared: "
        "hidden.py was a, then b; mujoco was 3, then 4."
    )
    data = as_json(changed)
    assert data["changes"] == changed.changes
    assert data["search_minus_retrain"] is None


@pytest.mark.parametrize("score", [9.0, 12.0])
def test_what_holds_on_new_seeds_was_no_luck(score: float) -> None:
    said = summary((score,) * 3, (1.0,) * 3, (1.0,) * 3)
    assert selection_luck(said) == (
        "In the search it scored 9 m, no more than on these new seeds."
    )
