"""The settings of PPO: one set for every robot, scaled by its control step.

What separates robots is how long an action lasts. Independent noise of deviation s on
every action moves a robot about as far in a second as s sqrt(dt), and as much noise
gets into an advantage, so a robot with a long control step explores with less of it and
looks less far ahead in its advantages. Values stand for 8 ms, the control step of
Gymnasium's Hopper and Walker2d; those of HalfCheetah and Ant last 50 ms.

A task that asks for a longer horizon (gamma) gets advantages that look as much further.
Swimmer needs it, as a stroke moves it back before it moves it on (Franceschetti et al.
2022, arXiv 2208.07587).
"""

import math
from dataclasses import dataclass, replace

from envs.train import TrainDefaults

REFERENCE_DT_S = 0.008
LONGEST_DT_S = 0.05  # Longer control steps are treated like this one: none was tried.
# Control steps. With 32 a hopper learnt a third as much by as many steps.
SHORTEST_ROLLOUT = 64
LEAST_ENVS_OF_LARGER_MINIBATCHES = 64


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters: SB3's defaults but for 16 x 128 rollouts.

    hidden: units of the two hidden layers. std: deviation of actions at the start, in
    halves of their range. divergence: of an update, KL, nats; above twice of it the
    learning rate falls, below half it recovers.
    """

    envs: int = 16
    rollout: int = 128
    minibatch: int = 64
    epochs: int = 10
    learning_rate: float = 3e-4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    value_weight: float = 0.5
    max_gradient: float = 0.5
    hidden: tuple[int, int] = (64, 64)
    std: float = 1.0
    divergence: float = 0.01


SETTINGS = Settings()


def settings_for(
    train: TrainDefaults, dt: float, envs: int | None, settings: Settings = SETTINGS
) -> Settings:
    """The settings of a task's trainings.

    dt: s per control step. envs: environments; None for as many as `settings` has. With
    more than those, rollouts are shorter in control steps, but
    not shorter than SHORTEST_ROLLOUT: then they are of more transitions, and so are
    minibatches.
    """
    weight = gae_lambda_for(train.gamma, settings)
    settings = replace(settings, gamma=train.gamma, gae_lambda=weight)
    if train.network is not None:
        settings = replace(settings, hidden=train.network)
    envs = envs or settings.envs
    if envs != settings.envs:
        rollout = max(settings.envs * settings.rollout // envs, SHORTEST_ROLLOUT)
        factor = max(1, envs // LEAST_ENVS_OF_LARGER_MINIBATCHES)
        minibatch = settings.minibatch * factor
        settings = replace(settings, envs=envs, rollout=rollout, minibatch=minibatch)
    return at_control_step(settings, dt)


def gae_lambda_for(gamma: float, settings: Settings = SETTINGS) -> float:
    """Lambda of advantages for a discount: 1 - lambda shrinks as 1 - gamma does."""
    return 1 - (1 - settings.gae_lambda) * min(1, (1 - gamma) / (1 - settings.gamma))


def at_control_step(settings: Settings, dt: float) -> Settings:
    """The settings for a robot with a control step of dt seconds."""
    dt = min(max(dt, REFERENCE_DT_S), LONGEST_DT_S)
    scale = math.sqrt(dt / REFERENCE_DT_S)
    return replace(
        settings,
        std=settings.std / scale,
        gae_lambda=1 - (1 - settings.gae_lambda) * scale,
    )
