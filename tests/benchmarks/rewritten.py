"""The human reward of hopper-run in other words, for the A/A searches of search.py."""

REWRITTEN = (
    """def reward(s, a, s_next):
    return {"total": s_next.x_velocity + 1.0 - 0.001 * (a * a).sum(axis=1)}
""",
    """def reward(s, a, s_next):
    half = 0.5 * (s_next.x_velocity + 1.0)
    return {"one": half, "other": half, "control": -1e-3 * np.square(a).sum(axis=1)}
""",
    """def reward(s, a, s_next):
    third = s_next.x_velocity / 3.0
    effort = np.mean(a**2, axis=1)
    return {"a": third, "b": third, "c": third, "calm": 1.0 - 3e-3 * effort}
""",
    """def reward(s, a, s_next):
    cost = a[:, 0] ** 2 + a[:, 1] ** 2 + a[:, 2] ** 2
    return {"all": (1000.0 * (s_next.x_velocity + 1.0) - cost) / 1000.0}
""",
    """def reward(s, a, s_next):
    ahead = np.maximum(s_next.x_velocity, 0.0)
    back = np.minimum(s_next.x_velocity, 0.0)
    alive = 1.0 - 1e-3 * (a**2).sum(axis=1)
    return {"ahead": ahead, "back": back, "alive": alive}
""",
    """def reward(s, a, s_next):
    effort = np.sqrt((a**2).sum(axis=1)) ** 2
    return {"speed": s_next.x_velocity - 1e-3 * effort, "alive": 0.25, "steady": 0.75}
""",
    """def reward(s, a, s_next):
    scaled = a * np.sqrt(1e-3)
    return {"forward": s_next.x_velocity, "rest": 1.0 - (scaled**2).sum(axis=1)}
""",
    """def reward(s, a, s_next):
    speed = np.sign(s_next.x_velocity) * np.abs(s_next.x_velocity)
    return {"forward": 2.0 * speed + 2.0, "control": -2e-3 * (a**2).sum(axis=1),
            "less": -(speed + 1.0 - 1e-3 * (a**2).sum(axis=1))}
""",
)
