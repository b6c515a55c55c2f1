"""Inverted pendulum: how long it stays up."""

UNIT = "s"


def fitness(episode):
    """Seconds balanced, 40 at most."""
    return episode.steps * episode.dt


def success(episode):
    """Upright to the end."""
    return not episode.terminated


def human_reward(s, a, s_next):
    """Gymnasium's InvertedPendulum-v5: one for every step upright."""
    return {"alive": 1.0}


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: the pole has fallen."""
    return {"fallen": -1.0 * (abs(s_next.pole_angle) > 0.2)}
