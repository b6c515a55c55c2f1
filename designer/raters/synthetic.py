"""A rater that ranks by the hidden metric, with noise, ties and mistakes.

For tests and studies: it shows what a search achieves if people agree with the metric.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from designer.config import RunConfig
from designer.run.seeds import derive
from designer.votes.ballots import Ballot
from designer.votes.questions import Question

SYNTHETIC_RATER = "synthetic"
# Both are relative to the spread of fitness.
FITNESS_NOISE = 0.05  # Standard deviation of the noise that is added to fitness.
TIE_WITHIN = 0.05  # Clips that are nearer to the next better one are its equals.


def describe_rater(mistakes: float) -> str:
    """The rater's method in words, for reports."""
    return (
        f"ranks by fitness, with noise of {FITNESS_NOISE:.0%} of its spread over the "
        f"clips, ties within {TIE_WITHIN:.0%} of it, and {mistakes:.0%} of "
        "neighbours swapped"
    )


def simulated_vote(
    question: Question, fitness: Mapping[str, float], config: RunConfig
) -> Ballot:
    """The rater's answer to a question of a run, the same whenever it is asked."""
    place = question.generation, question.number
    rng = np.random.default_rng(derive(config.seed, SYNTHETIC_RATER, *place))
    return vote(question, fitness, config.mistakes, rng)


def vote(
    question: Question,
    fitness: Mapping[str, float],
    mistakes: float,
    rng: np.random.Generator,
) -> Ballot:
    """A ranking of the clips of a question.

    fitness: by name, of all candidates that may be shown; its standard deviation is the
    spread. mistakes: probability that two neighbours in the ranking are swapped.
    """
    spread = float(np.std(list(fitness.values())))
    scores = {
        letter: fitness[name] + FITNESS_NOISE * spread * rng.standard_normal()
        for letter, name in zip(question.letters, question.shown, strict=True)
    }
    order = sorted(scores, key=lambda letter: scores[letter], reverse=True)
    tied = [
        scores[better] - scores[worse] <= TIE_WITHIN * spread
        for better, worse in pairwise(order)
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
