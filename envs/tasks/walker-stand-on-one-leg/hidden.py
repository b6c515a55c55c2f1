"""Walker on one leg: the longest time it stood so without a break."""

from itertools import pairwise

import numpy as np

UNIT = "s"
DOWN_M = 0.17  # the middle of a foot, from flat (0.06) to on tiptoe
LIFTED_M = 0.25
UPRIGHT_RAD = 0.5
TOUCH_N = 1.0
BLINK_ROWS = 3  # contact may flicker without the robot leaving the ground


def without_blinks(touching):
    """The same with gaps of at most BLINK_ROWS rows closed."""
    held = touching.copy()
    rows = np.flatnonzero(touching)
    for before, after in pairwise(rows):
        if after - before <= BLINK_ROWS + 1:
            held[before:after] = True
    return held


def longest(held):
    """Length of the longest run of True, in rows."""
    breaks = np.flatnonzero(np.concatenate([[True], ~held, [True]]))
    return int(np.diff(breaks).max() - 1)


def longest_stand(episode, lifted):
    """Longest unbroken stand on the same leg, upright, the other foot that high, s.

    Walking changes legs several times a second, so that its stands are short.
    """
    touching = without_blinks(episode.ground_force > TOUCH_N)
    steady = touching & (np.abs(episode.torso_angle) < UPRIGHT_RAD)
    right, left = episode.right_foot_height, episode.left_foot_height
    on_right = steady & (right < DOWN_M) & (left > lifted)
    on_left = steady & (left < DOWN_M) & (right > lifted)
    return max(longest(on_right), longest(on_left)) * episode.dt


def fitness(episode):
    """Seconds of the longest stand; with the foot less lifted a third or two count."""
    heights = (DOWN_M, (DOWN_M + LIFTED_M) / 2, LIFTED_M)
    return float(np.mean([longest_stand(episode, height) for height in heights]))


def success(episode):
    """5 s or more in one stand, the foot well up, and no fall."""
    return not episode.terminated and longest_stand(episode, LIFTED_M) >= 5.0


def human_reward(s, a, s_next):
    """Hand-written: lift the left foot, right foot down, alive, upright, still."""
    lift = np.clip(s_next.left_foot_height - 0.06, 0.0, 0.3) / 0.3
    on_right = (s_next.right_foot_height < DOWN_M) & (s_next.ground_force > TOUCH_N)
    return {
        "lift": 3.0 * lift * on_right,
        "alive": 1.0,
        "upright": -1.0 * s_next.torso_angle**2,
        "still": -0.3 * np.clip(s_next.x_velocity**2 + s_next.z_velocity**2, 0.0, 4.0),
        "control": -1e-2 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: on one foot, the other one lifted."""
    right, left = s_next.right_foot_height, s_next.left_foot_height
    one = (np.minimum(right, left) < DOWN_M) & (np.maximum(right, left) > LIFTED_M)
    return {"on_one_leg": 1.0 * one * (s_next.ground_force > TOUCH_N)}
