"""Statistics over several tasks, from few runs of each.

The definitions are those of Agarwal et al., "Deep Reinforcement Learning at the Edge of
the Statistical Precipice" (NeurIPS 2021, arXiv 2108.13264), which rliable implements.
A method's scores are one array per task, (..., runs); leading axes are resamples.
"""

from collections.abc import Callable, Sequence

import numpy as np

from designer.rewards.sources import Array

RUN_RESAMPLES = 5_000
TRIMMED_SHARE = 0.25  # at either end, before the mean is taken

TaskScores = Sequence[Array]


def human_normalised(scores: Array, human: float, sparse: float) -> Array:
    """Scores where the sparse reward is 0 and the human-written one 1 away from it.

    (method - sparse) / |human - sparse|, the human-normalised score of Eureka (arXiv
    2310.12931, section 4.1); NaN where both rewards score the same.
    """
    distance = abs(human - sparse)
    return (scores - sparse) / distance if distance else scores * np.nan


def interquartile_mean(scores: TaskScores) -> Array:
    """Mean of the middle half of all runs of all tasks together.

    Of n runs, floor(n / 4) are left out at either end.
    """
    values = np.sort(np.concatenate(scores, axis=-1), axis=-1)
    count = values.shape[-1]
    trimmed = int(TRIMMED_SHARE * count)
    mean: Array = values[..., trimmed : count - trimmed].mean(axis=-1)
    return mean


def improvement_probability(first: TaskScores, second: TaskScores) -> Array:
    """Probability that a run of the first method beats one of the second.

    Ties count a half; the mean over tasks, each with all its pairs of runs (the
    Mann-Whitney U statistic over the number of pairs).
    """
    by_task = [
        (
            (x[..., :, None] > y[..., None, :])
            + 0.5 * (x[..., :, None] == y[..., None, :])
        ).mean(axis=(-2, -1))
        for x, y in zip(first, second, strict=True)
    ]
    return np.asarray(np.mean(by_task, axis=0))


def mean_ranks(methods: Sequence[TaskScores]) -> Array:
    """Rank of each method's mean score, averaged over tasks; 1 is best, (..., methods).

    Methods with equal means share the mean of their ranks.
    """
    by_task = []
    for scores in zip(*methods, strict=True):
        means = np.stack([score.mean(axis=-1) for score in scores], axis=-1)
        greater = (means[..., None, :] > means[..., :, None]).sum(axis=-1)
        equal = (means[..., None, :] == means[..., :, None]).sum(axis=-1)
        by_task.append(1 + greater + (equal - 1) / 2)
    return np.asarray(np.mean(by_task, axis=0))


def stratified_interval(
    statistic: Callable[[Sequence[TaskScores]], Array],
    methods: Sequence[TaskScores],
    level: float = 0.95,
) -> tuple[Array, Array]:
    """Ends of a percentile bootstrap interval of a statistic, over runs.

    Runs are resampled within every task and method, so each keeps its number of runs
    (stratified bootstrap, section 4.3 of the paper). With one run of each, both ends
    are the value itself. The resampling is seeded.
    """
    rng = np.random.default_rng(0)
    resampled = [
        [
            scores[rng.integers(len(scores), size=(RUN_RESAMPLES, len(scores)))]
            for scores in tasks
        ]
        for tasks in methods
    ]
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(statistic(resampled), tails, axis=0)
    return low, high
