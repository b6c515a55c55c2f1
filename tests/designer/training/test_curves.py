"""Curves of a training whose episodes are known by hand."""

from pathlib import Path

import numpy as np
import pytest

from designer.training.curves import (
    COLUMNS,
    ROWS,
    WATCHED_ENVS,
    WINDOW_EPISODES,
    CurveLog,
    Curves,
    load_curves,
)
from envs.draws import Draws
from envs.env import Step
from envs.hidden import Hidden

N = 10  # environments, of which the first eight are scored


def test_curves_of_unequal_length_keep_the_rows_that_all_have(tmp_path) -> None:
    for name, rows in (("s0", 4), ("s1", 2)):
        columns = {column: np.arange(float(rows)) for column in COLUMNS}
        (tmp_path / name).mkdir()
        Curves(columns).save(tmp_path / name / "curves.csv")
    folders = [tmp_path / f"s{k}" for k in range(3)]  # the last one has no curves
    curves = load_curves(folders)
    assert [*curves] == ["s0", "s1"]
    assert all(len(c.columns["steps"]) == 2 for c in curves.values())


class World:
    """An environment with one field, x; nobody steps it."""

    n, dt, widths = N, 0.1, {"x": 0}

    def __init__(self) -> None:
        self.draws = Draws((), N)


def log(steps: int, success=lambda episode: episode.terminated) -> CurveLog:
    """Of a training of so many steps of all environments together.

    Fitness is how far x came, success whether the episode was ended by its rule.
    """
    hidden = Hidden(
        path=Path("hidden.py"),
        measured=True,
        unit="m",
        fitness=lambda episode: episode.x[-1] - episode.x[0],
        success=success,
        human_reward=None,
        sparse_reward=None,
    )
    made = CurveLog(hidden, N * steps / ROWS)
    made.watch(World())  # type: ignore[arg-type]
    return made


def step(x: float, ending: dict[int, bool]) -> Step:
    """From x to x + 1 everywhere. ending: environment to whether it terminated."""
    row = np.full((N, 1), x)
    over = np.array([ending.get(i, False) for i in range(N)])
    cut = np.array([i in ending and not ending[i] for i in range(N)])
    return Step(row, row, row + 1, row, over, cut, dict.fromkeys(ending, "over"))


def values(*terms: float) -> np.ndarray:
    return np.tile(np.array(terms), (N, 1))


def test_every_column_of_a_curve_means_what_it_says() -> None:
    """Two episodes of the last stretch: of 40 steps, the first one terminated."""
    made = log(ROWS)
    for k in range(ROWS - 1):
        made.add(step(k, {}), ("up", "down"), values(2.0, -0.5))
    made.add(step(ROWS - 1, {0: True, 1: False}), ("up", "down"), values(2.0, -0.5))
    curves = made.curves()
    last = {name: column[-1] for name, column in curves.columns.items()}
    assert last == {
        "steps": N * ROWS,
        "return": 1.5 * ROWS,
        "length": ROWS,
        "fitness": ROWS,
        "success": 0.5,
        "term/up": 2.0 * ROWS,
        "term/down": -0.5 * ROWS,
    }
    assert all(
        np.isnan(c[:-1]).all() for k, c in curves.columns.items() if k != "steps"
    )


