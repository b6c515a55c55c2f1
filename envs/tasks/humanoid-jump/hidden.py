"""Humanoid, jumping: daylight under both feet in the best jump, and its landing."""

import numpy as np

UNIT = "m"
TOUCH_N = 1.0
SOLE_M = 0.075  # radius of a foot
CAP_M = 0.5
STAND_S, STANDING_M = 1.0, 1.0
UNLANDED = 0.02


def flights(force):
    """Rows (last on the ground, first back on it) of every flight after the start.

    A robot starts a little above the ground, so what is in the air at row 0 is no
    flight; one that the end of the episode cuts short has the last row.
    """
    air = force < TOUCH_N
    off = np.flatnonzero(~air[:-1] & air[1:])
    on = np.append(np.flatnonzero(air[:-1] & ~air[1:]) + 1, len(air) - 1)
    return [(i, int(on[np.searchsorted(on, i, side="right")])) for i in off]


def jumps(episode):
    """For every flight the height of the lower foot and the share of standing after.

    Height: of its sole at the highest, m, at most 0.5. Share: of the second after the
    landing in which the torso was up; what a fall or the end cuts off counts as down.
    """
    soles = episode.foot_heights.min(axis=1) - SOLE_M
    up = (episode.torso_height > STANDING_M) & (episode.torso_up > 0.7)
    rows, found = round(STAND_S / episode.dt), []
    for off, on in flights(episode.ground_force):
        height = float(np.clip(soles[off : on + 1].max(), 0.0, CAP_M))
        found.append((height, float(up[on + 1 : on + 1 + rows].sum() / rows)))
    return found


def fitness(episode):
    """Height of the best jump; a jump that ends in a fall counts one fiftieth.

    Legs that are kicked up under a falling body make half a metre of daylight, so a
    fall has to be worth less than the smallest hop that is landed.
    """
    worth = [h * (UNLANDED + (1 - UNLANDED) * stood) for h, stood in jumps(episode)]
    return max(worth, default=0.0)


def success(episode):
    """0.1 m or more under both feet, then on the legs for the second after it."""
    return any(height >= 0.1 and stood >= 0.8 for height, stood in jumps(episode))


def human_reward(s, a, s_next):
    """Hand-written: both soles high, upward speed, alive, upright, control cost."""
    soles = s_next.foot_heights.min(axis=1) - SOLE_M
    air = s_next.ground_force < TOUCH_N
    return {
        "jump": 20.0 * air * np.clip(soles, 0.0, CAP_M),
        "rise": 1.0 * np.clip(s_next.torso_velocity[:, 2], 0.0, 3.0),
        "alive": 2.0,
        "upright": 1.0 * s_next.torso_up,
        "control": -0.1 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: daylight under both feet."""
    soles = s_next.foot_heights.min(axis=1) - SOLE_M
    return {"height": (s_next.ground_force < TOUCH_N) * np.clip(soles, 0.0, CAP_M)}
