"""A rater that goes by the hidden metric, with noise, ties and mistakes.

For tests and studies: what would a search find if people saw what the metric sees?
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from designer.votes.ballots import Ballot
from designer.votes.questions import Question

NAME = "synthetic"
NOISE = 0.05  # of the spread of fitness: standard deviation of what is added to it
TIE = 0.05  # of that spread: who is nearer than this to the next better is its equal


def describe(mistakes: float) -> str:
    """What this rater does, for reports."""
    return (
        f"ranks by fitness, with noise of {NOISE:.0%} of its spread over the clips, "
        f"ties within {TIE:.0%} of it, and {mistakes:.0%} of neighbours swapped"
    )


def vote(
    question: Question,
    fitness: Mapping[str, float],
    mistakes: float,
    rng: np.random.Generator,
) -> Ballot:
    """A ranking of the clips shown.

    fitness: of all that may be shown; its standard deviation is the spread. mistakes:
    the chance of each two neighbours in the finished ranking to be swapped.
    """
    spread = float(np.std(list(fitness.values())))
    seen = {
        letter: fitness[name] + NOISE * spread * rng.standard_normal()
        for letter, name in zip(question.letters, question.shown, strict=True)
    }
    order = sorted(seen, key=lambda letter: seen[letter], reverse=True)
    tied = [
        seen[better] - seen[worse] <= TIE * spread for better, worse in pairwise(order)
    ]
    for k in range(len(order) - 1):
        if rng.random() < mistakes:
            order[k], order[k + 1] = order[k + 1], order[k]
    places = [[order[0]]]
    for letter, is_tied in zip(order[1:], tied, strict=True):
        if is_tied:
            places[-1].append(letter)
        else:
            places.append([letter])
    return Ballot(tuple(tuple(place) for place in places))