def test_a_stretch_is_the_mean_of_the_episodes_that_ended_in_it() -> None:
    """Lengths 1 and 3, then 1: environment 0 ends with steps 1 and 4, 1 with 3."""
    made = log(4)
    for k, ending in enumerate([{0: True}, {}, {1: False}, {0: False}]):
        made.add(step(k, ending), ("up",), values(1.0))
    columns = made.curves().columns
    rows = np.flatnonzero(~np.isnan(columns["length"])).tolist()
    assert columns["length"][rows].tolist() == [1.0, 3.0, 3.0]
    assert columns["return"][rows].tolist() == [1.0, 3.0, 3.0]
    assert columns["success"][rows].tolist() == [1.0, 0.0, 0.0]
    # Steps are of all environments together, 10 in each of the four.
    assert rows == [ROWS // 4 - 1, 3 * ROWS // 4 - 1, ROWS - 1]
    assert columns["steps"].tolist() == pytest.approx(range(1, ROWS + 1))


def test_episodes_of_one_stretch_are_averaged() -> None:
    """Two with return 1 and one with 2 end with the last of 80 steps."""
    made = log(2 * ROWS)
    for _ in range(2 * ROWS - 2):
        made.add(step(0, {}), ("up",), values(0.0))
    made.add(step(0, {2: True}), ("up",), values(1.0))
    made.add(step(0, {0: True, 1: True}), ("up",), values(1.0))
    assert made.curves().columns["return"][-1] == pytest.approx((1 + 2 + 2) / 3)


def test_only_the_watched_environments_are_scored() -> None:
    """The last watched one ends in the first stretch, the next in the second."""
    made = log(ROWS)
    for i in (WATCHED_ENVS - 1, WATCHED_ENVS):
        made.add(step(0, {i: True}), ("up",), values(1.0))
    columns = made.curves().columns
    assert columns["return"].tolist() == [1.0, 2.0]
    assert columns["fitness"][0] == 1.0
    assert np.isnan(columns["fitness"][1])


def test_the_recent_return_is_of_the_last_window_and_unknown_before_half_of_it() -> (
    None
):
    made = log(ROWS)
    for k in range(WINDOW_EPISODES // 2 - 1):
        made.add(step(0, {0: True}), ("up",), values(k))
        assert np.isnan(made.recent_return)
    for k in range(WINDOW_EPISODES // 2 - 1, WINDOW_EPISODES + 3):
        made.add(step(0, {0: True}), ("up",), values(k))
        assert np.isfinite(made.recent_return)
    # Returns 0 to 34, of which the last 32 are 3 to 34.
    assert made.recent_return == (3 + 34) / 2


def test_without_a_predicate_success_is_unknown() -> None:
    made = log(1, success=None)
    made.add(step(0, {0: True}), ("up",), values(1.0))
    columns = made.curves().columns
    assert np.isnan(columns["success"]).all()
    assert columns["fitness"][-1] == 1.0


def test_a_training_that_goes_on_has_more_rows_and_the_first_stay_as_they_were() -> (
    None
):
    made = log(ROWS)
    for k in range(ROWS):
        made.add(step(0, {0: True}), ("up",), values(k))
    before = made.curves().columns["return"].tolist()
    made.watch(World())  # type: ignore[arg-type]
    for k in range(ROWS, ROWS + 3):
        made.add(step(0, {0: True}), ("up",), values(k))
    columns = made.curves().columns
    assert before == list(range(ROWS))
    assert columns["return"].tolist() == list(range(ROWS + 3))
    assert columns["steps"].tolist() == [N * k for k in range(1, ROWS + 4)]


def test_episodes_that_a_rung_cuts_off_count_nowhere() -> None:
    """Three steps, then all start afresh: the next one to end has one step."""
    made = log(ROWS)
    for k in range(3):
        made.add(step(k, {}), ("up",), values(1.0))
    made.watch(World())  # type: ignore[arg-type]
    made.add(step(7, {0: True}), ("up",), values(1.0))
    columns = made.curves().columns
    assert np.isnan(columns["return"][:3]).all()
    last = {name: column[-1] for name, column in columns.items()}
    assert (last["return"], last["length"], last["fitness"]) == (1.0, 1.0, 1.0)


def test_draws_widen_by_the_steps_of_the_training() -> None:
    made, world = log(ROWS), World()
    made.watch(world)  # type: ignore[arg-type]
    assert world.draws.trained_steps == 0
    for k in range(3):
        made.add(step(k, {}), ("up",), values(1.0))
    assert world.draws.trained_steps == 3 * N


@pytest.mark.parametrize(
    ("returns", "improved"),
    [
        ([1.0, 2.0], True),
        ([0.0, 2.0, 4.0, 6.0, 4.0, 2.0, 0.0, 0.0], True),  # a collapse after a rise
        ([8.0, 9.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], False),  # falls, but for one row
        ([0.1] * 7, False),  # the mean of three of them is above that of two
        ([-5.0, np.nan, np.nan, -4.0], True),
        ([3.0], False),
        ([np.nan], False),
    ],
)
def test_a_return_rose_if_a_later_quarter_is_above_the_first(
    returns: list[float], improved: bool
) -> None:
    assert Curves({"return": np.array(returns)}).improved is improved
