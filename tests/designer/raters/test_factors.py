"""Candidates are compared by the most important factor in which they differ."""

from collections.abc import Sequence
from dataclasses import replace

from designer.feedback.judged import Judged
from designer.raters.factors import Factor, compare, read_factors, votes
from designer.votes.ballots import Ballot, read_ballot, write_ballot
from envs.make import load_task
from tests.designer.feedback.conftest import DT, episode

# Episodes below last one second, so their distance is their speed.
STEPS = round(1 / DT)
FELL, ENERGY = read_factors("fell:0.1, energy:0.01", load_task("hopper-run"))
DISTANCE = Factor("distance", "speed", None, "integral", "m", 1, 0.5)


def second(speed: float, action: float = 0.5, falls: str = "") -> Judged:
    """An episode of one second."""
    return episode(STEPS, speed=speed, actions=[action] * STEPS, falls=falls)


def several(values: Sequence[float], training: str = "s0") -> list[Judged]:
    """One episode each, of that height."""
    return [episode(2, height=value, training=training) for value in values]


def height(margin: float | None = None, sign: int = 1) -> Factor:
    return Factor("height.mean", "height", None, "mean", "m", sign, margin)


def test_the_most_important_factor_that_differs_decides() -> None:
    ranked = (FELL, DISTANCE, ENERGY)
    good = [second(1, action=1.0)] * 5
    falls = [second(9, falls="too low" if k < 2 else "") for k in range(5)]
    seen = compare(ranked, good, falls)
    assert (seen.better, seen.reason) == (1, "fell: 0 % against 40 %")
    assert compare(ranked, falls, good).better == -1
    assert compare(ranked, falls, good).reason == seen.reason


def test_what_is_within_the_margin_leaves_it_to_the_next_factor() -> None:
    ranked = (FELL, DISTANCE, ENERGY)
    fast, slow = [second(1.4)], [second(1, action=0.1)]
    seen = compare(ranked, fast, slow)
    assert seen.better == -1
    assert seen.reason == "energy: 0.01 against 0.25; alike in fell, distance"


def test_who_is_alike_in_everything_is_a_tie() -> None:
    seen = compare((FELL, ENERGY), [second(1)], [second(2)])
    assert (seen.better, seen.reason) == (0, "alike in fell, energy")


def test_a_margin_may_be_reached_but_not_passed() -> None:
    low, high = several([1.0]), several([1.5])
    assert compare((height(0.5),), low, high).better == 0
    assert compare((height(0.49),), low, high).better == -1
    assert compare((height(0.49, -1),), low, high).better == 1


def test_without_a_margin_noise_is_the_margin() -> None:
    # Pooled variance (0.5 + 0.5) / 2 = 0.5: the difference has the standard error
    # sqrt(0.5 * (1/2 + 1/2)) = 0.71.
    assert compare((height(),), several([0, 1]), several([0.7, 1.7])).better == 0
    assert compare((height(),), several([0, 1]), several([0.72, 1.72])).better == -1


def test_noise_is_pooled_over_all_candidates() -> None:
    calm, other = several([0, 0.1]), several([0.5, 0.6])
    wild = several([-3, 3])
    assert compare((height(),), calm, other).better == -1
    assert compare((height(),), calm, other, [calm, other, wild]).better == 0


def test_ten_episodes_of_one_training_are_one_observation_of_its_luck() -> None:
    lucky = several([1.0] * 10, "s0") + several([0.0] * 10, "s1")
    other = several([0.8] * 10, "s0") + several([0.0] * 10, "s1")
    assert compare((height(),), lucky, other).better == 0
    mixed = [replace(e, training="s0") for e in lucky]
    same = [replace(e, training="s0") for e in [*several([0.0] * 20)]]
    assert compare((height(),), mixed, same).better == 1


def test_rounding_is_no_difference() -> None:
    assert compare((height(),), several([0.1 + 0.2]), several([0.3])).better == 0


def test_values_that_would_look_the_same_get_more_figures() -> None:
    seen = compare((height(0.0),), several([1.23401]), several([1.23402]))
    assert seen.reason == "height.mean: 1.23402 m against 1.23401 m"


def test_every_pair_is_a_vote_with_the_reason_as_its_comment() -> None:
    candidates = {
        "g00/c00": several([1.0]),
        "g00/c01": several([2.0]),
        "g00/c02": several([1.0]),
        "g00/c03": [],
    }
    found = votes((height(0.5),), candidates)
    assert found == [
        (
            ("g00/c00", "g00/c01"),
            Ballot((("B",), ("A",)), (), "height.mean: 2 m against 1 m"),
        ),
        (("g00/c00", "g00/c02"), Ballot((("A", "B"),), (), "alike in height.mean")),
        (
            ("g00/c01", "g00/c02"),
            Ballot((("A",), ("B",)), (), "height.mean: 2 m against 1 m"),
        ),
    ]
    for _, ballot in found:
        assert read_ballot(write_ballot(ballot), "AB") == ballot


def test_only_the_pairs_asked_for_are_compared() -> None:
    candidates = {name: several([k]) for k, name in enumerate("xyz")}
    (found,) = votes((height(0.5),), candidates, [("z", "x")])
    assert found[0] == ("z", "x")
    assert found[1].places == (("A",), ("B",))


def test_margins_may_make_a_circle_and_each_pair_still_has_its_vote() -> None:
    far = [second(1.0, action=0.9)]
    middle = [second(0.6, action=0.5)]
    near = [second(0.2, action=0.1)]
    found = votes((DISTANCE, ENERGY), {"f": far, "m": middle, "n": near})
    winners = [pair["AB".index(ballot.places[0][0])] for pair, ballot in found]
    assert winners == ["m", "f", "n"]  # the middle one beats the far one, and so round


def test_fitness_is_never_read() -> None:
    class Sealed(Judged):
        def __getattribute__(self, name: str) -> object:
            assert name not in ("fitness", "success")
            return super().__getattribute__(name)

    plain = second(1)
    sealed = Sealed(**{name: getattr(plain, name) for name in plain.__dict__})
    ranked = (FELL, DISTANCE, ENERGY, height())
    assert compare(ranked, [sealed], [sealed]).better == 0
