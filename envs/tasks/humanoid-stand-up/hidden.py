"""Humanoid, getting up: how high the head stays in the last third of the episode."""

import numpy as np

UNIT = "m"
EPISODE_S = 15.0
END_S = 5.0
STANDING_S, STANDING_M = 3.0, 1.2  # the head is at 1.35 m when it stands straight
CAP_M = 1.4  # a leap is worth no more than standing


def rows(episode, seconds):
    """How many rows that time has."""
    return round(seconds / episode.dt)


def fitness(episode):
    """Mean height of the head over the last 5 of 15 s; what is missing counts 0."""
    first = 1 + rows(episode, EPISODE_S - END_S)
    late = np.clip(episode.head_height[first:], 0.0, CAP_M)
    return float(late.sum() / rows(episode, END_S))


def success(episode):
    """Standing, head above 1.2 m with a foot below, all through the last 3 s."""
    last = slice(-rows(episode, STANDING_S), None)
    head = episode.head_height[last] > STANDING_M
    foot = episode.foot_heights[last].min(axis=1) < 0.3
    too_short = len(head) < rows(episode, STANDING_S) or episode.terminated
    return bool(head.all() and foot.all() and not too_short)


def human_reward(s, a, s_next):
    """After Gymnasium's HumanoidStandup-v5: height, one for every step, control cost.

    It divides height by the physics step, 0.003 s; its impact cost is left out, for no
    field has those forces.
    """
    return {
        "height": s_next.torso_height / 0.003,
        "alive": 1.0,
        "control": -0.1 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: the head is up."""
    return {"standing": 1.0 * (s_next.head_height > STANDING_M)}
