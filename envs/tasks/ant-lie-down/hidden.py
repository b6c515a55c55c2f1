"""Ant, lying down: how low and how still it is, for how much of the time."""

import numpy as np

UNIT = "of the time"
EPISODE_S = 50.0
LYING_M, STANDING_M = 0.3, 0.45
REST_S = 10.0


def motion(episode):
    """Speed of the torso, m/s, plus root mean square of the joints', rad/s."""
    torso = np.linalg.norm(episode.torso_velocity, axis=1)
    return torso + np.sqrt((episode.joint_velocities**2).mean(axis=1))


def fitness(episode):
    """1 when its torso rests on the ground from the start to 50 s, 0 when standing.

    As low as the feet allow counts a fifth, moving at 1 m/s or 1 rad/s nothing.
    """
    low = (STANDING_M - episode.torso_height) / (STANDING_M - LYING_M)
    worth = np.clip(low, 0.0, 1.0) ** 2 * np.clip(1.0 - motion(episode), 0.0, 1.0)
    return float(worth[1:].sum() * episode.dt / EPISODE_S)


def success(episode):
    """Torso on the ground and at rest all through the last 10 s."""
    last = slice(-round(REST_S / episode.dt), None)
    low = (episode.torso_height[last] <= LYING_M).all()
    still = (motion(episode)[last] < 0.2).all()
    ended_early = episode.terminated or episode.steps * episode.dt < REST_S
    return bool(low and still and not ended_early)


def human_reward(s, a, s_next):
    """Hand-written: torso low, and the lower the more it pays to be still."""
    low = np.clip((0.75 - s_next.torso_height) / 0.45, 0.0, 1.0)
    torso = np.linalg.norm(s_next.torso_velocity, axis=1)
    legs = np.abs(s_next.joint_velocities).mean(axis=1)
    return {
        "low": 1.0 * low,
        "rest": 1.0 * (s_next.torso_height < LYING_M) * np.exp(-torso - legs),
        "control": -0.02 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: torso on the ground."""
    return {"lying": 1.0 * (s_next.torso_height <= LYING_M)}
