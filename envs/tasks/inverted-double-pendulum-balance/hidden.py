"""Inverted double pendulum: how long both poles stay up."""

UNIT = "s"


def fitness(episode):
    """Seconds balanced, 50 at most."""
    return float(episode.steps * episode.dt)


def success(episode):
    """Upright to the end."""
    return not episode.terminated


def human_reward(s, a, s_next):
    """Gymnasium's InvertedDoublePendulum-v5: alive, tip near its top, slow hinges."""
    tip = 0.01 * s_next.tip_x**2 + (s_next.tip_height - 2.0) ** 2
    first, second = s_next.pole_velocities.T
    return {
        "alive": 10.0 * (s_next.tip_height > 1.0),
        "distance": -tip,
        "velocity": -1e-3 * first**2 - 5e-3 * second**2,
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: the poles have fallen."""
    return {"fallen": -1.0 * (s_next.tip_height <= 1.0)}
