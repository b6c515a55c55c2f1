"""Walker, forward: how far it gets before it falls or time is up."""

UNIT = "m"


def fitness(episode):
    """Metres travelled; a fall ends the episode and with it the distance."""
    return float(episode.x_position[-1] - episode.x_position[0])


def success(episode):
    """On its legs for all 8 s, at 1 m/s or more on average."""
    return not episode.terminated and fitness(episode) >= 8.0


def human_reward(s, a, s_next):
    """The weights of Gymnasium's Walker2d-v5: forward speed, alive, control cost."""
    up = (s_next.torso_height > 0.8) & (s_next.torso_height < 2.0)
    return {
        "forward": s_next.x_velocity,
        "alive": 1.0 * (up & (abs(s_next.torso_angle) < 1.0)),
        "control": -1e-3 * (a**2).sum(axis=1),
    }


def sparse_reward(s, a, s_next):
    """The task's own signal and nothing else: ground covered."""
    return {"forward": s_next.x_velocity}
