"""Pusher: which part of the way to the goal the cylinder has been brought."""

import numpy as np

UNIT = "of the way"
END_S = 0.5
DISC_M = 0.08


def distance(episode):
    """Cylinder to goal across the table, m, at every row."""
    offset = episode.object_position - episode.goal_position
    return np.linalg.norm(offset[:, :2], axis=1)


def at_end(episode):
    """The distance in the last half second."""
    return distance(episode)[-max(1, round(END_S / episode.dt)) :]


def fitness(episode):
    """1 when it rests at the goal, 0 where it began, -1 at twice that distance."""
    way = 1.0 - at_end(episode).mean() / distance(episode)[0]
    return float(np.clip(way, -1.0, 1.0))


def success(episode):
    """Its middle is on the disc all through the last half second."""
    return bool((at_end(episode) < DISC_M).all())


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Pusher-v5: object to goal, tip to object, control."""
    near = s_next.object_position - s_next.tip_position
    left = s_next.object_position - s_next.goal_position
    return {
        "near": -0.5 * np.linalg.norm(near, axis=1),
        "distance": -np.linalg.norm(left, axis=1),
        "control": -0.1 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: how far the cylinder still has to go."""
    left = s_next.object_position - s_next.goal_position
    return {"distance": -np.linalg.norm(left[:, :2], axis=1)}
