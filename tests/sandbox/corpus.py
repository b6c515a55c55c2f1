"""Rewards as language models send them; all must pass the check and run."""

WIDTHS = {
    "torso_height": 0,
    "torso_angle": 0,
    "x_velocity": 0,
    "z_velocity": 0,
    "joint_angles": 3,
    "joint_velocities": 3,
    "foot_contact": 2,
    "time": 0,
    "last_action": 3,
}

REWARDS = {
    "fenced docstring and constants": '''
import numpy as np

FORWARD_WEIGHT = 1.5
CTRL_COST = 1e-3
TARGET_HEIGHT, MAX_ANGLE = 1.25, 0.2

def reward(s, a, s_next):
    """Run forward while staying upright."""
    forward = FORWARD_WEIGHT * s_next.x_velocity
    control = -CTRL_COST * np.sum(np.square(a), axis=-1)
    upright = np.exp(-4.0 * s_next.torso_angle ** 2)
    return {"forward": forward, "control": control, "upright": upright}
''',
    "typed signature": """
from __future__ import annotations
from typing import Dict, Tuple
import numpy as np

def reward(
    s: State, a: np.ndarray, s_next: State
) -> Tuple[np.ndarray, Dict[str, np.ndarray]]:
    speed: np.ndarray = s_next.x_velocity
    terms: Dict[str, np.ndarray] = {"speed": speed, "alive": np.ones_like(speed)}
    total = sum(terms.values())
    return total, terms
""",
    "annotations of unknown types": """
def reward(state: "Obs", action: npt.NDArray[np.float64], next_state: jnp.ndarray):
    n: int = len(action)
    return {"x": np.zeros(n) + next_state.x_velocity}
""",
    "dict in steps": """
def reward(s, a, s_next):
    rewards = {}
    rewards["forward"] = 2.0 * s_next.x_velocity
    rewards["energy"] = -0.05 * (a ** 2).mean(axis=1)
    rewards["height"] = -np.abs(s_next.torso_height - 1.25)
    for name in rewards:
        rewards[name] = np.clip(rewards[name], -5.0, 5.0)
    total = sum(rewards.values())
    return total, rewards
""",
    "dict call": """
def reward(s, a, s_next):
    v = np.clip(s_next.x_velocity, None, 4.0)
    return dict(speed=v, smooth=-0.1 * np.linalg.norm(a - s_next.last_action, axis=1))
""",
    "helper functions": """
def tolerance(x, lower=0.0, upper=0.0, margin=1.0):
    below = lower - x
    above = x - upper
    distance = np.where(x < lower, below, np.where(x > upper, above, 0.0))
    return np.where(distance == 0.0, 1.0, np.exp(-(distance / margin) ** 2))

def _energy(action):
    return np.mean(np.square(action), axis=-1)

def reward(s, a, s_next):
    standing = tolerance(s_next.torso_height, lower=1.1, upper=np.inf, margin=0.3)
    upright = tolerance(s_next.torso_angle, -0.1, 0.1, margin=0.4)
    moving = tolerance(s_next.x_velocity, lower=3.0, upper=float("inf"), margin=3.0)
    move = (5 * moving + 1) / 6
    return {"stand": standing * upright, "move": move, "control": -0.1 * _energy(a)}
""",
    "helper that takes a state": """
def posture(state):
    bent = state.joint_angles.sum(axis=1)
    return 0.5 * state.torso_height - state.torso_angle ** 2 + bent

def reward(s, a, s_next):
    return {"progress": posture(s_next) - posture(s)}
""",
    "lambdas and comprehension": """
def reward(s, a, s_next):
    gauss = lambda x, w=1.0: np.exp(-((x / w) ** 2))
    weights = {"height": 1.0, "angle": 0.5}
    raw = {
        "height": gauss(s_next.torso_height - 1.25, 0.2),
        "angle": gauss(s_next.torso_angle),
    }
    return {name: weights[name] * value for name, value in raw.items()}
""",
    "conditions on constants": """
USE_ENERGY = True
MODE = "fast"

def reward(s, a, s_next):
    if MODE == "fast":
        target = 3.0
    elif MODE == "slow":
        target = 1.0
    else:
        target = 2.0
    terms = {"speed": -np.abs(s_next.x_velocity - target)}
    if USE_ENERGY:
        terms["energy"] = -0.001 * np.sum(a * a, axis=1)
    return terms
""",
    "own copy of the action": """
def reward(s, a, s_next):
    a = np.clip(a, -1.0, 1.0)
    a *= 0.5
    a[:, 0] = 0.0
    cost = np.zeros(a.shape[0])
    for i in range(a.shape[1]):
        cost += a[:, i] ** 2
    return {"cost": -cost}
""",
    "masks": """
def reward(s, a, s_next):
    fallen = (s_next.torso_height < 0.7) | (np.abs(s_next.torso_angle) > 1.0)
    healthy = ~fallen & np.isfinite(s_next.torso_height)
    bonus = np.zeros_like(s_next.x_velocity)
    bonus[healthy] = 1.0
    bonus[fallen] -= 5.0
    return {"bonus": bonus, "speed": s_next.x_velocity * healthy.astype(float)}
""",
    "total and components": """
def reward(s, a, s_next):
    components = {
        "velocity": np.tanh(s_next.x_velocity / 3.0),
        "alive": np.where(s_next.torso_height > 0.7, 1.0, 0.0),
        "action_penalty": -0.01 * np.sum(a ** 2, axis=1),
    }
    total_reward = np.zeros(len(a))
    for value in components.values():
        total_reward += value
    return total_reward, components
""",
    "potential shaping": """
GAMMA = 0.99

def potential(s):
    return -np.hypot(s.torso_height - 1.25, s.torso_angle)

def reward(s, a, s_next):
    shaping = GAMMA * potential(s_next) - potential(s)
    return {"shaping": shaping, "task": s_next.x_velocity}
""",
    "column access": """
HIP, KNEE, ANKLE = range(3)

def reward(s, a, s_next):
    angles = s_next.joint_angles
    hip, knee = angles[:, HIP], angles[:, KNEE]
    limit = np.maximum(0.0, np.abs(angles) - 1.0).sum(axis=1)
    contact = (s_next.foot_contact > 0.5).any(axis=-1)
    return {"pose": -(hip ** 2 + knee ** 2), "limit": -limit, "contact": 0.1 * contact,
            "ankle": -s_next.joint_velocities[..., ANKLE] ** 2}
""",
    "math and f-strings": """
import math
SIGMA = math.sqrt(0.25)

def reward(s, a, s_next):
    terms = {}
    for i in range(3):
        terms[f"joint_{i}"] = -0.1 * s_next.joint_angles[:, i] ** 2
    terms["angle"] = np.exp(-s_next.torso_angle ** 2 / (2 * SIGMA ** 2)) / math.pi
    return terms
""",
    "ternary and select": """
def reward(s, a, s_next):
    stage = np.select([s_next.time < 1.0, s_next.time < 5.0], [0.5, 1.0], default=1.5)
    scale = 1.0 if a.ndim == 2 else 0.5
    return {"speed": scale * stage * np.minimum(s_next.x_velocity, 3.0)}
""",
    "nested helper": """
def reward(s, a, s_next):
    height = s_next.torso_height

    def ramp(x, lo, hi):
        return np.clip((x - lo) / (hi - lo), 0.0, 1.0)

    def gate():
        return ramp(height, 0.7, 1.0)

    return {"gated": gate() * s_next.x_velocity, "height": ramp(height, 0.5, 1.25)}
""",
    "logical reduce": """
def reward(s, a, s_next):
    ok = np.logical_and.reduce(
        [s_next.torso_height > 0.7, np.abs(s_next.torso_angle) < 0.2]
    )
    gait = np.all(np.isfinite(s_next.joint_angles), axis=1)
    steady = -np.std(a, axis=1)
    return {"alive": ok.astype(np.float32), "gait": gait * 0.1, "steady": steady}
""",
    "weights table": """
WEIGHTS = {
    "forward": 1.0,
    "upright": 0.5,
    "energy": -1e-3,
}

def reward(s, a, s_next):
    raw = {
        "forward": s_next.x_velocity,
        "upright": np.cos(s_next.torso_angle),
        "energy": (a ** 2).sum(-1),
    }
    return {k: WEIGHTS[k] * raw[k] for k in WEIGHTS}
""",
    "sigmoid and softplus": """
def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))

softplus = lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0)

def reward(s, a, s_next):
    return {
        "fast": sigmoid(2.0 * (s_next.x_velocity - 1.0)),
        "low": -softplus(0.7 - s_next.torso_height),
    }
""",
    "other argument names": """
def reward(obs, action, next_obs):
    dv = next_obs.x_velocity - obs.x_velocity
    n = action.shape[0]
    jerk = np.square(action - next_obs.last_action).reshape(n, -1).sum(axis=1)
    alive = np.full(n, 0.2)
    return {"acceleration": 0.1 * dv, "smoothness": -0.05 * jerk, "alive": alive}
""",
    "unused underscore and walrus": """
def reward(s, a, s_next):
    _, k = a.shape
    _unused = [i for i in range(k)]
    if (m := max(k, 1)) > 2:
        scale = 1 / m
    else:
        scale = 1.0
    return {"effort": -scale * np.abs(a).sum(axis=1), "speed": s_next.x_velocity}
""",
    "update and merge": """
def locomotion(s):
    return {"speed": s.x_velocity}

def reward(s, a, s_next):
    terms = {"alive": np.ones(a.shape[0])}
    terms.update(locomotion(s_next))
    extra = {"height": s_next.torso_height}
    terms = {**terms, **extra}
    terms |= {"calm": -np.abs(s_next.z_velocity)}
    return terms
""",
    "enumerate and list of tuples": """
def reward(s, a, s_next):
    specs = [
        ("height", s_next.torso_height, 1.25, 4.0),
        ("angle", s_next.torso_angle, 0.0, 2.0),
    ]
    out = {}
    for i, (name, value, target, rate) in enumerate(specs):
        out[name] = (i + 1) * np.exp(-rate * (value - target) ** 2)
    return (sum(out.values()), out)
""",
    "einsum and interp": """
JOINT_WEIGHTS = np.array([1.0, 0.5, 0.25])

def reward(s, a, s_next):
    power = np.abs(a * s_next.joint_velocities)
    cost = np.einsum("ij,j->i", power, JOINT_WEIGHTS)
    curve = np.interp(s_next.x_velocity, [0.0, 1.0, 3.0], [0.0, 0.5, 1.0])
    dot = -(a @ JOINT_WEIGHTS) ** 2 * 1e-4
    return {"power": -1e-3 * cost, "speed": curve, "dot": dot}
""",
    "early return in helper": """
def bonus(x, enabled=True, scale=(1.0, 2.0)):
    if not enabled:
        return 0.0 * x
    total = x * 0.0
    for k in scale:
        total += np.tanh(k * x)
    return total

def reward(s, a, s_next):
    x = s_next.x_velocity
    x = np.nan_to_num(x)
    x -= 0.1
    return {"bonus": bonus(x), "none": bonus(x, enabled=False)}
""",
}
