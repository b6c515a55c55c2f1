"""Humanoid, forward: how far it gets before it falls or time is up."""

UNIT = "m"


def fitness(episode):
    """Metres travelled; a fall ends the episode and with it the distance."""
    return float(episode.x_position[-1] - episode.x_position[0])


def success(episode):
    """On its legs for all 15 s, at 0.5 m/s or more on average."""
    return not episode.terminated and fitness(episode) >= 7.5


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Humanoid-v5: forward speed, alive, control cost.

    Speed is the torso's, not the whole body's; the contact cost is left out, for no
    field has those forces.
    """
    height = s_next.torso_height
    return {
        "forward": 1.25 * s_next.torso_velocity[:, 0],
        "alive": 5.0 * ((height > 1.0) & (height < 2.0)),
        "control": -0.1 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: ground covered."""
    return {"forward": s_next.torso_velocity[:, 0]}
