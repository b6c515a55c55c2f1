"""Ant, waving: how long it stands on three feet and swings the fourth in the air."""

import numpy as np

UNIT = "of the time"
EPISODE_S = 50.0
WAVE_S = 2.0  # a wave to and fro must take no longer than this
SWING_RAD = 0.3  # a hip has 1.05 rad of room, an ankle 0.7 rad
DOWN_M, UP_M = 0.15, 0.25  # a foot on the ground is at 0.1 m


def standing(episode):
    """On the three other feet, at every row: level, belly off the ground, no jump."""
    feet = 2 * episode.lower_leg_heights - episode.knee_heights
    others = (feet[:, 1:] < DOWN_M).all(axis=1) & (episode.ground_force > 0.0)
    return others & (episode.torso_up > 0.7) & (episode.torso_height > 0.3)


def lifted(episode):
    """0 to 1, at every row: how high the front left foot is while standing."""
    foot = 2 * episode.lower_leg_heights[:, 0] - episode.knee_heights[:, 0]
    return standing(episode) * np.clip((foot - DOWN_M) / (UP_M - DOWN_M), 0.0, 1.0)


def there_and_back(angle, rows):
    """At each row the smaller of the widest rise and fall in the last rows, rad."""
    window = np.lib.stride_tricks.sliding_window_view(
        np.append(np.full(rows - 1, angle[0]), angle), rows
    )
    rise = (window - np.minimum.accumulate(window, axis=1)).max(axis=1)
    fall = (np.maximum.accumulate(window, axis=1) - window).max(axis=1)
    return np.minimum(rise, fall)


def waving(episode):
    """Whether the leg has swung to and fro, at hip or ankle, within the last 2 s."""
    rows = round(WAVE_S / episode.dt)
    hip, ankle = episode.hip_angles[:, 0], episode.ankle_angles[:, 0]
    swing = np.maximum(there_and_back(hip, rows), there_and_back(ankle, rows))
    return swing >= SWING_RAD


def fitness(episode):
    """Holding the foot up counts half, waving it meanwhile the other half."""
    worth = lifted(episode)[1:] * (0.5 + 0.5 * waving(episode)[1:])
    return float(worth.sum() * episode.dt / EPISODE_S)


def success(episode):
    """Foot up and waving in half of the 50 s or more, without falling."""
    held = (lifted(episode)[1:] > 0.5) & waving(episode)[1:]
    return bool(not episode.terminated and held.sum() * episode.dt >= EPISODE_S / 2)


def human_reward(s, a, s_next):
    """Hand-written: foot up, leg moving while up, others down, level, control."""
    feet = 2 * s_next.lower_leg_heights - s_next.knee_heights
    up = np.clip((feet[:, 0] - 0.1) / 0.2, 0.0, 1.0)
    moving = np.abs(s_next.joint_velocities[:, 2:4]).max(axis=1)
    down = (feet[:, 1:] < DOWN_M).mean(axis=1)
    return {
        "lift": 1.0 * up * down,
        "wave": 0.5 * up * down * np.clip(moving, 0.0, 2.0),
        "level": 1.0 * s_next.torso_up,
        "still": -0.2 * np.clip((s_next.torso_velocity**2).sum(axis=1), 0.0, 5.0),
        "control": -0.02 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: foot up, its leg moving."""
    feet = 2 * s_next.lower_leg_heights - s_next.knee_heights
    moving = np.abs(s_next.joint_velocities[:, 2:4]).max(axis=1)
    return {"wave": 1.0 * (feet[:, 0] > UP_M) * (moving > 0.5)}
