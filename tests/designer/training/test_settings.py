"""The settings at a robot's control step."""

from dataclasses import replace

import pytest

from designer.commands.run import _few_steps
from designer.config import RunConfig
from designer.training.settings import Settings, at_control_step, settings_for
from envs.make import load_task, task_names
from envs.train import TrainDefaults


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


def test_a_task_that_says_nothing_trains_by_the_usual_settings() -> None:
    assert settings_for(TrainDefaults(), 0.008, None) == Settings()


@pytest.mark.parametrize(
    ("environments", "rollout", "minibatch"),
    [(16, 128, 64), (32, 64, 64), (64, 64, 64), (256, 64, 256)],
)
def test_more_environments_make_shorter_rollouts_down_to_64_steps(
    environments: int, rollout: int, minibatch: int
) -> None:
    settings = settings_for(TrainDefaults(), 0.008, environments)
    expected = (environments, rollout, minibatch)
    assert (settings.envs, settings.rollout, settings.minibatch) == expected


def test_a_task_sets_the_network_and_the_discount() -> None:
    train = TrainDefaults(gamma=0.9, network=(32, 16))
    settings = settings_for(train, 0.008, None)
    assert (settings.gamma, settings.hidden) == (0.9, (32, 16))


def test_a_hundredth_of_the_discounting_looks_a_hundred_times_as_far() -> None:
    """1 - gamma falls from 0.01 to 0.0001, so 1 - lambda from 0.05 to 0.0005."""
    settings = settings_for(TrainDefaults(gamma=0.9999), 0.008, None)
    assert settings.gae_lambda == pytest.approx(0.9995)


def test_a_nearer_horizon_leaves_advantages_as_they_are() -> None:
    settings = settings_for(TrainDefaults(gamma=0.9), 0.008, None)
    assert settings.gae_lambda == Settings().gae_lambda


@pytest.mark.parametrize("name", task_names())
def test_a_task_s_own_steps_have_whole_episodes(name: str) -> None:
    assert not [*_few_steps(RunConfig(), load_task(name))]


def test_rungs_shorter_than_an_episode_are_told_for_any_trainer() -> None:
    task = load_task("hopper-run")  # 300,000 steps, episodes of 1,000
    (few,) = _few_steps(RunConfig(steps=20_000), task)
    assert "each of its 16 environments makes 640 steps" in few
    assert "take --steps 32768 or more" in few
    assert not [*_few_steps(RunConfig(steps=32_768), task)]
    wide = replace(task, train=replace(task.train, environments=256))
    assert "256 environments" in next(_few_steps(RunConfig(), wide))
