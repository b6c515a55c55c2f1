"""Ant, forward: ground covered while it is not upside down."""

import numpy as np

UNIT = "m"


def fitness(episode):
    """Metres covered, counting only steps that end with the torso's top up.

    Lying on the back is no end of an episode: the torso is as high as its radius.
    """
    on_feet = episode.torso_up[1:] > 0.0
    return float((np.diff(episode.x_position) * on_feet).sum())


def success(episode):
    """To the end, at 1 m/s or more on average."""
    return not episode.terminated and fitness(episode) >= 50.0


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Ant-v5: forward speed, alive, control cost.

    Its contact cost, at most 0.04, is left out: no field has those forces.
    """
    height = s_next.torso_height
    return {
        "forward": s_next.torso_velocity[:, 0],
        "alive": 1.0 * ((height >= 0.2) & (height <= 1.0)),
        "control": -0.5 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: ground covered."""
    return {"forward": s_next.torso_velocity[:, 0]}
