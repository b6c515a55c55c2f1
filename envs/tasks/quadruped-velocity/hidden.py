"""Quadruped, commanded velocity: how much of the commanded motion it follows."""

import numpy as np

UNIT = "of the commanded motion"
EPISODE_S = 10.0
SMOOTH_S = 0.3  # a step of the gait, over which velocities are averaged
TURN_M = 0.3  # rad/s of turning count as this many m/s
SETTLE_S = 0.5  # after a new command, in which it may still change its speed


def motion(s):
    """Forward and leftward velocity and turning rate, (..., 3)."""
    return np.concatenate([s.trunk_velocity[..., :2], s.trunk_spin[..., 2:]], axis=-1)


def smoothed(values, rows):
    """Means of values (n, k) over the last `rows` rows, fewer at the beginning."""
    sums = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), values]), axis=0)
    last = np.arange(1, len(values) + 1)
    first = np.maximum(last - rows, 0)
    return (sums[last] - sums[first]) / (last - first)[:, None]


def settled(episode):
    """Rows at which the command has stood for SETTLE_S."""
    command, rows = episode.command, round(SETTLE_S / episode.dt)
    changed = np.r_[True, (np.diff(command, axis=0) != 0).any(axis=1)]
    age = np.arange(len(command)) - np.maximum.accumulate(
        np.where(changed, np.arange(len(command)), 0)
    )
    return age >= rows


def fitness(episode):
    """1 when it moves as commanded, 0 when it stands, -1 when it falls at once.

    1 - mean error / mean command, as long as it lasts; the time that it does not last
    counts as -1.
    """
    scale = np.array([1.0, 1.0, TURN_M])
    rows = settled(episode)
    share = min(1.0, episode.steps * episode.dt / EPISODE_S)
    if not rows.any():
        return share - 1.0
    actual = smoothed(motion(episode), round(SMOOTH_S / episode.dt))
    error = np.linalg.norm((actual - episode.command) * scale, axis=1)[rows]
    command = np.linalg.norm(episode.command * scale, axis=1)[rows]
    followed = max(-1.0, 1.0 - error.mean() / command.mean())
    return float(share * followed - (1.0 - share))


def success(episode):
    """To the end, at less than half the error of standing still."""
    return not episode.terminated and fitness(episode) >= 0.5


def human_reward(s, a, s_next):
    """Terms in the manner of Rudin et al. 2022 (arXiv 2109.11978), but for the errors.

    These cost what they measure, so that every step towards the command pays; their
    exp(-error**2 / 0.25) is flat far from it. A foot that lands is paid for its time in
    the air beyond 0.1 s.
    """
    error = motion(s_next) - s_next.command
    landed = (s.air_time > 0.0) & (s_next.air_time == 0.0)
    return {
        "velocity": -2.0 * np.sqrt((error[:, :2] ** 2).sum(axis=1) + 0.01),
        "turning": -0.6 * np.sqrt(error[:, 2] ** 2 + 0.01),
        "steps": (landed * (s.air_time - 0.1)).sum(axis=1),
        "level": -1.0 * (s_next.trunk_up[:, :2] ** 2).sum(axis=1),
        "bouncing": -0.5 * s_next.trunk_velocity[:, 2] ** 2,
        "rolling": -0.02 * (s_next.trunk_spin[:, :2] ** 2).sum(axis=1),
        "jerks": -0.01 * ((a - s.last_action) ** 2).sum(axis=1),
        "alive": 2.0,
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: 1 where it moves as commanded."""
    error = np.abs(motion(s_next) - s_next.command)
    return {"as_commanded": 1.0 * (error < 0.2).all(axis=1)}
