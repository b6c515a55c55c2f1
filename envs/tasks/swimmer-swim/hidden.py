"""Swimmer: how far it gets in 40 s."""

UNIT = "m"


def fitness(episode):
    """Metres that the middle link travelled along +x.

    The root joint is no measure: it hangs on the front link and moves as that turns.
    """
    return float(episode.x_position[-1] - episode.x_position[0])


def success(episode):
    """0.1 m/s or more on average."""
    return fitness(episode) >= 4.0


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Swimmer-v5: forward speed, control cost."""
    return {
        "forward": s_next.x_velocity,
        "control": -1e-4 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: ground covered."""
    return {"forward": s_next.x_velocity}
