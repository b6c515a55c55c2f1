"""Who gets further seeds, on scores written by hand."""

from collections.abc import Mapping

import pytest

from designer.run.candidates import (
    Assessed,
    Failed,
    Judgement,
    Place,
    SeedResult,
)
from designer.selection.duel import Duels, contenders, fight, seed_spread

A, B, C, D = (0, 0), (0, 1), (1, 0), (1, 1)


def assessed(*scores: float) -> Assessed:
    return Assessed(
        tuple(
            SeedResult(k, Judgement(score, 0.0, None, 1.0, {}), 1, 1.0)
            for k, score in enumerate(scores)
        )
    )


class Trained:
    """The scores of the seeds that are trained so far, by place."""

    def __init__(self, scores: Mapping[Place, list[float]]) -> None:
        self.scores = scores

    def __call__(self, place: Place, seeds: int) -> Assessed | Failed | None:
        scores = self.scores[place]
        return assessed(*scores[:seeds]) if len(scores) >= seeds else None


def test_the_spread_over_seeds_is_pooled_over_the_better_half() -> None:
    """(4, 6) and (7, 9): squares of 2 and 2 about their means, one degree each."""
    four = [assessed(0, 50), assessed(7, 9), assessed(4, 6), assessed(-9, 9)]
    assert seed_spread(four[1:3]) == pytest.approx((2**0.5, 2))
    assert seed_spread([assessed(1), assessed(2)]) == (0.0, 0)


def test_an_open_question_is_asked_again_on_the_same_seeds_for_both() -> None:
    now = fight([[A, B]], Trained({A: [4, 6], B: [5, 7]}), 2, 4)
    assert now == Duels((), ((B, 2), (A, 2)))


def test_a_duel_waits_for_both_before_it_counts_either() -> None:
    """B's third seed is no part of its score while A's is missing."""
    now = fight([[A, B]], Trained({A: [4, 6], B: [5, 7, -99]}), 2, 4)
    assert now == Duels((), ((A, 2),))


def test_what_is_clearly_worse_gets_no_seed() -> None:
    """Means 100 and 1, spread 1: no question."""
    now = fight([[A, B]], Trained({A: [99, 101], B: [0.5, 1.5]}), 2, 4)
    assert now == Duels(({},))


def test_no_reward_gets_more_than_it_may() -> None:
    now = fight([[A, B]], Trained({A: [4, 6, 5], B: [5, 7, 6]}), 2, 3)
    assert now == Duels(({A: 3, B: 3},))


def test_a_newcomer_first_catches_up_with_the_leader() -> None:
    """After generation 0 both have 3; C alone needs its third seed."""
    scores = {A: [4, 6, 5], B: [1, 3, 2], C: [5, 6], D: [0, 0]}
    now = fight([[A, B], [C, D]], Trained(scores), 2, 3)
    assert now == Duels(({A: 3, B: 3},), ((C, 2),))


def test_a_lucky_leader_is_found_out() -> None:
    """B leads with 8 on two seeds; its third and fourth, of 1, put A in front."""
    scores = {A: [5, 7, 6, 6], B: [7, 9, 1, 1]}
    now = fight([[A, B]], Trained(scores), 2, 4)
    assert now.missing == ()
    assert now.seeds == ({A: 4, B: 4},)


def test_with_one_seed_each_nobody_knows_the_spread_so_the_question_is_open() -> None:
    assert contenders({A: assessed(9), B: assessed(1)}, 3, 3) == (A, B)


def test_seeds_on_which_the_environment_fails_are_not_made_up_for() -> None:
    """Of 2, 3 and 4 seeds one result is always missing; with 4 a duel is over."""
    scores = {A: [4.0, 6.0, 5.0, 5.0, 5.0], B: [5.0, 7.0, 6.0, 6.0, 6.0]}

    def outcome(place: Place, seeds: int) -> Assessed:
        return assessed(*scores[place][: seeds - 1])

    assert fight([[A, B]], outcome, 2, 4) == Duels(({A: 4, B: 4},))


def test_alone_there_is_no_duel() -> None:
    assert fight([[A]], Trained({A: [1, 2]}), 2, 4) == Duels(({},))
