"""HalfCheetah at 2 m/s: how much of the time its speed over a stride was right."""

import numpy as np

UNIT = "of the time"
TARGET = 2.0  # m/s
EPISODE_S = 50.0
STRIDE_S = 1.0  # a gallop speeds up and slows down within every stride
START_S = 3.0
TOLERANCE = 0.25  # m/s


def speeds(episode):
    """Mean speed, m/s, over the second that ends with each row from 1 s on."""
    rows = round(STRIDE_S / episode.dt)
    x = episode.x_position
    return (x[rows:] - x[:-rows]) / STRIDE_S


def upright(episode):
    """Whether the back has been up all through each of those seconds."""
    rows = round(STRIDE_S / episode.dt)
    down = np.append(0, np.cumsum(np.cos(episode.torso_angle) <= 0.0))
    return down[rows + 1 :] == down[: -rows - 1]


def fitness(episode):
    """1 at 2 m/s all the time, less by half for each m/s of error, 0 when standing."""
    close = np.clip(1.0 - np.abs(speeds(episode) - TARGET) / TARGET, 0.0, 1.0)
    seconds = round((EPISODE_S - STRIDE_S) / episode.dt) + 1
    return float((close * upright(episode)).sum() / seconds)


def success(episode):
    """After 3 s within 0.25 m/s of the target in 90 % of all seconds, never over."""
    if episode.terminated:
        return False
    late = slice(round((START_S - STRIDE_S) / episode.dt), None)
    close = np.abs(speeds(episode)[late] - TARGET) <= TOLERANCE
    return bool(close.mean() >= 0.9 and upright(episode)[late].all())


def human_reward(s, a, s_next):
    """Hand-written: a bell curve over speed with wide feet, back up, control cost."""
    error = s_next.x_velocity - TARGET
    return {
        "speed": np.exp(-(error**2)) - 0.25 * np.abs(error),
        "upright": 0.2 * np.cos(s_next.torso_angle),
        "control": -0.05 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: error of the speed."""
    return {"error": -np.abs(s_next.x_velocity - TARGET)}
