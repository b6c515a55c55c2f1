import numpy as np
import pytest

from designer.feedback.reflection import (
    average,
    pays_without_serving,
    seed_traces,
    trace_findings,
    traces,
)
from designer.training.curves import ROWS, Curves


def curves(**columns: list[float]) -> Curves:
    base = {"steps": [1.0, 2, 3, 4], "return": [1.0, 2, 3, 4], "length": [1.0] * 4}
    base |= {"fitness": [1.0, 2, 3, 4], "success": [0.0] * 4}
    found = {**base, **{f"term/{name}": row for name, row in columns.items()}}
    return Curves({name: np.array(row) for name, row in found.items()})


def test_share_and_correlation_are_those_known_by_hand() -> None:
    summary = traces(curves(up=[3.0, 6, 9, 12], down=[-4.0, -3, -2, -1]))
    up, down = summary[0], summary[1]
    assert up.share == pytest.approx(7.5 / 10)  # means of magnitude 7.5 and 2.5
    assert up.correlation == pytest.approx(1.0)
    assert (down.low, down.high, down.mean) == (-4.0, -1.0, -2.5)
    assert [trace.name for trace in summary[2:]] == [
        "return",
        "fitness",
        "success",
        "length",
    ]
    assert summary[-1].correlation is None  # a constant has none


def test_terms_are_told_per_step_so_that_length_alone_correlates_with_nothing() -> None:
    longer = curves(alive=[10.0, 20, 30, 40])
    longer.columns["length"] = np.array([10.0, 20, 30, 40])
    alive = traces(longer)[0]
    assert alive.points == (1.0, 1.0, 1.0, 1.0)
    assert alive.correlation is None


@pytest.mark.parametrize(
    ("fitness", "is_told"),
    [
        ([1.0, 9.0, 10.0, 6.9], True),
        ([1.0, 9.0, 10.0, 7.1], False),
        # A distance with a minus: it comes near, and then goes far away again.
        ([-0.03, -0.01, -0.05, -0.2], True),
        ([-0.5, -0.3, -0.1, -0.15], False),
        ([-200.0, 10.0, 20.0, -10.0], True),
        ([-1.0, -1.02, -1.05, -1.04], False),
        ([0.0, 0.0, 0.0, 0.0], False),
    ],
)
def test_a_fall_of_fitness_while_the_return_rises_is_told(
    fitness: list[float], is_told: bool
) -> None:
    even = [1.0] * 4
    assert pays_without_serving([1.0, 2.0, 3.0, 4.0], even, fitness) is is_told
    assert not pays_without_serving([4.0, 3.0, 2.0, 1.0], even, fitness)


@pytest.mark.parametrize(
    ("per_step", "length"),
    [([1.0, 1.05, 1.2, 1.3], [1000.0, 900, 400, 100]), ([1.0] * 4, [1.0, 2, 3, 4])],
    ids=["shorter episodes pay less in all", "longer episodes pay no more a step"],
)
def test_a_return_that_only_follows_the_length_of_episodes_has_not_risen(
    per_step: list[float], length: list[float]
) -> None:
    assert not pays_without_serving(per_step, length, [1.0, 9.0, 5.0, 1.0])


def test_curves_of_several_seeds_are_averaged_over_what_is_known() -> None:
    one, two = curves(up=[1.0, np.nan, 1, 1]), curves(up=[3.0, 5.0, np.nan, 1])
    assert average([one, two]).columns["term/up"].tolist() == [2.0, 5.0, 1.0, 1.0]


def test_fitness_is_told_of_each_of_several_seeds() -> None:
    other = curves()
    other.columns["fitness"] = np.array([9.0, 7, 5, 3])
    first, second = seed_traces({"s0": curves(), "s1": other})
    assert (first.name, second.name) == ("fitness of s0", "fitness of s1")
    assert (first.points, second.points) == ((1.0, 2, 3, 4), (9.0, 7, 5, 3))
    assert seed_traces({"s0": curves()}) == ()


def test_a_long_curve_is_told_in_ten_points() -> None:
    row = np.arange(float(ROWS))
    names = ("steps", "return", "fitness", "success", "term/up")
    long = Curves(dict.fromkeys(names, row) | {"length": np.ones(ROWS)})
    summary = traces(long)
    assert len(summary[0].points) == 10
    assert summary[0].points[0] == 1.5  # mean of 0, 1, 2, 3


def test_a_dead_term_is_found() -> None:
    said = trace_findings(traces(curves(up=[1.0, 2, 3, 4], dead=[0.0] * 4)))
    assert any("'dead' was zero" in line for line in said)


def test_a_term_that_drowns_the_rest_is_found() -> None:
    said = trace_findings(traces(curves(big=[99.0] * 4, small=[1.0] * 4)))
    assert any("'big' is 99% of the reward" in line for line in said)


def test_a_return_that_rises_while_fitness_falls_is_found() -> None:
    bad = curves(up=[1.0, 2, 3, 4])
    bad.columns["fitness"] = np.array([5.0, 9.0, 3.0, 1.0])
    assert any(
        "does not serve the goal" in line for line in trace_findings(traces(bad))
    )
    assert not trace_findings(traces(curves(up=[1.0, 2, 3, 4])))


def test_curves_survive_their_file(tmp_path) -> None:
    written = curves(up=[1.0, np.nan, 3, 4])
    written.save(tmp_path / "curves.csv")
    read = Curves.load(tmp_path / "curves.csv")
    assert read.terms == ("up",)
    for name, row in written.columns.items():
        assert np.array_equal(read.columns[name], row, equal_nan=True)


def test_of_a_training_in_which_no_episode_ended_nothing_is_claimed() -> None:
    nothing = curves(up=[np.nan] * 4)
    for name in ("return", "fitness", "success", "length"):
        nothing.columns[name] = np.full(4, np.nan)
    assert traces(nothing)[0].points == ()
    assert trace_findings(traces(nothing)) == ()


def test_a_fitness_that_rises_below_zero_is_no_fall_from_its_peak() -> None:
    bad = curves(up=[1.0, 2, 3, 4])
    bad.columns["fitness"] = np.array([-9.0, -6.0, -4.0, -2.0])
    assert not trace_findings(traces(bad))
