"""A factor is read as a person means it and measured as one does it by hand."""

from dataclasses import replace

import numpy as np
import pytest

from designer.errors import ConfigError
from designer.feedback.judged import Judged
from designer.raters.factor import (
    STATISTICS,
    Factor,
    measure,
)
from designer.raters.factors import read_factors
from envs.fields import columns, total_width
from envs.make import load_task
from envs.task import Task
from tests.designer.conftest import every_task

HOPPER = load_task("hopper-run")
ANT = load_task("ant-run")
WIDTHS = {"height": 0, "x_velocity": 0, "place": 2, "time": 0, "last_action": 1}
DT = 0.5


def episode(
    steps: int = 2, falls: bool = False, training: str = "s0", **fields: object
) -> Judged:
    """So many steps of half a second; fields not given are 0, actions 0.5."""
    action = fields.pop("action", 0.5)
    frames = np.zeros((steps + 1, total_width(WIDTHS)))
    for name, values in fields.items():
        array = np.asarray(values, dtype=float)
        frames[:, columns(WIDTHS)[name]] = array.reshape(-1, max(WIDTHS[name], 1))
    actions = np.full((steps, 1), action)
    reason = "fell" if falls else "time limit"
    return Judged(
        frames, actions, WIDTHS, training, falls, reason, DT, float("nan"), None
    )


def height(margin: float | None = None, sign: int = 1) -> Factor:
    return Factor("height.mean", "height", None, "mean", "m", sign, margin)


def one(text: str, task: Task = HOPPER) -> Factor:
    (found,) = read_factors(text, task)
    return found


def test_the_order_of_the_text_is_the_order_of_importance() -> None:
    found = read_factors(" fell , distance:0.5, energy", HOPPER)
    assert [factor.label for factor in found] == ["fell", "distance", "energy"]
    assert read_factors(["fell", "distance:0.5", "energy"], HOPPER) == found
    assert [factor.margin for factor in found] == [None, 0.5, None]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("fell", -1),
        ("-fell", -1),
        ("energy", -1),
        ("-energy", -1),
        ("+energy", 1),
        ("length", 1),
        ("-length", -1),
        ("distance", 1),
        ("-distance", -1),
        ("torso_height", 1),
        ("- torso_height", -1),
    ],
)
def test_a_minus_says_that_less_is_better_and_costs_need_none(
    text: str, sign: int
) -> None:
    assert one(text).sign == sign


@pytest.mark.parametrize(
    ("text", "margin"),
    [
        ("fell:5%", 0.05),
        ("fell:0.05", 0.05),
        ("distance: 0.5 m", 0.5),
        ("torso_height.last:1e-2", 0.01),
        ("x_velocity:0.1m/s", 0.1),
        ("energy:0", 0.0),
        ("energy", None),
    ],
)
def test_a_margin_is_in_the_factor_s_unit(text: str, margin: float | None) -> None:
    assert one(text).margin == margin


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"no factors were named; write \[-\]NAME"),
        ("fell,,energy", "factor '' is not understood"),
        ("fel", "no public field 'fel'; did you mean 'fell'?"),
        ("torso_hight", "did you mean 'torso_height'?"),
        ("torso_height.men", "no statistic 'men'; did you mean 'mean'?"),
        ("torso_height[0]", r"torso_height takes no index"),
        ("joint_angles[3]", r"joint_angles has the numbers \[0\] to \[2\]"),
        ("fell.mean", "fell takes no index and no statistic"),
        ("distance:far", "expected a margin >= 0 as in :0.1 m, got 'far'"),
        ("distance:-1", "got '-1'"),
        ("distance:nan", "got 'nan'"),
        ("distance:", "got ''"),
        ("fell:x", "as in :0.05 or 5%"),
        ("fell > distance", "is not understood"),
    ],
)
def test_a_faulty_factor_is_told_with_what_is_valid(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_factors(text, HOPPER)


def test_a_hidden_field_is_no_factor_and_is_not_named() -> None:
    with pytest.raises(ConfigError, match="no public field 'x_position'") as caught:
        read_factors("x_position.change", HOPPER)
    assert "x_position'?" not in str(caught.value)


def test_fell_is_refused_where_nothing_ends_an_episode() -> None:
    cheetah = load_task("halfcheetah-run")
    with pytest.raises(ConfigError, match="nothing ends an episode of halfcheetah"):
        read_factors("fell, distance", cheetah)
    assert one("distance", cheetah).label == "distance"


def test_distance_is_the_integral_of_the_forward_velocity() -> None:
    assert (one("distance").field, one("distance").column) == ("x_velocity", None)
    ant = one("distance", ANT)
    assert (ant.field, ant.column, ant.unit) == ("torso_velocity", 0, "m")


def test_distance_has_to_be_named_where_nothing_goes_forward() -> None:
    pusher, reacher = load_task("pusher-push"), load_task("reacher-reach")
    with pytest.raises(ConfigError, match=r"as in object_velocity\.integral"):
        read_factors("distance", pusher)
    with pytest.raises(ConfigError, match="name another factor"):
        read_factors("distance", reacher)


@pytest.mark.parametrize("name", every_task())
def test_every_public_field_of_every_task_is_a_factor(name: str) -> None:
    task = load_task(name)
    public = [field for field in task.fields if not field.hidden]
    for statistic in STATISTICS:
        read_factors([f"-{field.name}.{statistic}" for field in public], task)


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("mean", 1.0),
        ("abs", 5 / 3),
        ("last", 3.0),
        ("change", 2.0),
        ("max", 3.0),
        ("min", -1.0),
        ("spread", (8 / 3) ** 0.5),
        ("travel", 6.0),
        ("integral", 0.5 * (1 - 1) / 2 + 0.5 * (3 - 1) / 2),
    ],
)
def test_a_statistic_is_what_one_computes_by_hand(statistic: str, value: float) -> None:
    seen = episode(height=[1, -1, 3])
    factor = replace(height(), statistic=statistic)
    assert measure(factor, seen) == pytest.approx(value)


def test_several_numbers_count_as_their_length_or_as_a_point_that_moves() -> None:
    seen = episode(place=[[0, 0], [3, 4], [0, 0]])
    place = replace(height(), field="place")
    assert measure(place, seen) == pytest.approx(5 / 3)
    assert measure(replace(place, statistic="travel"), seen) == pytest.approx(10)
    assert measure(replace(place, statistic="max", column=1), seen) == 4


def test_built_in_factors_are_measured_on_what_happened() -> None:
    seen = episode(steps=4, falls=True, action=0.5)
    assert measure(one("fell"), seen) == 1.0
    assert measure(one("energy"), seen) == 0.25
    assert measure(one("length"), seen) == 2.0
    moving = episode(x_velocity=[0, 1, 2])
    assert measure(one("distance"), moving) == 1.0


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("x_velocity.integral", "m"),
        ("torso_height.integral", "m s"),
        ("last_action[0].integral", "s"),
        ("x_velocity.travel", "m/s"),
    ],
)
def test_an_integral_has_a_unit_of_its_own(text: str, unit: str) -> None:
    assert one(text).unit == unit
