"""Statistics over tasks: numbers derived by hand, and scipy's where it is installed."""

import numpy as np
import pytest

from designer.selection.aggregate import (
    human_normalised,
    improvement_probability,
    interquartile_mean,
    mean_ranks,
    stratified_interval,
)


def tasks(*scores: list[float]) -> list[np.ndarray]:
    return [np.array(runs, dtype=float) for runs in scores]


def test_the_sparse_reward_is_0_and_the_human_one_1_away() -> None:
    assert human_normalised(np.array([2.0, 6.0, 8.0]), human=6, sparse=2).tolist() == [
        0,
        1,
        1.5,
    ]


def test_where_the_human_reward_is_worse_than_the_sparse_one_more_is_still_better() -> (
    None
):
    assert human_normalised(np.array([2.0, 6.0]), human=2, sparse=6).tolist() == [-1, 0]


def test_where_both_score_the_same_there_is_no_scale() -> None:
    assert np.isnan(human_normalised(np.array([1.0]), human=3, sparse=3)).all()


def test_the_middle_half_is_taken_over_runs_and_tasks_together() -> None:
    # Sorted: 0 1 | 2 3 4 5 | 6 100; without a quarter at either end, the mean is 3.5.
    assert interquartile_mean(tasks([100, 0, 3, 4], [1, 2, 5, 6])) == 3.5


def test_of_too_few_runs_for_a_quarter_none_is_left_out() -> None:
    assert interquartile_mean(tasks([1], [3], [8])) == 4


def test_improvement_counts_pairs_and_halves_ties_and_averages_tasks() -> None:
    # First task: of 2 x 2 pairs 3 is above 1 and 2, 2 above 1 and equal to 2: 3.5 / 4.
    # Second task: 0 of 1.
    first, second = tasks([3, 2], [0]), tasks([1, 2], [5])
    assert improvement_probability(first, second) == pytest.approx((3.5 / 4 + 0) / 2)
    assert improvement_probability(second, first) == pytest.approx(1 - 3.5 / 8)


def test_ranks_go_by_means_within_tasks_and_ties_share_theirs() -> None:
    # Task 1: means 2, 2, 5 rank 2.5, 2.5, 1. Task 2: means 9, 1, 0 rank 1, 2, 3.
    methods = [tasks([1, 3], [9]), tasks([2, 2], [1]), tasks([5, 5], [0])]
    assert mean_ranks(methods).tolist() == [1.75, 2.25, 2.0]


def test_an_interval_holds_its_statistic_and_resamples_within_tasks_alone() -> None:
    # Each task's runs are equal, so no resample within a task can differ.
    methods = [tasks([1, 1, 1], [5, 5])]
    low, high = stratified_interval(lambda m: interquartile_mean(m[0]), methods)
    assert low == high == interquartile_mean(methods[0])


def test_the_interval_of_a_mean_of_two_equally_likely_values_is_known() -> None:
    # The mean of two draws of 0 and 4 is 0, 2, 4 with chances 1/4, 1/2, 1/4.
    methods = [tasks([0, 4])]
    low, high = stratified_interval(lambda m: interquartile_mean(m[0]), methods)
    assert (low, high) == (0, 4)
    low, high = stratified_interval(lambda m: interquartile_mean(m[0]), methods, 0.4)
    assert (low, high) == (2, 2)


def test_scipy_has_the_same_numbers() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(1)
    first = [rng.normal(size=7).round(1), rng.normal(size=5).round(1)]
    second = [rng.normal(size=6).round(1), rng.normal(size=5).round(1)]
    trimmed = stats.trim_mean(np.concatenate(first), 0.25)
    assert interquartile_mean(first) == pytest.approx(trimmed)
    shares = [
        stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))
        for x, y in zip(first, second, strict=True)
    ]
    assert improvement_probability(first, second) == pytest.approx(np.mean(shares))
    means = [[x.mean(), y.mean()] for x, y in zip(first, second, strict=True)]
    ranks = np.mean([3 - stats.rankdata(pair) for pair in means], axis=0)
    assert mean_ranks([first, second]) == pytest.approx(ranks)
