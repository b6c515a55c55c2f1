"""The settings at a robot's control step."""

import pytest

from designer.training.settings import Settings, at_control_step


def test_at_the_reference_step_nothing_changes() -> None:
    assert at_control_step(Settings(), 0.008) == Settings()


def test_four_times_the_step_is_half_the_noise_and_twice_as_near() -> None:
    """The root of 4 is 2: deviation 1 / 2, and 1 - lambda 2 x 0.05."""
    settings = at_control_step(Settings(), 0.032)
    assert settings.std == pytest.approx(0.5)
    assert settings.gae_lambda == pytest.approx(0.9)


@pytest.mark.parametrize(("dt", "nearest"), [(0.001, 0.008), (1.0, 0.05)])
def test_steps_outside_what_was_tried_count_as_the_nearest(
    dt: float, nearest: float
) -> None:
    assert at_control_step(Settings(), dt) == at_control_step(Settings(), nearest)
