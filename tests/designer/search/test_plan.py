"""What is to be done next, on snapshots written by hand."""

from dataclasses import replace

import pytest

from designer.run.candidates import (
    Failed,
    Rejected,
)
from designer.search.plan import AskPeople, Propose, leader, next_work
from designer.search.snapshot import Snapshot
from designer.search.votes import asked_about
from tests.designer.search.snapshots import (
    BOTH,
    CONFIG,
    FIRST,
    REFUSED,
    STEPS,
    TRAINED,
    A,
    B,
    C,
    final,
    result,
    seen,
    train,
)


def test_at_first_rewards_are_proposed_and_baselines_trained_beside_that() -> None:
    assert next_work(seen(), CONFIG, BOTH) == (
        Propose(0),
        final("human", "human"),
        final("sparse", "sparse"),
    )


def test_a_reward_is_trained_while_later_ones_are_still_written() -> None:
    work = next_work(seen(((0, 0), A)), CONFIG, ())
    assert work == (Propose(0), train("g00/c00", 0), train("g00/c00", 1))


def test_a_reward_waits_for_those_before_it_for_it_may_be_a_duplicate() -> None:
    assert next_work(seen(((0, 1), B)), CONFIG, ()) == (Propose(0),)


def test_what_got_no_answer_holds_up_nobody() -> None:
    snapshot = replace(seen(((0, 1), B)), unanswered=frozenset({(0, 0)}))
    assert next_work(snapshot, CONFIG, ()) == (train("g00/c01", 0), train("g00/c01", 1))


def test_neither_refused_nor_repeated_rewards_are_trained() -> None:
    again = seen(((0, 0), A), ((0, 1), A))
    assert next_work(again, CONFIG, ()) == (train("g00/c00", 0), train("g00/c00", 1))
    refused = seen(((0, 0), REFUSED), ((0, 1), B))
    assert next_work(refused, CONFIG, ()) == (train("g00/c01", 0), train("g00/c01", 1))
    assert [c.outcome for c in refused.candidates] == [Rejected(("no code",))]


def test_the_later_of_two_equal_rewards_is_the_duplicate() -> None:
    both = seen(((0, 1), A), ((0, 0), A))
    (candidate,) = both.candidates
    assert candidate.name == "g00/c01"
    assert candidate.outcome == Rejected(("the same reward as g00/c00",))


def test_only_what_has_not_come_to_its_steps_is_trained() -> None:
    snapshot = seen(*FIRST, **TRAINED)
    short = snapshot.with_result("g00/c01/s1", result(2.0, steps=STEPS // 2))
    assert next_work(snapshot, CONFIG, ()) == (AskPeople(0),)
    # A rollout is 2,048 steps, so half of that is not one.
    assert next_work(short, CONFIG, ()) == (train("g00/c01", 1),)


def test_a_failed_training_is_not_tried_again() -> None:
    snapshot = seen(*FIRST, **TRAINED).with_result(
        "g00/c01/s1", Failed("finite", "nan")
    )
    assert next_work(snapshot, CONFIG, ()) == (AskPeople(0),)
    assert snapshot.candidates[1].outcome == Failed("finite", "nan")


def test_people_are_asked_once_and_then_comes_the_next_generation() -> None:
    asked = seen(*FIRST, **TRAINED).with_votes(0, ())
    assert next_work(asked, CONFIG, ()) == (Propose(1),)


@pytest.mark.parametrize(
    ("parents", "about"), [("incumbent", ["g00/c01"]), ("latest", ["g01/c00"])]
)
def test_a_person_comments_on_the_reward_that_the_next_ones_build_on(
    parents: str, about: list[str]
) -> None:
    """The second generation, with a fitness of 1.5, is behind the best of the first."""
    second = {"g01c00s0": 1.5, "g01c00s1": 1.5}
    now = seen(*FIRST, ((1, 0), C), ((1, 1), REFUSED), **TRAINED, **second)
    config = replace(CONFIG, human="terminal", generations=3, parents=parents)
    assert asked_about(now, config, 1) == (about, 1)


def test_at_the_end_the_leader_is_trained_on_new_seeds(searched: Snapshot) -> None:
    assert next_work(searched, CONFIG, ()) == (final("g00-c01", "g00/c01"),)


def test_another_leader_never_finds_the_trainings_of_the_first(
    searched: Snapshot,
) -> None:
    done = searched.with_result("final/g00-c01/s0", result(2.0))
    assert next_work(done, CONFIG, ()) == ()
    better = done.with_result("g01/c00/s0", result(9.0, seed=0))
    better = better.with_result("g01/c00/s1", result(9.0, seed=1))
    assert next_work(better, CONFIG, ()) == (final("g01-c00", "g01/c00"),)


def test_where_people_judge_they_compare_the_final_policies_at_last(
    searched: Snapshot,
) -> None:
    people = replace(CONFIG, judge="people", human="page")
    assert leader(searched, people) is None  # nobody has voted
    assert next_work(searched, people, ()) == (AskPeople(2),)
    assert next_work(searched.with_votes(2, ()), people, ()) == ()


def test_a_plan_asks_for_the_same_again_until_the_result_is_there() -> None:
    snapshot = seen(*FIRST)
    assert next_work(snapshot, CONFIG, BOTH) == next_work(snapshot, CONFIG, BOTH)


def test_before_the_first_generation_there_are_no_candidates() -> None:
    """With --ahead 3 the first generations are told of what came before them."""
    snapshot = seen(*FIRST, **TRAINED)
    assert snapshot.candidates_before(-2) == snapshot.candidates_before(0) == ()
