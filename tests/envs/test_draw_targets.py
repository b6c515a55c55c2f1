"""Two draws that are written to one place."""

import numpy as np
import pytest

from envs.yamlfile import TaskError
from tests.envs.test_draws import draws, started, task

FACTOR = "factor: {uniform: [0.8, 1.2], scales: body.base.mass}"
PAYLOAD = "payload: {uniform: [0, 1], adds: body.base.mass}"
GRIP = "grip: {uniform: [1, 2], scales: geom.floor.friction}"
SLIDE = "slide: {uniform: [0.1, 2], sets: 'geom.floor.friction[0]'}"
ROLL = "roll: {uniform: [0.1, 2], sets: 'geom.floor.friction[2]'}"


@pytest.mark.parametrize(
    ("first", "second"), [(FACTOR, PAYLOAD), (GRIP, SLIDE), (ROLL, GRIP)]
)
def test_two_draws_of_one_constant_are_an_error_for_only_the_last_would_count(
    tmp_path, first: str, second: str
) -> None:
    with pytest.raises(TaskError) as error:
        task(tmp_path, draws(first, second))
    name = first.partition(":")[0]
    assert f"the draw '{name}' writes too" in str(error.value)
    assert "task.yaml:16: " in str(error.value)


def test_two_draws_of_different_constants_are_in_force_together(tmp_path) -> None:
    env, fields = started(tmp_path, SLIDE, ROLL, FACTOR)
    friction = env._physics._batch.geom("floor").friction
    assert np.array_equal(friction[:, 0], fields.slide)
    assert np.array_equal(friction[:, 2], fields.roll)
    mass = env._physics._batch.body("base").mass[:, 0]
    assert mass == pytest.approx(2 * fields.factor)
