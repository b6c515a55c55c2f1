"""Fields as scalars over time, on numbers written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from designer.feedback.quantities import decimals, quantities, ranges_of, with_unit
from designer.rewards.bank import random_bank
from envs.make import load_task
from tests.designer.feedback.conftest import UNITS, WIDTHS, frames

TASK = load_task("inverted-pendulum-balance")


def test_narrow_fields_are_told_by_number_and_wide_ones_by_their_length() -> None:
    made = frames(2, angles=[[1.0, 2.0]] * 2, legs=[[3.0, 0.0, 4.0, 0.0]] * 2)
    told = {
        q.name: (q.unit, q.values.tolist()) for q in quantities(made, WIDTHS, UNITS)
    }
    assert "time" not in told
    assert told["angles[0]"] == ("rad", [1.0, 1.0])
    assert told["angles[1]"] == ("rad", [2.0, 2.0])
    assert told["norm(legs)"] == ("rad", [5.0, 5.0])


def test_numbers_of_a_field_have_their_own_units_where_it_names_them() -> None:
    made = frames(1, angles=[[1.0, 2.0]], legs=[[3.0, 0.0, 4.0, 0.0]])
    units = {**UNITS, "angles": "m/s, rad/s"}
    told = {q.name: q.unit for q in quantities(made, WIDTHS, units)}
    assert (told["angles[0]"], told["angles[1]"]) == ("m/s", "rad/s")


def test_one_odd_transition_of_a_thousand_is_not_usual() -> None:
    """All pole angles from 0 to 1 but one, at 1000; starts are told with both ends."""
    bank = random_bank(TASK, 0)
    column = [q.name for q in quantities(bank.s, bank.widths, _units())].index(
        "pole_angle"
    )
    states = np.zeros((1001, bank.s.shape[1]))
    states[:, column] = [*np.linspace(0, 1, 1000), 1000.0]
    found = ranges_of(TASK, replace(bank, s_next=states, start=states))
    low, high = found.usual["pole_angle"]
    assert (low, high) == pytest.approx((0.01, 0.99), abs=0.002)
    assert found.begins["pole_angle"] == (0.0, 1000.0)
    assert found.reach("pole_angle") == pytest.approx(0.98, abs=0.004)


def _units() -> dict[str, str]:
    return {field.name: field.unit for field in TASK.fields} | UNITS


def test_three_figures_of_the_largest_value_are_shown() -> None:
    assert [decimals(np.array([x, -x])) for x in (0.0, 0.5, 5.0, 50.0, 500.0, 5e4)] == [
        0,
        3,
        2,
        1,
        0,
        0,
    ]
    assert decimals(np.array([-0.0003, 0.0])) == 6
    assert (with_unit(1.23456, "m"), with_unit(2.0, "1")) == ("1.23 m", "2")
