"""Do a flip: jump, turn backward once all the way over in the air, land on the feet.

fields of: halfcheetah-backward
"""

import numpy as np


def turned(state):
    """Part of the one turn that is done, 0 to 1; nose up is negative pitch."""
    return np.clip(-state.torso_angle / (2 * np.pi), 0.0, 1.0)


def reward(s, a, s_next):
    """Turning pays once, as it is done; standing pays for good, but only after it."""
    done = turned(s_next)
    upside_down = np.exp(-(((done - 0.5) / 0.12) ** 2))
    upright = np.clip(np.cos(s_next.torso_angle), 0.0, 1.0)
    feet = np.clip((s_next.foot_heights.max(axis=1) - 0.1) / 0.5, 0.0, 1.0)
    return {
        "turn": 60.0 * (done - turned(s)),
        # Upside down yet higher than it stands is possible in flight only, so that
        # neither lying on the back nor rearing up can collect it.
        "flight": 3.0 * upside_down * np.clip(s_next.torso_height / 0.4, 0.0, 1.0),
        "landed": 1.5 * (done > 0.9) * upright * (1.0 - feet),
        "effort": -0.005 * (a**2).sum(axis=1),
    }
