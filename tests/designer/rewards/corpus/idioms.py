"""Rewards in less common idioms of Python and numpy: see hopper.py."""

REWARDS = {
    ("walker-run", "names imported from math, smallest numbers, merged dicts"): '''
from math import exp, pi

EPS = np.finfo(np.float32).eps
SHARPNESS = exp(1.0)

def posture(s_next):
    lean = np.abs(s_next.torso_angle) / (pi / 3)
    return {"posture": np.exp(-SHARPNESS * lean ** 2)}

def motion(s, a, s_next):
    gain = s_next.x_velocity - s.x_velocity
    share = gain / (np.abs(gain) + np.linalg.norm(a, axis=1) + EPS)
    return {"speed": s_next.x_velocity, "gain": 0.1 * share}

def reward(s, a, s_next):
    """Posture and motion, each from its own function."""
    return posture(s_next) | motion(s, a, s_next)
''',
    ("hopper-run", "other argument names and a settings dict"): '''
CONFIG = {
    "speed": {"weight": 1.0, "cap": 3.0},
    "posture": {"weight": 0.5, "scale": 0.2},
    "energy": {"weight": 1e-3},
}

def reward(state, action, next_state):
    """Read every number from CONFIG, so that it is easy to tune."""
    cfg = CONFIG["speed"]
    speed = np.clip(next_state.x_velocity, a_min=None, a_max=cfg["cap"])
    lean = next_state.torso_angle / CONFIG["posture"]["scale"]
    posture = 1.0 / (1.0 + lean * lean)
    energy = np.sum(action ** 2, axis=-1, dtype=np.float64)
    return {
        "speed": cfg["weight"] * speed,
        "posture": CONFIG["posture"]["weight"] * posture,
        "energy": -CONFIG["energy"]["weight"] * energy,
    }
''',
    ("hopper-run", "a clock for the rhythm"): '''
PERIOD = 0.4  # s

def reward(s, a, s_next):
    """Ask for a hop in every period, whatever the robot does."""
    phase = 2 * np.pi * (s_next.time % PERIOD) / PERIOD
    beat = np.sin(phase)
    return {"beat": 0.2 * beat * np.tanh(s_next.z_velocity), "v": s_next.x_velocity,
            "alive": 1.0}
''',
    ("hopper-run", "displacement divided by time"): '''
def reward(s, a, s_next):
    """Rates from differences, with the time step taken from the states."""
    dt = s_next.time - s.time
    climb = (s_next.torso_height - s.torso_height) / dt
    turn = (s_next.torso_angle - s.torso_angle) / dt
    bend = (s_next.joint_angles - s.joint_angles) / dt[:, None]
    return {
        "forward": s_next.x_velocity,
        "climb": 0.05 * np.tanh(climb),
        "turn": -0.01 * np.minimum(np.abs(turn), 10.0),
        "bend": -1e-4 * np.square(bend).mean(axis=1),
        "alive": 1.0,
    }
''',
    ("hopper-hop-in-place", "rows one by one"): '''
def single(height, force, x):
    if force < 1.0 and abs(x) < 0.5:
        return 1.0 + min(height - 0.06, 0.3)
    elif abs(x) < 0.5:
        return 0.1
    return 0.0

def reward(s, a, s_next):
    """Plain Python for every robot."""
    rows = zip(s_next.foot_height, s_next.ground_force, s_next.x_position)
    hop = np.array([single(h, f, x) for h, f, x in rows])
    return {"hop": hop, "upright": 0.2 * np.cos(s_next.torso_angle)}
''',
    ("hopper-back-flip", "polynomials and piecewise"): """
def reward(s, a, s_next):
    turn = -s_next.torso_rotation
    shaped = np.piecewise(
        turn, [turn < 0.0, turn >= 0.0], [lambda w: 0.1 * w, lambda w: np.sqrt(w)]
    )
    height = np.polyval([-1.0, 3.0, -1.0], np.clip(s_next.torso_height, 0.5, 1.5))
    airborne = np.heaviside(1.0 - s_next.ground_force, 0.0)
    return {"turn": shaped * (0.2 + 0.8 * airborne), "height": 0.5 * height}
""",
    ("walker-run", "terms added up in place"): '''
from typing import Optional

Weight = float

def add(terms: dict, name: str, value, weight: Optional[Weight] = 1.0) -> dict:
    """A new dict with one more term."""
    return {**terms, name: (weight or 0.0) * value}

def reward(s, a, s_next):
    """Grow the dict step by step, then correct one entry."""
    n = len(s_next.torso_height)
    terms = {"alive": np.full((n,), 1.0)}
    terms = add(terms, "speed", s_next.x_velocity)
    terms = add(terms, "effort", np.square(a).sum(axis=-1), weight=-1_000e-6)
    terms["alive"] *= s_next.torso_height > 0.8
    terms["speed"] -= 0.1 * np.abs(s_next.z_velocity)
    return terms
''',
    ("walker-run", "named joints from two tables"): '''
SIDES = ("right", "left")
JOINTS = ("hip", "knee", "ankle")
REST = {"hip": -0.2, "knee": -0.4, "ankle": 0.0}

def reward(s, a, s_next):
    """One pose term per joint, with a name that can be read in the curves."""
    legs = {"right": s_next.right_leg_angles, "left": s_next.left_leg_angles}
    terms = {
        f"{side}_{joint}": -0.02 * (legs[side][:, j] - REST[joint]) ** 2
        for side in SIDES
        for j, joint in enumerate(JOINTS)
    }
    terms.update(speed=s_next.x_velocity, alive=np.ones(a.shape[:1]))
    return terms
''',
    ("walker-stand-on-one-leg", "reductions over stacked conditions"): '''
def reward(s, a, s_next):
    """As many conditions as hold, and a bonus for all of them."""
    checks = np.vstack([
        s_next.torso_height > 1.0,
        np.abs(s_next.torso_angle) < 0.3,
        s_next.left_foot_height > 0.2,
        s_next.right_foot_height < 0.1,
        np.abs(s_next.x_velocity) < 0.3,
    ])
    share = checks.mean(axis=0)
    everything = np.logical_and.reduce(checks, axis=0)
    worst = np.maximum.reduce(np.abs(s_next.joint_velocities), axis=1)
    return {"share": share, "all": 2.0 * everything, "worst": -0.01 * worst}
''',
    ("halfcheetah-run", "weighted average of joints, log barrier"): '''
JOINT_COST = np.array([1.0, 0.8, 0.5, 1.0, 0.8, 0.5])
EPSILON = 1e-6

def reward(s, a, s_next):
    """Fast, with a barrier before the body turns over."""
    cost = np.average(np.abs(a), axis=1, weights=JOINT_COST)
    level = np.cos(s_next.torso_angle)
    barrier = np.log(np.clip(0.5 * (1.0 + level), EPSILON, None))
    return {
        "fast": np.sign(s_next.x_velocity) * np.log1p(np.abs(s_next.x_velocity)),
        "barrier": 0.05 * np.maximum(barrier, -5.0),
        "cost": -0.05 * cost,
    }
''',
    ("halfcheetah-backward", "logistic gates and mixing"): """
sigmoid = lambda x, k=1.0: 1.0 / (1.0 + np.exp(-k * x))
mix = lambda w, x, y: w * x + (1.0 - w) * y

def reward(s, a, s_next):
    v = -s_next.x_velocity
    w = sigmoid(v - 1.0, k=4.0)
    slow = v + 0.1 * np.abs(a).mean(axis=1)        # get going at all
    fast = 1.5 * v - 0.1 * np.square(a).mean(axis=1)
    return {"mixed": mix(w, fast, slow), "bounce": -0.02 * np.abs(s_next.z_velocity)}
""",
    ("swimmer-swim", "barely more than arithmetic"): """
# x velocity is noisy because the point swings; so reward the angle-corrected speed.
def reward(s, a, s_next):
    swing = 0.5 * s_next.front_rotation * np.sin(s_next.front_angle)
    return {"forward": s_next.x_velocity + swing}
""",
    ("ant-run", "clock-free gait by correlations"): '''
def reward(s, a, s_next):
    """Actions of opposite legs should agree: front right with back left, and so on."""
    hips = a[:, 0::2]                # front right, front left, back left, back right
    agree = hips[:, 0] * hips[:, 2] + hips[:, 1] * hips[:, 3]
    outer = hips[:, :, np.newaxis] * hips[:, np.newaxis, :]
    energy = np.trace(outer, axis1=1, axis2=2)
    height = np.where(s_next.torso_height < 0.3, -1.0, 0.0)
    return {"x": s_next.torso_velocity[:, 0], "agree": 0.05 * agree,
            "energy": -0.05 * energy, "height": height, "alive": 0.5}
''',
    ("ant-lie-down", "products of bells"): '''
def bell(x, centre, width):
    return np.exp(-0.5 * ((x - centre) / width) ** 2)

def reward(s, a, s_next):
    """One smooth score in 0..1: everything must be right together."""
    low = bell(s_next.torso_height, 0.26, 0.1)
    slow = bell(np.linalg.norm(s_next.torso_velocity, axis=1), 0.0, 0.5)
    spread = bell(s_next.ankle_angles, np.array([0.6, -0.6, -0.6, 0.6]), 0.4)
    score = low * slow * np.prod(spread, axis=1) ** 0.25
    return {"score": score, "low": 0.3 * low}
''',
    ("humanoid-run", "masks by isclose and sorted feet"): """
def reward(s, a, s_next):
    feet = np.sort(s_next.foot_heights, axis=1)
    stance, swing = feet[:, 0], feet[:, 1]
    stance_ok = np.isclose(stance, 0.075, atol=0.02)
    clearance = np.clip(swing - stance, 0.0, 0.3)
    hands = np.abs(s_next.arm_angles).max(axis=1) > 1.2
    return {
        "forward": s_next.torso_velocity.take(0, axis=1),
        "stance": 0.5 * stance_ok.astype(int),
        "clearance": clearance,
        "hands": -0.1 * hands,
        "alive": np.where(s_next.torso_height.clip(1.0, 2.0) == s_next.torso_height,
                          3.0, 0.0),
    }
""",
    ("reacher-reach", "squared error with a matrix of costs"): '''
R = 0.01 * np.eye(2)

def quadratic(x, m):
    """x' m x for every row."""
    return np.einsum("ni,ij,nj->n", x, m, x)

def reward(s, a, s_next):
    gap = s_next.fingertip_position - s_next.target_position
    return {"gap": -20.0 * quadratic(gap, np.eye(2)), "effort": -quadratic(a, R),
            "arrive": -quadratic(s_next.arm_velocities, 1e-4 * np.eye(2))}
''',
    ("inverted-double-pendulum-balance", "margins before the end"): '''
LIMIT = 1.0

def reward(s, a, s_next):
    """Reciprocal barrier towards the height at which the episode ends."""
    margin = np.maximum(s_next.tip_height - LIMIT, 0.02)
    barrier = -0.01 / margin
    swing = np.abs(s_next.pole_velocities).sum(axis=1)
    return {"alive": 2.0, "barrier": barrier, "swing": -0.02 * np.sqrt(swing)}
''',
}
