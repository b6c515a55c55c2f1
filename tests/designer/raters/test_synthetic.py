import numpy as np

from designer.raters.synthetic import vote
from designer.votes.questions import Question

FITNESS = {"a": 10.0, "b": 5.0, "c": 0.0, "d": -5.0}
QUESTION = Question(0, ("c", "a", "d", "b"), 1, 1, "")


def many(mistakes: float, fitness=FITNESS, n: int = 400):
    rng = np.random.default_rng(0)
    return [vote(QUESTION, fitness, mistakes, rng) for _ in range(n)]


def test_without_mistakes_it_ranks_by_fitness():
    assert {ballot.places for ballot in many(0.0)} == {(("B",), ("D",), ("A",), ("C",))}


def test_mistakes_swap_neighbours_as_often_as_stated():
    """The first two change places unless a second swap moves on: 10 % of votes."""
    wrong = np.mean([ballot.places[0] != ("B",) for ballot in many(0.1)])
    assert 0.06 < wrong < 0.14


def test_who_is_nearly_equal_is_tied():
    close = {**FITNESS, "b": 9.99}
    firsts = [set(ballot.places[0]) for ballot in many(0.0, close)]
    assert np.mean([first == {"B", "D"} for first in firsts]) > 0.3


def test_all_equal_is_one_place():
    same = dict.fromkeys(FITNESS, 1.0)
    (ballot,) = many(0.0, same, 1)
    assert [sorted(place) for place in ballot.places] == [list("ABCD")]


def test_who_is_clearly_apart_is_not_tied():
    """Two fifths of the spread, 2.4 of 6, where a twentieth is a tie."""
    apart = {**FITNESS, "b": 7.6}
    assert {len(ballot.places) for ballot in many(0.0, apart)} == {4}
