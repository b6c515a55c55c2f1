"""Hopper, on the spot: how many proper hops it makes before it falls or time is up."""

import numpy as np

UNIT = "hops"
TOUCH_N = 1.0
GRAVITY = 9.81
FULL_RISE_M = 0.1
NEAR_M, FAR_M = 0.5, 1.0


def flights(force):
    """Rows (last on the ground, first back on it) of every finished flight.

    A robot starts a little above the ground: what is in the air at row 0 is no flight.
    """
    air = force < TOUCH_N
    off = np.flatnonzero(~air[:-1] & air[1:])
    on = np.flatnonzero(air[:-1] & ~air[1:]) + 1
    return [(i, int(on[on > i][0])) for i in off if (on > i).any()]


def rises(episode):
    """Metres that a body rises which is in the air as long as each flight, (flights,).

    Time in the air cannot be feigned by pulling up the foot or standing on the toes.
    """
    rows = np.array([on - off - 1 for off, on in flights(episode.ground_force)])
    return GRAVITY * (rows * episode.dt) ** 2 / 8


def fitness(episode):
    """Hops that end near the start; a low one counts by the square of its rise.

    0.1 m or more is one hop, 0.05 m a quarter: trembling adds up to nothing. A hop
    counts in full within 0.5 m of the start and not at all beyond 1 m.
    """
    landings = np.array([on for _, on in flights(episode.ground_force)], dtype=int)
    away = np.abs(episode.x_position[landings] - episode.x_position[0])
    near = np.clip((FAR_M - away) / (FAR_M - NEAR_M), 0.0, 1.0)
    hops = np.clip(rises(episode) / FULL_RISE_M, 0.0, 1.0) ** 2
    return float((hops * near).sum())


def success(episode):
    """Upright to the end, at least one hop a second, never 0.5 m from the start."""
    away = np.abs(episode.x_position - episode.x_position[0]).max()
    return bool(not episode.terminated and fitness(episode) >= 8 and away <= NEAR_M)


def human_reward(s, a, s_next):
    """Hand-written: foot high in the air, alive, near the start, upright, control."""
    air = s_next.ground_force < TOUCH_N
    return {
        "hop": 5.0 * air * np.clip(s_next.foot_height - 0.06, 0.0, 0.3),
        "alive": 0.5,
        "place": -0.5 * s_next.x_position**2 - 0.1 * s_next.x_velocity**2,
        "upright": -1.0 * s_next.torso_angle**2,
        "control": -1e-3 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: off the ground, near the start."""
    air = s_next.ground_force < TOUCH_N
    return {"in_air": 1.0 * air * (np.abs(s_next.x_position) < NEAR_M)}
