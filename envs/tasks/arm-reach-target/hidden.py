"""Arm, reach: how near the tip is to each target once it has had time to get there."""

import numpy as np

UNIT = "cm"  # below 0: minus the distance
HOLD_S = 0.5  # at the end of the time that a target stays
REACHED_M = 0.05


def distance(s):
    """Tip to target, m."""
    return np.linalg.norm(s.tip_position - s.target, axis=-1)


def holds(episode):
    """The distances (rows,) in the last HOLD_S of each target."""
    rows = max(1, round(HOLD_S / episode.dt))
    moved = np.flatnonzero((np.diff(episode.target, axis=0) != 0).any(axis=1)) + 1
    parts = np.split(distance(episode), moved)
    return [part[-rows:] for part in parts]


def fitness(episode):
    """Minus the mean distance to the targets, cm, while it should be there."""
    return float(-100.0 * np.mean([part.mean() for part in holds(episode)]))


def success(episode):
    """Within 5 cm of every target all through the last half second of its stay."""
    return all(bool((part < REACHED_M).all()) for part in holds(episode))


def human_reward(s, a, s_next):
    """Distance, and a bonus near the target: the shape that is usual for reaching."""
    gap = distance(s_next)
    return {
        "distance": -gap,
        "near": np.exp(-((gap / 0.05) ** 2)),
        "calm": -0.001 * (s_next.joint_velocities**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: 1 within 5 cm of the target."""
    return {"reached": 1.0 * (distance(s_next) < REACHED_M)}
