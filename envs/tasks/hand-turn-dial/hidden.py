"""Hand, dial: which part of the way to the target angle is made, and kept."""

import numpy as np

UNIT = "of the way"
HOLD_S = 1.0
REACHED_RAD = 0.15


def error(episode):
    """Dial to target, rad, at every row."""
    return np.abs(episode.target - episode.dial_angle)


def fitness(episode):
    """1 when the dial rests at the target, 0 where it began, -1 twice as far off.

    By the mean over the last second; an episode that holds the target ends early.
    """
    rows = max(1, round(HOLD_S / episode.dt))
    left = error(episode)[-rows:].mean()
    return float(np.clip(1.0 - left / error(episode)[0], -1.0, 1.0))


def success(episode):
    """Near the target all through the last second, of at least a second."""
    rows = round(HOLD_S / episode.dt)
    return episode.steps >= rows and bool((error(episode)[-rows:] < REACHED_RAD).all())


def human_reward(s, a, s_next):
    """Progress to the target, a bonus near it, and calm fingers."""
    left, before = np.abs(s_next.to_go), np.abs(s.to_go)
    return {
        "progress": 20.0 * (before - left),
        "near": np.exp(-((left / 0.15) ** 2)),
        "distance": -0.5 * left,
        "calm": -0.002 * (s_next.finger_velocities**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: 1 near the target."""
    return {"reached": 1.0 * (np.abs(s_next.to_go) < REACHED_RAD)}
