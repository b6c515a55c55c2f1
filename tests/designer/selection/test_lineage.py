"""Whom the next reward builds on, in every way of choosing parents."""

from typing import get_args

import numpy as np
import pytest

from designer.config import Parents
from designer.selection.lineage import FRAMINGS, Lineage, lineage, members, on_island
from designer.selection.merit import BY_FITNESS, ByPeople
from designer.votes.ballots import Vote
from designer.votes.strengths import fit
from tests.designer.selection.test_incumbent import candidate

BEST, WORST, SECOND = (
    candidate(0, 0, 3.0, 5.0),
    candidate(0, 1, 1.0, 1.0),
    candidate(0, 2, 2.0, 4.0),
)
FIRST = [BEST, WORST, SECOND]


def found(parents: Parents, history, index=0, generation=1, islands=2) -> Lineage:
    return lineage(parents, islands, 7, history, generation, index, BY_FITNESS)


def test_five_proposals_improve_the_incumbent_in_five_ways() -> None:
    ways = [found("incumbent", FIRST, index) for index in range(6)]
    assert [way.framing for way in ways] == [*FRAMINGS, "tune"]
    assert all((way.parent, way.mate) == (BEST, SECOND) for way in ways)


def test_a_lone_reward_builds_on_the_leader_as_its_author_thinks_best() -> None:
    for generation in range(1, 6):
        way = lineage("incumbent", 2, 7, FIRST, generation, 0, BY_FITNESS, True)
        assert way == Lineage(BEST, None, "improve")


def test_the_incumbent_stays_the_parent_until_it_is_beaten() -> None:
    worse = candidate(1, 0, *BEST.outcome.scores[:-1], BEST.outcome.scores[-1] - 1)
    way = found("incumbent", [*FIRST, worse], generation=2)
    assert way.parent == BEST
    better = candidate(1, 1, 4.0, 6.0)
    way = found("incumbent", [*FIRST, worse, better], generation=2)
    assert way.parent == better


def test_with_nothing_to_combine_with_the_incumbent_is_restructured() -> None:
    alone = [BEST, candidate(0, 1)]
    assert found("incumbent", alone, 2) == Lineage(BEST, None, "restructure")
    assert found("incumbent", FIRST, 2) == Lineage(BEST, SECOND, "combine")


def test_latest_builds_on_the_last_generation_though_another_reward_leads() -> None:
    low, high = candidate(1, 0, 1.0, 1.0), candidate(1, 1, 2.0, 2.0)
    history = [*FIRST, low, high, candidate(1, 2)]
    for index in range(4):
        way = found("latest", history, index, generation=2)
        assert way == Lineage(high, low, "improve")


def test_latest_has_no_worst_where_only_one_reward_was_trained() -> None:
    history = [*FIRST, candidate(1, 0, 1.0), candidate(1, 1)]
    assert found("latest", history).mate is None


def test_latest_goes_back_past_a_generation_that_failed() -> None:
    history = [*FIRST, candidate(1, 0), candidate(1, 1)]
    assert found("latest", history, generation=2) == Lineage(BEST, WORST, "improve")


def test_without_parents_nothing_is_built_on() -> None:
    assert found("none", FIRST) == Lineage(None, None, "explore")


@pytest.mark.parametrize("parents", get_args(Parents))
@pytest.mark.parametrize("history", [[], [candidate(0, 0), candidate(0, 1)]])
def test_before_a_reward_is_trained_all_start_afresh(parents: Parents, history) -> None:
    assert found(parents, history) == Lineage()


def test_an_island_admits_who_is_at_least_its_mean() -> None:
    # Means on arrival: none, 4, 4, 4, 6, 6.
    scores = [4.0, 2.0, 4.0, 10.0, 5.0, 6.0]
    history = [candidate(g, 0, score) for g, score in enumerate(scores)]
    history.insert(2, candidate(1, 2))  # rejected
    admitted = members(history, 2, 0, BY_FITNESS)
    assert [c.outcome.fitness for c in admitted] == [4.0, 4.0, 10.0, 6.0]
    assert members(history, 2, 1, BY_FITNESS) == []


def test_islands_do_not_mix() -> None:
    history = [candidate(g, k, 1.0 + g + k) for g in range(3) for k in range(6)]
    for index in range(6):
        for generation in range(3, 20):
            way = found("islands", history, index, generation, islands=3)
            assert way.parent is not None
            assert way.parent.index % 3 == index % 3
            assert way.mate is None or way.mate.index % 3 == index % 3


