import numpy as np
import pytest

from envs.quaternions import product, rotations, turn
from envs.uniforms import episode_keys, stream, uniforms


def test_an_added_turn_turns_what_is_there() -> None:
    """A quarter about z, after a half about x, points the x axis along y."""
    half_x = np.array([0.0, 1.0, 0.0, 0.0])
    quarter = turn("z", np.array([[np.pi / 2]]))
    both = product(quarter, half_x)[0]
    w, x, y, z = both
    assert both @ both == pytest.approx(1)
    assert [1 - 2 * (y * y + z * z), 2 * (x * y + w * z)] == pytest.approx([0, 1])


def test_rotations_about_any_axis_are_uniform() -> None:
    """The x axis then points anywhere: its mean is 0 and its mean square 1/3."""
    w, x, y, z = rotations(np.random.default_rng(0).random((4000, 3))).T
    axis = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)])
    assert axis.mean(axis=1) == pytest.approx([0, 0, 0], abs=0.04)
    assert (axis**2).mean(axis=1) == pytest.approx([1 / 3] * 3, abs=0.03)


def test_uniforms_are_uniform_and_independent_of_their_neighbours() -> None:
    keys = episode_keys(range(2000))
    values = uniforms(keys, stream("a"), np.zeros(2000), 2)
    other = uniforms(keys, stream("b"), np.zeros(2000), 2)
    again = uniforms(keys, stream("a"), np.ones(2000), 2)
    assert values.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.03)
    assert values.var(axis=0) == pytest.approx([1 / 12, 1 / 12], abs=0.01)
    columns = np.hstack([values, other, again])
    correlations = np.corrcoef(columns.T) - np.eye(6)
    assert np.abs(correlations).max() < 0.1
