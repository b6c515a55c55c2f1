"""Judged episodes: what of them may be seen, and which are the good ones."""

import numpy as np
import pytest

from designer.feedback.judged import load_judged, split_episodes, transitions
from envs.episodes import play, save_episodes
from envs.hidden import load_hidden
from envs.make import load_task
from tests.designer.feedback.conftest import episode


def test_stored_episodes_come_back_without_hidden_columns(tmp_path) -> None:
    task = load_task("hopper-run")
    hidden = load_hidden(task)
    played = play(task, lambda obs: np.zeros((len(obs), 3)), [1, 2])
    (tmp_path / "s1").mkdir()
    save_episodes(tmp_path / "s1" / "episodes.npz", played)
    read = load_judged(task, [tmp_path / "s1" / "episodes.npz"])
    assert "x_position" in played[0].widths
    for before, after in zip(played, read, strict=True):
        assert "x_position" not in after.widths
        width = before.frames.shape[1] - 1
        assert after.frames.shape == (before.steps + 1, width)
        assert np.allclose(after.frames, before.frames[:, :width], atol=1e-5)
        assert np.allclose(after.actions, before.actions)
        assert after.fitness == pytest.approx(hidden.fitness(before), abs=1e-5)
        assert (after.training, after.reason) == ("s1", before.reason)
        assert (after.terminated, after.success) == (before.terminated, False)


def test_transitions_never_cross_from_one_episode_into_the_next() -> None:
    s, a, s_next = transitions(
        [episode(2, height=[1, 2, 3]), episode(1, height=[7, 8])]
    )
    assert s[:, 0].tolist() == [1, 2, 7]
    assert s_next[:, 0].tolist() == [2, 3, 8]
    assert a.shape == (3, 1)


def test_successes_are_good_where_there_are_failures_too() -> None:
    parts = split_episodes([episode(1, 9, success=False), episode(1, 1, success=True)])
    assert parts is not None
    assert parts.good.tolist() == [False, True]
    assert parts.names == ("successful", "failed")
    assert parts.criterion.startswith("1 reached the goal, 1 did not")


@pytest.mark.parametrize("success", [True, False, None])
def test_where_success_does_not_part_them_the_better_half_is_good(success) -> None:
    parts = split_episodes([episode(1, x, success=success) for x in (1, 5, 2, 4)])
    assert parts is not None
    assert parts.good.tolist() == [False, True, False, True]
    assert parts.names == ("better", "worse")


def test_where_most_are_as_fit_as_the_best_the_others_are_worse() -> None:
    parts = split_episodes([episode(1, x) for x in (10, 10, 10, 1)])
    assert parts is not None
    assert parts.good.tolist() == [True, True, True, False]


def test_episodes_that_are_equally_fit_are_not_parted() -> None:
    assert split_episodes([]) is None
    assert split_episodes([episode(1, 3.0)]) is None
    assert split_episodes([episode(1, 3.0), episode(1, 3.2)]) is None
    assert split_episodes([episode(1, -3.0), episode(1, -3.2)]) is None
    assert split_episodes([episode(1, 3.0), episode(1, 3.5)]) is not None


def test_groups_that_are_whole_trainings_are_told_as_such() -> None:
    one, two = ([episode(1, x, training=t) for t in ("s0", "s1")] for x in (1, 5))
    mixed, apart = split_episodes([*one, *two]), split_episodes([one[0], two[1]])
    assert mixed is not None
    assert apart is not None
    assert "trainings" not in mixed.criterion
    assert "better ones are all of s1, so this compares trainings" in apart.criterion
