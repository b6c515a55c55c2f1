"""Rewards for arms and pendulums as models send them: see hopper.py."""

REWARDS = {
    ("reacher-reach", "distance, precision and effort"): '''
import numpy as np

def reward(s: "State", a: np.ndarray, s_next: "State") -> dict[str, np.ndarray]:
    """Close in with a linear pull, and sharply near the target."""
    delta = s_next.fingertip_position - s_next.target_position
    distance = np.linalg.norm(delta, ord=2, axis=-1)
    return {
        "distance": -distance,
        "precision": 0.2 * np.exp(-((distance / 0.02) ** 2)),
        "effort": -0.01 * np.sum(np.square(a), axis=-1),
    }
''',
    ("reacher-reach", "progress towards the target"): '''
def dist(state):
    d = state.fingertip_position - state.target_position
    return np.sqrt(np.sum(d ** 2, axis=1) + 1e-12)

def reward(s, a, s_next):
    """What counts is how much nearer this step brought the tip."""
    before, after = dist(s), dist(s_next)
    slow = np.exp(-after / 0.05) * np.square(s_next.arm_velocities).sum(axis=1)
    return {"progress": 10.0 * (before - after), "near": -after, "brake": -0.01 * slow}
''',
    ("reacher-reach", "success bonus that is rarely met"): '''
THRESHOLD = 0.01

def reward(s, a, s_next):
    """Sparse bonus beside a dense guide."""
    d = np.hypot(*(s_next.fingertip_position - s_next.target_position).T)
    hit = np.less(d, THRESHOLD)
    hold = hit & (np.abs(s_next.arm_velocities).max(axis=1) < 0.1)
    return {"guide": -d, "hit": 1.0 * hit, "hold": 5.0 * hold}
''',
    ("reacher-reach", "inverse kinematics"): '''
L1, L2 = 0.1, 0.11

def reward(s, a, s_next):
    """Compare the elbow with the angle that would reach the target."""
    x, y = s_next.target_position[:, 0], s_next.target_position[:, 1]
    cosine = (x * x + y * y - L1 ** 2 - L2 ** 2) / (2.0 * L1 * L2)
    wanted = np.arccos(np.clip(cosine, -1.0, 1.0))
    elbow = np.abs(s_next.arm_angles[:, 1])
    tip = s_next.fingertip_position
    bearing = np.arctan2(y, x) - np.arctan2(tip[:, 1], tip[:, 0])
    bearing = np.arctan2(np.sin(bearing), np.cos(bearing))
    miss = np.linalg.norm(tip - s_next.target_position, axis=1)
    return {"elbow": -0.05 * np.abs(wanted - elbow), "bearing": -0.05 * np.abs(bearing),
            "miss": -miss}
''',
    ("pusher-push", "reach, then push"): '''
def reward(s, a, s_next):
    """Come close to the cylinder, then move it to the goal.

    The reaching term is bounded so that it never outweighs the push.
    """
    to_object = np.linalg.norm(s_next.object_position - s_next.tip_position, axis=1)
    to_goal = np.linalg.norm(
        s_next.object_position[:, :2] - s_next.goal_position[:, :2], axis=1
    )
    reach = 1.0 - np.tanh(5.0 * to_object)
    push = 1.0 - np.tanh(5.0 * to_goal)
    placed = (to_goal < 0.08).astype(np.float64)
    return {
        "reach": 0.3 * reach,
        "push": 1.0 * push,
        "placed": 2.0 * placed,
        "effort": -0.01 * np.sum(a ** 2, axis=1),
    }
''',
    ("pusher-push", "behind the object"): '''
EPS = 1e-8

def unit(v):
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + EPS)

def reward(s, a, s_next):
    """The tip belongs on the far side of the cylinder, seen from the goal."""
    goal, cylinder = s_next.goal_position[:, :2], s_next.object_position[:, :2]
    tip = s_next.tip_position[:, :2]
    direction = unit(goal - cylinder)
    behind = cylinder - 0.1 * direction
    aligned = np.einsum("ij,ij->i", unit(cylinder - tip), direction)
    before = np.linalg.norm(s.object_position[:, :2] - s.goal_position[:, :2], axis=1)
    after = np.linalg.norm(cylinder - goal, axis=1)
    return {
        "behind": -0.3 * np.linalg.norm(tip - behind, axis=1),
        "aligned": 0.1 * aligned,
        "progress": 30.0 * (before - after),
        "distance": -after,
    }
''',
    ("pusher-push", "useful speed of the cylinder"): """
def reward(s, a, s_next):
    to_goal = s_next.goal_position[:, :2] - s_next.object_position[:, :2]
    gap = np.sqrt((to_goal ** 2).sum(axis=1))
    useful = (s_next.object_velocity * to_goal).sum(axis=1) / np.maximum(gap, 0.05)
    near = np.linalg.norm(s_next.tip_position - s_next.object_position, axis=1)
    overspeed = np.maximum(np.linalg.norm(s_next.object_velocity, axis=1) - 0.5, 0.0)
    return {"gap": -2.0 * gap, "useful": np.clip(useful, -1., 1.), "near": -0.5 * near,
            "overspeed": -overspeed, "qd": -1e-3 * (s_next.arm_velocities**2).sum(1)}
""",
    ("inverted-pendulum-balance", "quadratic cost with a bonus"): '''
Q = np.diag([0.1, 0.01, 1.0, 0.01])

def reward(s, a, s_next):
    """LQR cost, made positive by the bonus for staying up."""
    x = np.stack(
        [s_next.cart_position, s_next.cart_velocity, s_next.pole_angle,
         s_next.pole_velocity],
        axis=1,
    )
    cost = np.sum((x @ Q) * x, axis=1)
    return {"alive": 1.0, "state": -cost, "force": -0.001 * a[:, 0] ** 2}
''',
    ("inverted-pendulum-balance", "one line, from arithmetic"): """
reward_scale = 1 / (2 * 0.2 ** 2)

def reward(s, a, s_next):
    return {"up": np.exp(-reward_scale * s_next.pole_angle ** 2)}
""",
    ("inverted-pendulum-balance", "in and out of bounds"): """
def reward(s, a, s_next):
    inside = np.all(
        np.column_stack(
            (np.abs(s_next.pole_angle) < 0.1, np.abs(s_next.cart_position) < 0.5)
        ),
        axis=1,
    )
    returning = -np.sign(s_next.cart_position) * s_next.cart_velocity
    return {"inside": inside * 1.0, "returning": 0.05 * np.tanh(returning), "on": 0.2}
""",
    ("inverted-double-pendulum-balance", "energy of the poles"): '''
def reward(s, a, s_next):
    """High tip, slow hinges, cart in the middle."""
    th1, th2 = s_next.pole_angles[:, 0], s_next.pole_angles[:, 1]
    w1, w2 = s_next.pole_velocities[:, 0], s_next.pole_velocities[:, 1]
    potential = 0.5 * (np.cos(th1) + np.cos(th1 + th2))
    kinetic = 0.5 * (w1 ** 2 + (w1 + w2) ** 2)
    terms = {}
    terms["potential"] = 5.0 * potential
    terms["kinetic"] = -0.01 * np.clip(kinetic, 0.0, 50.0)
    terms["centre"] = -0.1 * np.abs(s_next.tip_x)
    terms["tip"] = 5.0 * np.maximum(s_next.tip_height - 1.0, 0.0)
    total = sum(terms.values())
    return total, terms
''',
    ("inverted-double-pendulum-balance", "accumulated in a loop"): """
SPECS = (
    ("tip_height", "tip_height", 1.2, 20.0),
    ("tip_x", "tip_x", 0.0, 1.0),
    ("cart", "cart_position", 0.0, 0.5),
)

def reward(s, a, s_next):
    values = {
        "tip_height": s_next.tip_height,
        "tip_x": s_next.tip_x,
        "cart_position": s_next.cart_position,
    }
    out = {"alive": np.repeat(2.0, a.shape[0])}
    for name, field, target, sharpness in SPECS:
        error = np.square(values[field] - target)
        out[name] = np.exp(-sharpness * error)
    return out
""",
}
