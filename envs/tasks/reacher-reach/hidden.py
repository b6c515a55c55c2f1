"""Reacher: how near the fingertip is to the target once it had time to get there."""

import numpy as np

UNIT = "m"
SETTLED_S = 0.5  # the first half of an episode is for getting there
HELD_S = 0.2
TOUCHING_M = 0.02  # the balls' radii are 0.01 m and 0.009 m


def distance(episode):
    """Fingertip to target, m, at every row."""
    return np.linalg.norm(episode.fingertip_position - episode.target_position, axis=1)


def rows(episode, seconds):
    """How many rows the last seconds have."""
    return max(1, round(seconds / episode.dt))


def fitness(episode):
    """Minus the mean distance over the last half second; 0 is perfect."""
    return -float(distance(episode)[-rows(episode, SETTLED_S) :].mean())


def success(episode):
    """Touching the target all through the last 0.2 s; swinging past is not enough."""
    return bool((distance(episode)[-rows(episode, HELD_S) :] < TOUCHING_M).all())


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Reacher-v5: distance, control cost."""
    offset = s_next.fingertip_position - s_next.target_position
    return {
        "distance": -np.linalg.norm(offset, axis=1),
        "control": -1.0 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: touching the target."""
    offset = s_next.fingertip_position - s_next.target_position
    return {"touching": 1.0 * (np.linalg.norm(offset, axis=1) < TOUCHING_M)}
