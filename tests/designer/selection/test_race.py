"""Who goes on at a rung, on results written by hand."""

import math

import pytest

from designer.run.candidates import ENVIRONMENT, Failed, Judgement, Rung, SeedResult
from designer.selection.allocation import Allocation
from designer.selection.race import Racer, Standings, standings

RUNGS, SHARES = (100, 200, 400), (1 / 3, 1 / 2)
OWN, BROKEN = Failed("contract", "..."), Failed(ENVIRONMENT, "...")


def judged(*fitness: float, improved: bool = True) -> SeedResult:
    """A training that was judged at the first rungs, with these fitnesses."""
    rungs = [
        Rung(steps, Judgement(value, 0.0, None, 1.0, {}), improved)
        for steps, value in zip(RUNGS, fitness, strict=False)
    ]
    *earlier, last = rungs
    return SeedResult(0, last.judgement, last.steps, 1.0, last.improved, tuple(earlier))


def race(**results: SeedResult | Failed | None) -> Standings:
    """The race of rewards a, b, ... at the places (0, 0), (0, 1), ..."""
    entrants = {(0, i): Racer((r,)) for i, r in enumerate(results.values())}
    return standings(entrants, RUNGS, SHARES)


def test_nobody_is_given_up_before_all_have_come_to_the_rung() -> None:
    assert race(a=judged(1), b=judged(2), c=None) == Standings({}, 100)


def test_a_third_goes_on_but_at_least_three_one_of_them_the_most_novel() -> None:
    """Of 6 two go on by fitness, and the first of the others, as all are as novel."""
    now = race(
        a=judged(1), b=judged(6), c=judged(5), d=judged(4), e=judged(3), f=judged(2)
    )
    assert now == Standings({(0, 0): 100, (0, 4): 100, (0, 5): 100}, 200)


def test_the_novel_place_goes_to_the_reward_least_like_those_that_go_on() -> None:
    ranks = {"a": (0, 1, 2, 3), "b": (0, 1, 3, 2), "c": (1, 3, 0, 2), "d": (3, 2, 1, 0)}
    fitness = {"a": 4.0, "b": 3.0, "c": 1.0, "d": 2.0}
    entrants = {
        (0, i): Racer((judged(fitness[name]),), tuple(map(float, ranks[name])))
        for i, name in enumerate(ranks)
    }
    # d is a's negative, which is as alike as can be; c ranks the rows otherwise.
    assert standings(entrants, RUNGS, SHARES) == Standings({(0, 3): 100}, 200)


def test_a_reward_that_taught_nothing_goes_on_only_where_none_taught_anything() -> None:
    now = race(a=judged(9, improved=False), b=judged(1), c=judged(2))
    assert now == Standings({(0, 0): 100}, 200)
    dead = race(a=judged(9, improved=False), b=judged(1, improved=False))
    assert dead == Standings({}, 200)


def test_at_the_second_rung_there_is_no_place_for_the_novel() -> None:
    """Of four two and the novel one go on, and of these three the better two."""
    now = race(a=judged(3, 1), b=judged(4, 2, 2), c=judged(0), d=judged(2, 3, 3))
    assert now == Standings({(0, 2): 100, (0, 0): 200}, 400)


def test_of_equals_the_first_go_on() -> None:
    """All four are as fit and as novel, so the last one leaves."""
    now = race(a=judged(1), b=judged(1), c=judged(1), d=judged(1))
    assert now == Standings({(0, 3): 100}, 200)


def test_a_fitness_that_is_no_number_comes_last() -> None:
    now = race(a=judged(math.nan), b=judged(1), c=judged(2), d=judged(3))
    assert now == Standings({(0, 0): 100}, 200)


def test_what_was_given_up_stays_so_whatever_comes_later() -> None:
    """d leads at the first rung; later scores change nothing about who left there."""
    first = race(a=judged(1), b=judged(2), c=judged(3), d=judged(4))
    later = race(a=judged(1), b=judged(2), c=judged(3, 9), d=judged(4, 0))
    gone = {place: rung for place, rung in later.given_up.items() if rung == 100}
    assert gone == first.given_up


def test_a_reward_that_comes_late_drops_nobody_who_went_on() -> None:
    """d is the best of four at the first rung, after the others went on from there."""
    gone_on = {"a": judged(3, 1), "b": judged(2, 2), "c": judged(1, 3)}
    now = race(**gone_on, d=judged(9), e=judged(0))
    assert now == Standings({(0, 4): 100}, 200)


def test_of_a_reward_that_failed_on_its_first_seed_nobody_awaits_the_second() -> None:
    entrants = {
        (0, 0): Racer((OWN, None)),
        (0, 1): Racer((judged(1), judged(1))),
    }
    out = frozenset({(0, 0)})
    assert standings(entrants, RUNGS, SHARES) == Standings({}, 200, out)
    entrants[0, 0] = Racer((judged(1), OWN))  # and none goes on with the first one
    assert standings(entrants, RUNGS, SHARES) == Standings({}, 200, out)
    entrants[0, 0] = Racer((BROKEN, None))
    assert standings(entrants, RUNGS, SHARES) == Standings({}, 100)


def test_a_failure_after_a_rung_changes_nothing_about_who_left_there() -> None:
    """b is third of four and leaves; that a fails later doesn't bring it back."""
    others = {"b": judged(2), "c": judged(3), "d": judged(1), "e": judged(4)}
    before = race(a=judged(5), **others)
    after = race(a=Failed("crash", "...", judged(5).rungs), **others)
    assert before.given_up == after.given_up == {(0, 1): 100, (0, 3): 100}


@pytest.mark.parametrize("failed", [OWN, BROKEN])
def test_a_failed_reward_takes_nobodys_place(failed: Failed) -> None:
    """Two are left, and at least three would go on."""
    now = race(a=failed, b=judged(1), c=judged(2))
    assert (now.given_up, now.until) == ({}, 200)
    assert now.failed == (frozenset({(0, 0)}) if failed == OWN else frozenset())


def test_the_steps_of_a_race_by_hand() -> None:
    """Of 8 all to 100, 3 to 200, 2 to 400: 800 + 300 + 400 in place of 3,200."""
    assert Allocation(8, RUNGS, SHARES, 2).generation_steps == 1500
    assert Allocation(12, RUNGS, SHARES, 2).generation_steps == 1200 + 400 + 400
    assert Allocation(1, RUNGS, SHARES, 2).generation_steps == 400
