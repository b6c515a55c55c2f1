import numpy as np
import pytest

from envs.draw_extremes import require_physical
from envs.fields import SourceError

ONE = np.ones(1)


def test_a_mass_stays_above_0_whether_it_is_set_added_to_or_scaled() -> None:
    """From 2 kg, 1.5 kg less is 0.5 kg and 2 kg less is none; times -0.5 it is -1."""
    mass = 2 * ONE
    for how, low in (("sets", 0.1), ("adds", -1.5), ("scales", 0.1)):
        require_physical("body.b.mass", how, low * ONE, ONE, mass)
    for how, low, least in (("sets", 0, 0), ("adds", -2, 0), ("scales", -0.5, -1)):
        with pytest.raises(SourceError, match=f"would be {least} at least"):
            require_physical("body.b.mass", how, low * ONE, ONE, mass)


def test_friction_may_be_0_and_not_less() -> None:
    require_physical("geom.g.friction", "scales", 0 * ONE, ONE, ONE)
    with pytest.raises(SourceError, match="-1 at least, and must not be below 0"):
        require_physical("geom.g.friction", "scales", -ONE, ONE, ONE)


def test_a_velocity_may_be_anything() -> None:
    require_physical("joint.j.qvel", "sets", -ONE, ONE, None)
    require_physical("joint.j.qvel", "adds", -ONE, ONE, None)


@pytest.mark.parametrize("before", [(), (1, 2, 3)])
def test_four_numbers_that_may_all_be_0_are_no_rotation(before: tuple[int]) -> None:
    """Alone, or after the position of a free joint."""
    high = np.array([*before, 1, 0, 0, 0])
    low = np.array([*before, 0.5, 0, 0, 0])
    require_physical("joint.j.qpos", "sets", low, high, None)
    low[-4] = 0
    with pytest.raises(SourceError, match="0 0 0 0 is none"):
        require_physical("joint.j.qpos", "sets", low, high, None)
