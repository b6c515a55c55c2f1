"""The two leading rewards meet on fresh seeds before one is called the winner."""

from dataclasses import replace
from typing import Any

import pytest

from designer.config import RunConfig, checked_config
from designer.run.candidates import ENVIRONMENT, Failed
from designer.search.confirmation import in_words
from designer.search.plan import TrainReward, leader, next_work
from designer.search.snapshot import Snapshot
from tests.designer.search.snapshots import CONFIG, STEPS, final, result

CONFIRMED = replace(CONFIG, confirm=2)
# In the fixture `searched` g00/c01 leads, and g01/c00 is the best of the others.
LEADING, RIVAL = "g00-c01", "g01-c00"


def fresh(label: str, k: int) -> TrainReward:
    """A training on the k-th of the fresh seeds, after the final comparison's one."""
    number = CONFIG.final_seeds + k
    reward = label.replace("-", "/")
    return TrainReward(f"final/{label}/s{number}", reward, number, STEPS, True)


def with_fresh(searched: Snapshot, leading: float, rival: float) -> Snapshot:
    for label, fitness in ((LEADING, leading), (RIVAL, rival)):
        for k in range(2):
            training = fresh(label, k)
            made = result(fitness, seed=training.seed)
            searched = searched.with_result(training.folder, made)
    return searched


def test_both_are_trained_on_seeds_of_neither_search_nor_comparison(
    searched: Snapshot,
) -> None:
    assert next_work(searched, CONFIRMED, ()) == tuple(
        fresh(label, k) for label in (LEADING, RIVAL) for k in range(2)
    )


def test_the_better_of_the_two_on_the_fresh_seeds_is_the_winner(
    searched: Snapshot,
) -> None:
    for rival, winner in ((1.0, LEADING), (3.0, RIVAL)):
        done = with_fresh(searched, 2.0, rival)
        leading = leader(done, CONFIRMED)
        assert leading is not None
        assert leading.name == winner.replace("-", "/")
        assert next_work(done, CONFIRMED, ()) == (final(winner, leading.name),)


def test_the_report_says_what_the_fresh_seeds_said(searched: Snapshot) -> None:
    done = with_fresh(searched, 2.0, 3.0)
    winner = leader(done, CONFIRMED)
    assert winner is not None
    assert in_words(winner, done, CONFIRMED, "m") == (
        "The leading rewards on 2 fresh seeds that had no part in the search: "
        "g01/c00 3 m, g00/c01 2 m."
    )
    assert in_words(winner, searched, CONFIRMED, "m") == ""
    assert in_words(winner, done, CONFIG, "m") == ""


def test_the_report_names_all_rewards_that_met_the_fresh_seeds(
    searched: Snapshot,
) -> None:
    """A reward that came late was confirmed against another one than the first."""
    done = with_fresh(searched, 2.0, 3.0)
    for k in range(2):
        late = fresh("g00-c00", k).folder
        done = done.with_result(late, result(1.5, seed=k))
    winner = leader(done, CONFIRMED)
    assert winner is not None
    said = in_words(winner, done, CONFIRMED, "m")
    assert said.endswith(": g01/c00 3 m, g00/c00 1.5 m, g00/c01 2 m.")


def test_until_all_fresh_seeds_are_there_the_leader_stays(searched: Snapshot) -> None:
    half = searched.with_result(fresh(RIVAL, 0).folder, result(9.0, seed=1))
    leading = leader(half, CONFIRMED)
    assert leading is not None
    assert leading.name == "g00/c01"


def test_a_rival_that_fails_on_a_fresh_seed_does_not_win(searched: Snapshot) -> None:
    done = with_fresh(searched, 2.0, 9.0)
    done = done.with_result(fresh(RIVAL, 1).folder, Failed("finite", "nan"))
    leading = leader(done, CONFIRMED)
    assert leading is not None
    assert leading.name == "g00/c01"


def test_an_environment_that_fails_on_the_fresh_seeds_speaks_against_nobody(
    searched: Snapshot,
) -> None:
    done = with_fresh(searched, 2.0, 9.0)
    for k in range(2):
        broken = Failed(ENVIRONMENT, "fitness raised KeyError")
        done = done.with_result(fresh(LEADING, k).folder, broken)
    leading = leader(done, CONFIRMED)
    assert leading is not None
    assert leading.name == "g00/c01"
    assert in_words(leading, done, CONFIRMED, "m") == ""


def test_rewards_that_all_fail_on_the_fresh_seeds_are_said_to(
    searched: Snapshot,
) -> None:
    done = searched
    for label in (LEADING, RIVAL):
        for k in range(2):
            failed = Failed("finite", "nan")
            done = done.with_result(fresh(label, k).folder, failed)
    leading = leader(done, CONFIRMED)
    assert leading is not None
    said = in_words(leading, done, CONFIRMED, "m")
    assert said.endswith(": g00/c01 failed, g01/c00 failed.")


def test_without_a_rival_there_is_nothing_to_confirm(searched: Snapshot) -> None:
    alone = replace(
        searched,
        proposals={(0, 1): searched.proposals[0, 1]},
        unanswered=frozenset({(0, 0), (1, 0), (1, 1)}),
    )
    assert next_work(alone, CONFIRMED, ()) == (final(LEADING, "g00/c01"),)


@pytest.mark.parametrize("judge", ["people", "both"])
def test_people_are_not_overruled_by_the_metric(judge: Any) -> None:
    config = RunConfig(judge=judge, human="page", race="halving", confirm=1)
    config = checked_config(config)
    assert (config.race, config.confirm) == ("none", 0)
