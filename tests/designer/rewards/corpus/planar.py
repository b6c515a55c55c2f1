"""Rewards for walker, cheetah and swimmer as models send them: see hopper.py."""

REWARDS = {
    ("walker-run", "a long docstring that thinks aloud"): '''
import numpy as np

def reward(s, a, s_next):
    """Walk forward with alternating legs.

    Reasoning
    ---------
    A biped that only maximises speed tends to dive forward, because falling is fast
    for a moment. So (1) speed is capped and only counts while the torso is up,
    (2) the thighs are asked to be out of phase, (3) effort is nearly free.

    Typical sizes per step:
        speed   0.0 (still) ... 2.0 (walking) ... 4.0 (cap)
        up      1.0 (upright) ... 0.0 (about to fall)
        gait    0.0 ... 0.3
    """
    up = np.clip((s_next.torso_height - 0.8) / 0.4, 0.0, 1.0)
    up = up * np.clip(1.0 - np.abs(s_next.torso_angle), 0.0, 1.0)
    speed = np.clip(s_next.x_velocity, -1.0, 4.0)
    right, left = s_next.right_leg_angles[:, 0], s_next.left_leg_angles[:, 0]
    gait = np.abs(np.tanh(right - left))
    effort = np.mean(a ** 2, axis=1)
    return {"speed": speed * up, "up": up, "gait": 0.3 * gait, "effort": -0.01 * effort}
''',
    ("walker-run", "dm_control tolerances"): '''
def tolerance(x, bounds=(0.0, 0.0), margin=0.0, value_at_margin=0.1):
    """1 inside the bounds, a Gaussian outside, as in dm_control."""
    lower, upper = bounds
    in_bounds = np.logical_and(lower <= x, x <= upper)
    if margin == 0:
        return np.where(in_bounds, 1.0, 0.0)
    d = np.where(x < lower, lower - x, x - upper) / margin
    scale = math.sqrt(-2 * math.log(value_at_margin))
    return np.where(in_bounds, 1.0, np.exp(-0.5 * (d * scale) ** 2))

def reward(s, a, s_next):
    """Stand times move."""
    standing = tolerance(s_next.torso_height, (1.1, float("inf")), margin=0.6)
    upright = (1 + np.cos(s_next.torso_angle)) / 2
    stand = (3 * standing + upright) / 4
    move = tolerance(s_next.x_velocity, (4.0, float("inf")), margin=2.0)
    return {"stand_and_move": stand * (5 * move + 1) / 6}
''',
    ("walker-run", "unpacked columns"): '''
def reward(s, a, s_next):
    """Push with the back foot, swing the front one."""
    r_hip, r_knee, r_ankle = s_next.right_leg_angles.T
    l_hip, l_knee, l_ankle = s_next.left_leg_angles.T
    *_, l_knee_v, l_ankle_v = s_next.joint_velocities.T
    stride = np.abs(r_hip - l_hip)
    bent = np.minimum(-r_knee, -l_knee)
    flat = np.maximum(np.abs(r_ankle), np.abs(l_ankle))
    whip = np.clip(np.abs(l_knee_v) + np.abs(l_ankle_v), 0.0, 20.0)
    return {
        "forward": 1.5 * s_next.x_velocity,
        "alive": 1.0,
        "stride": 0.1 * stride,
        "bent": -0.05 * bent,
        "flat": -0.05 * flat,
        "whip": -0.005 * whip,
    }
''',
    ("walker-run", "penalties by masked writing"): '''
def reward(s, a, s_next):
    """Dense speed; fixed fines where a limit is broken."""
    n = a.shape[0]
    fine = np.zeros(n)
    fine[s_next.torso_height < 1.0] -= 0.5
    fine[np.abs(s_next.torso_angle) > 0.5] -= 0.5
    both_up = (s_next.right_foot_height > 0.2) & (s_next.left_foot_height > 0.2)
    fine[both_up] -= 0.1
    return {"speed": s_next.x_velocity, "alive": np.ones(n), "fine": fine}
''',
    ("walker-stand-on-one-leg", "either leg, by minimum and maximum"): '''
FLAT = 0.06

def reward(s, a, s_next):
    """One foot flat, the other one high; which is which does not matter."""
    feet = np.stack([s_next.right_foot_height, s_next.left_foot_height], axis=1)
    low, high = feet.min(axis=1), feet.max(axis=1)
    planted = np.exp(-20.0 * np.maximum(low - FLAT, 0.0))
    lifted = np.clip((high - FLAT) / 0.25, 0.0, 1.0)
    loaded = np.clip(s_next.ground_force / 232.0, 0.0, 1.0)
    still = np.exp(-(s_next.x_velocity ** 2 + s_next.z_velocity ** 2))
    return {
        "one_leg": 2.0 * planted * lifted * loaded,
        "still": 0.5 * still,
        "upright": 0.5 * np.cos(s_next.torso_angle),
        "calm": -1e-3 * (s_next.joint_velocities ** 2).mean(axis=1),
    }
''',
    ("walker-stand-on-one-leg", "walrus, ternary and an early exit in a helper"): """
STRICT = False

def bonus(lifted, strict=STRICT):
    if strict:
        return np.where(lifted > 0.3, 1.0, 0.0)
    return lifted / 0.3

def reward(s, a, s_next):
    gap = np.abs(s_next.right_foot_height - s_next.left_foot_height)
    weight = 2.0 if (k := a.shape[1]) == 6 else 1.0
    return {
        "lift": weight * bonus(np.minimum(gap, 0.3)),
        "alive": 0.5,
        "effort": -0.05 / k * np.abs(a).sum(axis=1),
        "stay": -np.abs(s_next.x_velocity),
    }
""",
    ("halfcheetah-run", "twenty terms"): '''
def reward(s, a, s_next):
    """Everything that might matter, each with a small weight."""
    v, w = s_next.x_velocity, s_next.torso_rotation
    back, front = s_next.back_leg_angles, s_next.front_leg_angles
    qd = s_next.joint_velocities
    terms = {
        "speed": 1.0 * v,
        "speed_bonus": 0.5 * (v > 2.0),
        "speed_bonus_2": 1.0 * (v > 5.0),
        "backward": -0.5 * np.maximum(-v, 0.0),
        "pitch": -0.1 * s_next.torso_angle ** 2,
        "not_on_back": 0.2 * np.cos(s_next.torso_angle),
        "pitch_rate": -0.005 * w ** 2,
        "bounce": -0.02 * s_next.z_velocity ** 2,
        "height": -0.1 * np.abs(s_next.torso_height + 0.1),
        "effort": -0.02 * (a ** 2).sum(axis=1),
        "peak_effort": -0.01 * np.abs(a).max(axis=1),
        "jerk": -0.01 * ((a - s.last_action) ** 2).sum(axis=1),
        "power": -0.001 * np.abs(a * qd).sum(axis=1),
        "joint_speed": -1e-4 * (qd ** 2).sum(axis=1),
        "acceleration": 0.05 * np.clip(v - s.x_velocity, -1.0, 1.0),
        "symmetry": -0.01 * np.abs(back[:, 0] + front[:, 0]),
        "back_knee": -0.01 * back[:, 1] ** 2,
        "front_knee": -0.01 * front[:, 1] ** 2,
        "reach": 0.02 * np.tanh(front[:, 0] - back[:, 0]),
        "spread": -0.01 * np.std(a, axis=1),
    }
    return terms
''',
    ("halfcheetah-run", "list of pairs and zip"): '''
def reward(s, a, s_next):
    """Weighted pairs."""
    names = ["run", "level", "effort"]
    values = [
        s_next.x_velocity,
        np.cos(s_next.torso_angle),
        np.einsum("ij,ij->i", a, a),
    ]
    weights = (1.0, 0.3, -0.1)
    return {n: w * v for n, v, w in zip(names, values, weights)}
''',
    ("halfcheetah-target-speed", "piecewise by interpolation"): '''
TARGET = 2.0

def reward(s, a, s_next):
    """Best at the target, and falling off faster above it than below."""
    error = s_next.x_velocity - TARGET
    curve = np.interp(error, [-4.0, -2.0, 0.0, 1.0, 2.0], [-0.5, 0.0, 1.0, 0.0, -0.5])
    steady = -0.2 * np.abs(s_next.x_velocity - s.x_velocity)
    return {"curve": curve, "steady": steady, "effort": -0.02 * np.sum(a**2, axis=-1)}
''',
    ("halfcheetah-target-speed", "Huber loss and softplus"): """
def huber(x, delta=1.0):
    small = np.abs(x) <= delta
    return np.where(small, 0.5 * x ** 2, delta * (np.abs(x) - 0.5 * delta))

def softplus(x):
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))

def reward(s, a, s_next):
    err = s_next.x_velocity - 2.0
    tilt = softplus(5.0 * (np.abs(s_next.torso_angle) - 0.5)) / 5.0
    return {"track": 1.0 - huber(err), "tilt": -0.2 * tilt,
            "height": 0.1 * np.clip(s_next.torso_height, -0.5, 0.0)}
""",
    ("halfcheetah-backward", "contacts and gait"): '''
def reward(s, a, s_next):
    """Run backwards with feet that take turns."""
    contact = s_next.foot_heights < 0.1                      # (n, 2) bool
    turns = np.logical_xor(contact[:, 0], contact[:, 1])
    flight = ~contact.any(axis=1)
    return {
        "backward": -s_next.x_velocity,
        "turns": 0.1 * turns,
        "flight": 0.05 * flight,
        "upside_down": -1.0 * (np.cos(s_next.torso_angle) < 0),
        "cost": -0.05 * np.mean(np.square(a), axis=-1),
    }
''',
    ("swimmer-swim", "a travelling wave"): '''
def reward(s, a, s_next):
    """Swim by a wave that runs from front to back."""
    front, back = s_next.joint_angles[:, 0], s_next.joint_angles[:, 1]
    dfront, dback = s_next.joint_velocities[:, 0], s_next.joint_velocities[:, 1]
    # the phase between the joints: front * d(back) - back * d(front)
    wave = np.tanh(front * dback - back * dfront)
    heading = np.cos(s_next.front_angle)
    return {
        "forward": 10.0 * s_next.x_velocity,
        "wave": 0.05 * wave,
        "heading": 0.1 * heading,
        "sideways": -0.5 * np.abs(s_next.y_velocity),
        "cost": -1e-4 * (a ** 2).sum(axis=1),
    }
''',
    ("swimmer-swim", "velocity in the robot's own frame"): """
def reward(s, a, s_next):
    c, sn = np.cos(s_next.front_angle), np.sin(s_next.front_angle)
    velocity = np.stack([s_next.x_velocity, s_next.y_velocity], axis=-1)
    ahead = np.stack([c, sn], axis=-1)
    along = (velocity * ahead).sum(axis=-1)
    speed = np.linalg.norm(velocity, axis=-1)
    straight = along / np.maximum(speed, 1e-6)
    return {"x": 5.0 * s_next.x_velocity, "along": along, "straight": 0.01 * straight}
""",
}
