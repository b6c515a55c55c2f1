"""Valid rewards in the manner of small models: short, repetitive, odd but sound."""

REWARDS = {
    ("hopper-run", "small: one term"): """
def reward(s, a, s_next):
    return {"reward": s_next.x_velocity}
""",
    ("hopper-run", "small: numbers and booleans as terms"): """
def reward(s, a, s_next):
    return {"alive": 1, "tall": s_next.torso_height > 1.0, "v": s_next.x_velocity}
""",
    ("hopper-run", "small: a loop over joints"): """
def reward(s, a, s_next):
    cost = 0.0
    for i in range(3):
        cost = cost + 0.01 * s_next.joint_velocities[:, i] ** 2
    cost += 0.001 * a[:, 0] ** 2
    return {"v": s_next.x_velocity, "cost": -np.minimum(cost, 5.0)}
""",
    ("hopper-run", "small: per row in a comprehension"): """
def reward(s, a, s_next):
    effort = np.array([float(np.sum(row ** 2)) for row in a])
    return {"v": s_next.x_velocity, "effort": -0.001 * effort}
""",
    ("hopper-run", "small: a row index in a loop"): """
def reward(s, a, s_next):
    n = s_next.x_velocity.shape[0]
    out = np.zeros(n)
    for i in range(n):
        if s_next.torso_height[i] > 0.8:
            out[i] = max(0.0, s_next.x_velocity[i])
    return {"out": out}
""",
    ("hopper-hop-in-place", "small: abs and round brackets"): """
def reward(s, a, s_next):
    return ({"still": (-(abs(s_next.x_velocity))), "up": (s_next.torso_height)})
""",
    ("walker-run", "small: a total that is the sum"): """
def reward(s, a, s_next):
    r1 = s_next.x_velocity
    r2 = -0.01 * np.sum(a ** 2, 1)
    return r1 + r2, {"r1": r1, "r2": r2}
""",
    ("walker-run", "small: deltas of the states"): """
def reward(s, a, s_next):
    up = s_next.torso_height - s.torso_height
    turn = s_next.torso_angle - s.torso_angle
    return {"speed": s_next.x_velocity, "up": up, "turn": -np.abs(turn)}
""",
    ("ant-run", "small: T and dot"): """
def reward(s, a, s_next):
    v = s_next.torso_velocity.T[0]
    e = np.dot(a * a, np.ones(a.shape[1]))
    return {"v": v, "e": -0.01 * e}
""",
    ("reacher-reach", "small: squared error"): """
def reward(s, a, s_next):
    err = (s_next.fingertip_position - s_next.target_position) ** 2
    return {"err": -err.sum(axis=1), "x": -0.1 * err[:, 0], "y": -0.1 * err[:, 1]}
""",
    ("inverted-pendulum-balance", "small: helper by lambda"): '''
sq = lambda x: x * x

def reward(s, a, s_next):
    """keep it up"""
    pass
    return {"alive": 1.0, "angle": -sq(s_next.pole_angle), "u": -0.01 * sq(a[:, 0])}
''',
    ("halfcheetah-run", "small: setdefault, get and a merge"): """
BASE = {"scale": 1.0}

def reward(s, a, s_next):
    terms = {}
    terms.setdefault("run", BASE.get("scale", 1.0) * s_next.x_velocity)
    return terms | {"effort": -0.1 * np.sum(a ** 2, axis=1)}
""",
}
