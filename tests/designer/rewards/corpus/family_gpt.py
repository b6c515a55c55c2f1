"""Valid rewards in the manner of GPT-4: docstrings, type hints, tuples."""

REWARDS = {
    ("hopper-run", "gpt: numbered steps and a tuple"): '''
import numpy as np
from typing import Dict, Tuple

def reward(s, a: np.ndarray, s_next) -> Tuple[np.ndarray, Dict[str, np.ndarray]]:
    """
    Reward for fast and stable hopping.

    Args:
        s: state before the step.
        a: action of shape (n, 3).
        s_next: state after the step.

    Returns:
        The total reward and its components.
    """
    # 1. Forward velocity
    forward = 1.5 * s_next.x_velocity
    # 2. Healthy posture
    healthy = np.where(
        (s_next.torso_height > 0.8) & (np.abs(s_next.torso_angle) < 0.2), 1.0, 0.0
    )
    # 3. Control cost
    control = -1e-3 * np.sum(np.square(a), axis=-1)
    components = {"forward": forward, "healthy": healthy, "control": control}
    total = forward + healthy + control
    return total, components
''',
    ("hopper-run", "gpt: dt guarded by a maximum"): '''
EPS: float = 1e-6

def reward(s, a, s_next):
    """Acceleration and jerk are penalised."""
    dt = np.maximum(s_next.time - s.time, EPS)
    acceleration = (s_next.x_velocity - s.x_velocity) / dt
    jerk = np.linalg.norm(a - s.last_action, axis=1)
    return {
        "speed": np.clip(s_next.x_velocity, -1.0, 4.0),
        "smooth": -0.01 * np.tanh(np.abs(acceleration) / 50.0) - 0.05 * jerk,
        "alive": np.ones_like(s_next.x_velocity),
    }
''',
    ("hopper-hop-in-place", "gpt: weights in a dict, loop over items"): '''
WEIGHTS = {"height": 2.0, "still": -0.5, "upright": -1.0, "effort": -0.001}

def reward(s, a, s_next):
    """Weighted sum of raw features."""
    raw = {
        "height": np.clip(s_next.torso_height - 1.0, 0.0, 1.0),
        "still": np.abs(s_next.x_velocity),
        "upright": s_next.torso_angle ** 2,
        "effort": (a ** 2).sum(axis=1),
    }
    terms = {}
    for name, weight in WEIGHTS.items():
        terms[name] = weight * raw[name]
    return terms
''',
    ("walker-run", "gpt: inner function and f-string names"): '''
def reward(s, a, s_next):
    """One term for each leg, made in a loop."""
    def bell(x: np.ndarray, width: float = 1.0) -> np.ndarray:
        return np.exp(-0.5 * np.square(x / width))

    legs = [("right", s_next.right_leg_angles), ("left", s_next.left_leg_angles)]
    terms = {f"{side}_knee": 0.1 * bell(angles[:, 1], 0.8) for side, angles in legs}
    terms["speed"] = s_next.x_velocity
    terms["upright"] = bell(s_next.torso_angle, 0.3)
    return terms
''',
    ("walker-run", "gpt: select of three cases"): '''
SLOW, FAST = 1.0, 4.0

def reward(s, a, s_next):
    """Piecewise speed: nothing, linear, flat."""
    v = s_next.x_velocity
    speed = np.select([v < SLOW, v < FAST], [np.zeros_like(v), v - SLOW], default=3.0)
    fallen = s_next.torso_height < 0.9
    penalty = np.zeros(v.shape[0])
    penalty[fallen] = -1.0
    return {"speed": speed, "fallen": penalty}
''',
    ("ant-run", "gpt: mean over legs, unpacked velocity"): '''
def reward(s, a, s_next):
    """Planar speed, little sideways drift, quiet joints."""
    vx, vy, vz = s_next.torso_velocity.T
    joint_speed = np.mean(np.abs(s_next.joint_velocities), axis=-1)
    effort = np.mean(np.square(a), axis=-1)
    return dict(
        run=np.hypot(vx, vy),
        drift=-0.2 * np.abs(vy),
        bounce=-0.1 * vz ** 2,
        quiet=-0.01 * joint_speed,
        effort=-0.05 * effort,
    )
''',
    ("ant-run", "gpt: cosine to a direction"): '''
DIRECTION = np.array([1.0, 0.0, 0.0])

def reward(s, a, s_next):
    """Velocity along the direction, and how well it is aligned."""
    along = s_next.torso_velocity @ DIRECTION
    size = np.linalg.norm(s_next.torso_velocity, axis=1)
    aligned = np.divide(along, size, out=np.zeros_like(along), where=size > 1e-3)
    return {"along": along, "aligned": 0.3 * aligned, "up": 0.5 * s_next.torso_up}
''',
    ("humanoid-stand-up", "gpt: gated stages"): '''
STAND = 1.2

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))

def reward(s, a, s_next):
    """First the torso, then the head, then stillness."""
    lifted = sigmoid(8.0 * (s_next.torso_height - 0.6))
    high = lifted * np.clip(s_next.head_height / STAND, 0.0, 1.5)
    still = high * np.exp(-0.1 * np.sum(s_next.joint_velocities ** 2, axis=1) / 17.0)
    return {"lifted": lifted, "high": high, "still": 0.5 * still,
            "effort": -0.002 * np.einsum("ij,ij->i", a, a)}
''',
    ("reacher-reach", "gpt: progress and a bonus"): '''
def distance(state) -> np.ndarray:
    """Euclidean distance from the fingertip to the target."""
    return np.linalg.norm(state.fingertip_position - state.target_position, axis=1)

def reward(s, a, s_next):
    """Dense progress plus a sparse bonus."""
    before, after = distance(s), distance(s_next)
    reached = (after < 0.02).astype(np.float32)
    return {"progress": 10.0 * (before - after), "near": -after, "bonus": reached}
''',
    ("inverted-pendulum-balance", "gpt: quadratic cost with a matrix"): '''
Q = np.diag([0.1, 0.01, 1.0, 0.05])
R = 1e-3

def reward(s, a, s_next):
    """The usual cost of a linear quadratic regulator, as a bonus."""
    x = np.stack(
        [s_next.cart_position, s_next.cart_velocity,
         s_next.pole_angle, s_next.pole_velocity], axis=1
    )
    cost = np.sum((x @ Q) * x, axis=1)
    return {"alive": 1.0, "state": -np.minimum(cost, 10.0), "input": -R * a[:, 0] ** 2}
''',
    ("halfcheetah-run", "gpt: broadcast limits"): '''
LOW = np.array([-0.52, -0.785, -0.4])
HIGH = np.array([1.05, 0.785, 0.785])

def reward(s, a, s_next):
    """Run; keep the back leg within its limits."""
    below = np.maximum(LOW[None, :] - s_next.back_leg_angles, 0.0)
    above = np.maximum(s_next.back_leg_angles - HIGH[None, :], 0.0)
    outside = np.sum(below + above, axis=1, keepdims=True)
    return {"run": s_next.x_velocity, "limits": -np.squeeze(outside, axis=1),
            "effort": -0.1 * np.sum(a ** 2, axis=1)}
''',
    ("swimmer-swim", "gpt: last action by concatenation"): '''
def reward(s, a, s_next):
    """Everything that should be small, in one vector."""
    small = np.concatenate([a, a - s.last_action], axis=1)
    return {"small": -0.01 * np.linalg.norm(small, axis=1), "rest": 0.1}
''',
}
