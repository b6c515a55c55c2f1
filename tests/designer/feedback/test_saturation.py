"""Terms that sit at an end of their range."""

import numpy as np
import pytest

from designer.feedback.saturation import flat, saturated

VARIED = np.linspace(0.0, 1.0, 101)[:, None]


def test_shares_at_either_end_are_those_known_by_hand() -> None:
    low, high = flat(VARIED, np.zeros(1), np.ones(1))
    assert (low[0], high[0]) == pytest.approx((2 / 101, 2 / 101))  # 0, 0.01; 0.99, 1


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "its minimum (0)"), (1.0, "its maximum (1)")]
)
def test_a_term_that_sits_at_an_end_is_found(value: float, told: str) -> None:
    (said,) = saturated(["up"], np.full((50, 1), value), VARIED)
    assert f"'up' sits at {told} in 100% of all judged steps (2% on other" in said


def test_a_term_that_varies_is_not_told() -> None:
    assert not list(saturated(["up"], VARIED, VARIED))


def test_a_rare_event_and_a_constant_are_not_told() -> None:
    rare = np.zeros((100, 1))
    rare[0] = 1.0
    assert not list(saturated(["goal"], rare, rare))
    assert not list(saturated(["alive"], np.ones((9, 1)), np.ones((9, 1))))