def test_an_island_without_a_trained_reward_starts_afresh_beside_the_other() -> None:
    history = [candidate(0, 0, 3.0), candidate(0, 1)]
    assert found("islands", history, 0).parent == history[0]
    assert found("islands", history, 1) == Lineage()


@pytest.mark.parametrize("parents", get_args(Parents))
def test_the_same_arguments_give_the_same_lineage(parents: Parents) -> None:
    twice = [[found(parents, FIRST, k, islands=1) for k in range(20)] for _ in (0, 1)]
    assert twice[0] == twice[1]


def test_another_seed_generation_or_index_draws_anew() -> None:
    def drawn(**changes) -> list[Lineage]:
        what = {"seed": 0, "generation": 1, "merit": BY_FITNESS, **changes}
        return [lineage("islands", 1, history=FIRST, index=k, **what) for k in range(9)]

    assert drawn() != drawn()[:1] * 9
    assert drawn(seed=1) != drawn() != drawn(generation=2)


def draws(population, count=3000) -> list[Lineage]:
    rng = np.random.default_rng(0)
    return [on_island(population, rng, BY_FITNESS) for _ in range(count)]


def share(ways: list[Lineage], **wanted) -> float:
    """Of the draws, those with these attributes."""
    hits = [all(getattr(w, k) == v for k, v in wanted.items()) for w in ways]
    return sum(hits) / len(hits)


def test_parents_are_drawn_by_rank() -> None:
    # Standard error of a share of 3000 draws: at most 0.01.
    two = draws([SECOND, BEST])
    assert share(two, parent=BEST) == pytest.approx(2 / 3, abs=0.03)
    assert share(two, parent=SECOND) == pytest.approx(1 / 3, abs=0.03)
    three = draws([WORST, SECOND, BEST])
    assert share(three, parent=BEST) == pytest.approx(3 / 6, abs=0.03)
    assert share(three, parent=SECOND) == pytest.approx(2 / 6, abs=0.03)
    assert share(three, parent=WORST) == pytest.approx(1 / 6, abs=0.03)


def test_a_coin_decides_between_mutation_and_crossover() -> None:
    ways = draws([BEST, SECOND])
    assert share(ways, framing="combine") == pytest.approx(1 / 2, abs=0.03)
    assert share(ways, framing="tune") == pytest.approx(1 / 4, abs=0.03)
    assert share(ways, framing="restructure") == pytest.approx(1 / 4, abs=0.03)
    for way in ways:
        assert (way.mate is not None) == (way.framing == "combine")
        assert way.mate != way.parent


def test_who_is_alone_on_an_island_is_mutated() -> None:
    ways = draws([BEST], 100)
    assert {way.framing for way in ways} == {"tune", "restructure"}
    assert all((way.parent, way.mate) == (BEST, None) for way in ways)


def test_among_equals_none_did_worst() -> None:
    equal = [candidate(0, 0, 2.0), candidate(0, 1, 2.0)]
    assert found("latest", equal) == Lineage(equal[0], None, "improve")


def test_equals_are_drawn_equally_often() -> None:
    """Two that lead together and one behind: weights 3, 3 and 1 of 7."""
    first, second, last = (
        candidate(0, k, score) for k, score in enumerate((2.0, 2.0, 1.0))
    )
    three = draws([first, second, last])
    assert share(three, parent=first) == pytest.approx(3 / 7, abs=0.03)
    assert share(three, parent=second) == pytest.approx(3 / 7, abs=0.03)
    assert share(three, parent=last) == pytest.approx(1 / 7, abs=0.03)


@pytest.mark.parametrize("parents", get_args(Parents))
def test_where_nobody_voted_nothing_is_built_on(parents: Parents) -> None:
    nobody = ByPeople(fit([], [c.name for c in FIRST]))
    for index in range(4):
        assert lineage(parents, 2, 7, FIRST, 1, index, nobody) == Lineage()


@pytest.mark.parametrize("parents", ["incumbent", "latest", "islands"])
def test_parents_are_those_that_votes_prefer_whatever_their_fitness(parents) -> None:
    shown = tuple(c.name for c in FIRST)  # of which the second is the least fit
    merit = ByPeople(fit([Vote(0, 0.0, "anna", 0, shown, "B>A")], shown))
    ways = [lineage(parents, 1, 7, FIRST, 1, index, merit) for index in range(8)]
    assert WORST in [way.parent for way in ways]
    assert SECOND not in [c for way in ways for c in (way.parent, way.mate)]
    if parents != "islands":
        assert all((way.parent, way.mate) == (WORST, BEST) for way in ways)
