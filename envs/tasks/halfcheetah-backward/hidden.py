"""HalfCheetah, backward: ground covered towards -x while it is not upside down."""

import numpy as np

UNIT = "m"


def fitness(episode):
    """Metres covered towards -x in 50 s, counting only steps with the back up."""
    on_feet = np.cos(episode.torso_angle[1:]) > 0.0
    return float((-np.diff(episode.x_position) * on_feet).sum())


def success(episode):
    """1.5 m/s or more on average."""
    return fitness(episode) >= 75.0


def human_reward(s, a, s_next):
    """The weights of Gymnasium's HalfCheetah-v5, with the direction turned round."""
    return {
        "backward": -s_next.x_velocity,
        "control": -0.1 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: ground covered."""
    return {"backward": -s_next.x_velocity}
