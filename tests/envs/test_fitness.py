"""The hidden metrics on episodes whose value is known by hand."""

from types import SimpleNamespace

import numpy as np

from envs.task import load_task


def episode(terminated: bool = False, **fields: list[float]) -> SimpleNamespace:
    arrays = {name: np.array(values) for name, values in fields.items()}
    steps = len(next(iter(fields.values()))) - 1
    return SimpleNamespace(terminated=terminated, steps=steps, dt=0.04, **arrays)


def test_hopper_is_worth_the_metres_it_travelled() -> None:
    hidden = load_task("hopper-run").hidden
    assert hidden.fitness(episode(x_position=[1.0, 3.0, 8.5])) == 7.5
    assert hidden.success(episode(x_position=[0.0, 7.0]))
    assert not hidden.success(episode(x_position=[0.0, 5.0]))


def test_a_hopper_that_leaps_and_falls_has_not_succeeded() -> None:
    hidden = load_task("hopper-run").hidden
    assert not hidden.success(episode(x_position=[0.0, 7.0], terminated=True))


def test_a_cheetah_on_its_back_covers_no_ground() -> None:
    hidden = load_task("halfcheetah-run").hidden
    x = [0.0, 60.0, 120.0]
    assert hidden.fitness(episode(x_position=x, torso_angle=[0.0, 0.1, -0.1])) == 120
    assert hidden.fitness(episode(x_position=x, torso_angle=[0.0, 3.1, 3.1])) == 0
    assert hidden.fitness(episode(x_position=x, torso_angle=[0.0, 3.1, 6.3])) == 60
    assert not hidden.success(episode(x_position=x, torso_angle=[0.0, 3.1, 3.1]))


def test_a_pendulum_is_worth_the_seconds_it_stayed_up() -> None:
    hidden = load_task("inverted-pendulum-balance").hidden
    up = episode(pole_angle=[0.0] * 26)
    assert hidden.fitness(up) == 1.0
    assert hidden.success(up)
    assert not hidden.success(episode(pole_angle=[0.0, 0.3], terminated=True))
