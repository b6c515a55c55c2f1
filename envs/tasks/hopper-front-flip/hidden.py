"""Hopper, front flip: the best turn made in the air, and whether it was landed."""

import numpy as np

UNIT = "flips"
FORWARD = 1.0  # positive pitch tips the torso forward
STAND_S = 1.0
TOUCH_N = 1.0


def flights(force):
    """Rows (last on the ground, first back on it) of every flight after the start.

    A robot starts a little above the ground, so what is in the air at row 0 is no
    flight; one that the end of the episode cuts short has the last row.
    """
    air = force < TOUCH_N
    off = np.flatnonzero(~air[:-1] & air[1:])
    on = np.append(np.flatnonzero(air[:-1] & ~air[1:]) + 1, len(air) - 1)
    return [(i, int(on[np.searchsorted(on, i, side="right")])) for i in off]


def pitches(episode):
    """Pitch of torso, thigh and shin, rad, (rows, 3); joints count the other way."""
    torso = episode.torso_angle[:, None]
    return np.hstack([torso, torso - np.cumsum(episode.joint_angles[:, :2], axis=1)])


def standing(episode):
    """Whether it is upright, on the foot's side, at every row."""
    return (np.cos(episode.torso_angle) > 0.8) & (episode.torso_height > 0.7)


def jumps(episode):
    """For every flight the turns made in it and how upright the second after it was.

    Turns are of the right way round, at most 1, and of the part that turned least: by
    folding up, torso and leg turn against each other without any flip. The second may
    be cut short by the end of the episode; what is missing counts as not upright.
    """
    pitch, up, found = FORWARD * pitches(episode), standing(episode), []
    rows = round(STAND_S / episode.dt)
    for off, on in flights(episode.ground_force):
        turned = (pitch[on] - pitch[off]).min()
        turns = float(np.clip(turned / (2 * np.pi), 0.0, 1.0))
        found.append((turns, float(up[on + 1 : on + 1 + rows].sum() / rows)))
    return found


def fitness(episode):
    """Best jump: 0.4 for the turn in the air, 0.6 for the second upright after it.

    The latter grows only as a turn passes from half to three quarters: landing
    from a mere hop is worth nothing.
    """
    worth = [
        0.4 * turns + 0.6 * upright * np.clip((turns - 0.5) / 0.25, 0.0, 1.0)
        for turns, upright in jumps(episode)
    ]
    return float(max(worth, default=0.0))


def success(episode):
    """Three quarters of a turn or more in one flight, then upright for a second.

    The rest of the turn is in leaning at take-off and straightening up on the foot.
    """
    return any(turns >= 0.75 and upright >= 0.8 for turns, upright in jumps(episode))


def human_reward(s, a, s_next):
    """Hand-written: spin in the air, gain height for it, upright on the ground."""
    air = s_next.ground_force < TOUCH_N
    spin = np.clip(FORWARD * s_next.torso_rotation, -10.0, 10.0)
    return {
        "spin": 0.5 * spin * air,
        "height": 2.0 * np.clip(s_next.torso_height - 1.0, 0.0, 1.0),
        "upright": np.cos(s_next.torso_angle) * ~air,
        "control": -1e-3 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: turns made in the air."""
    air = (s.ground_force < TOUCH_N) & (s_next.ground_force < TOUCH_N)
    turned = FORWARD * (s_next.torso_angle - s.torso_angle) / (2 * np.pi)
    return {"turn": turned * air}
