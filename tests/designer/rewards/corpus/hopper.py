"""Rewards for the hopper as language models send them: (task, style) to source."""

REWARDS = {
    ("hopper-run", "Eureka: total, components and temperatures"): '''
import numpy as np

def reward(s, a, s_next):
    """
    Encourage fast forward hopping while keeping the torso upright.

    Changes from the previous version:
      * the velocity term is no longer exponentiated, because it saturated;
      * the temperature of the posture term was raised from 0.05 to 0.1.
    """
    # Temperature parameters for the transformed components
    upright_temp = 0.1
    height_temp = 0.2

    # 1. forward progress
    forward_reward = s_next.x_velocity

    # 2. posture
    upright_reward = np.exp(-np.square(s_next.torso_angle) / upright_temp)
    height_error = np.maximum(1.1 - s_next.torso_height, 0.0)
    height_reward = np.exp(-height_error / height_temp)

    # 3. effort
    action_penalty = -0.005 * np.sum(np.square(a), axis=-1)

    total_reward = (
        1.0 * forward_reward
        + 0.5 * upright_reward
        + 0.25 * height_reward
        + action_penalty
    )
    reward_components = {
        "forward_reward": 1.0 * forward_reward,
        "upright_reward": 0.5 * upright_reward,
        "height_reward": 0.25 * height_reward,
        "action_penalty": action_penalty,
    }
    return total_reward, reward_components
''',
    ("hopper-run", "terse"): '''
def reward(s, a, s_next):
    """Speed, alive, little effort."""
    return {"v": s_next.x_velocity, "alive": 1.0, "u": -1e-3 * (a ** 2).sum(1)}
''',
    ("hopper-run", "typed, with constants and helpers"): '''
from __future__ import annotations

from typing import Dict, Final

import numpy as np

TARGET_SPEED: Final[float] = 2.5      # m/s, what the docs call a good hopper
HEALTHY_HEIGHT: Final[float] = 0.7    # m, the episode ends below
HEALTHY_ANGLE: Final[float] = 0.2     # rad


def _ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear from 0 at `low` to 1 at `high`."""
    return np.clip((value - low) / (high - low), 0.0, 1.0)


def _margin(value: np.ndarray, limit: float) -> np.ndarray:
    return 1.0 - np.clip(np.abs(value) / limit, 0.0, 1.0)


def reward(s: State, a: np.ndarray, s_next: State) -> Dict[str, np.ndarray]:
    """Pay for speed up to the target, gated by how safe the posture is."""
    speed: np.ndarray = _ramp(s_next.x_velocity, 0.0, TARGET_SPEED)
    safe: np.ndarray = _ramp(s_next.torso_height, HEALTHY_HEIGHT, 1.1)
    safe = safe * _margin(s_next.torso_angle, HEALTHY_ANGLE)
    return {
        "gated_speed": 2.0 * speed * (0.2 + 0.8 * safe),
        "safe": 0.5 * safe,
    }
''',
    ("hopper-run", "potential-based shaping"): '''
GAMMA = 0.99

def potential(state):
    """Higher is better: tall, upright, moving."""
    tall = -np.abs(state.torso_height - 1.25)
    upright = -4.0 * state.torso_angle ** 2
    moving = 0.5 * np.tanh(state.x_velocity)
    return tall + upright + moving

def reward(s, a, s_next):
    """Ground covered, plus a potential that does not change the optimum."""
    shaping = GAMMA * potential(s_next) - potential(s)
    return {"progress": s_next.x_velocity, "shaping": 5.0 * shaping, "alive": 0.5}
''',
    ("hopper-run", "the sign of what is good"): '''
def reward(s, a, s_next):
    """Signs only: faster than a threshold, upright, rising or falling gently."""
    fast = np.sign(s_next.x_velocity - 1.0)
    upright = np.sign(0.1 - np.abs(s_next.torso_angle))
    gentle = np.where(np.abs(s_next.z_velocity) < 1.0, 0.5, -0.5)
    return {"fast": fast, "upright": upright, "gentle": gentle, "alive": 2.0}
''',
    ("hopper-run", "unicode names and comments"): '''
import numpy as np

# Идея: прыгать вперёд, не наклоняясь. 目标: 向前跳跃, 不摔倒.
φ = 0.15  # rad → how far it may lean

def reward(s, a, s_next):
    """Прыжки вперёд (→ +x) with |θ| ≪ 0.2 rad."""
    θ, ω = s_next.torso_angle, s_next.torso_rotation
    θ_term = np.exp(-0.5 * (θ / φ) ** 2)          # ∈ (0, 1]
    return {"speed": s_next.x_velocity, "θ": θ_term, "ω^2": -1e-3 * ω ** 2}
''',
    ("hopper-run", "staged by time and height"): '''
def reward(s, a, s_next):
    """First stand, then hop, then run: each stage opens when the last one holds."""
    stand = np.clip((s_next.torso_height - 0.8) / 0.4, 0.0, 1.0)
    steady = np.exp(-10.0 * s_next.torso_angle ** 2)
    stage_1 = stand * steady
    stage_2 = np.where(stage_1 > 0.5, np.clip(np.abs(s_next.z_velocity), 0.0, 1.0), 0.0)
    stage_3 = np.where(stage_1 > 0.7, np.clip(s_next.x_velocity, -1.0, 4.0), 0.0)
    return {
        "stage_1_stand": stage_1,
        "stage_2_hop": 0.3 * stage_2,
        "stage_3_run": 1.5 * stage_3,
    }
''',
    ("hopper-run", "smoothness and joint limits"): '''
JOINT_LOW = np.array([-2.6, -2.6, -0.79])
JOINT_HIGH = np.array([0.0, 0.0, 0.79])

def reward(s, a, s_next):
    """Run smoothly; joints keep away from their stops."""
    jerk = np.sum(np.abs(a - s.last_action), axis=1)
    middle, half = (JOINT_LOW + JOINT_HIGH) / 2, (JOINT_HIGH - JOINT_LOW) / 2
    use = np.abs(s_next.joint_angles - middle) / half          # 1 at the stop
    limits = np.clip(use - 0.9, 0.0, 1.0).mean(axis=1)
    power = np.abs(a * s_next.joint_velocities).sum(axis=-1)
    return {
        "speed": 1.2 * s_next.x_velocity,
        "alive": np.full(a.shape[0], 0.8),
        "smooth": -0.02 * jerk,
        "limits": -0.5 * limits,
        "power": -2e-3 * power,
    }
''',
    ("hopper-run", "float32 and matrix products"): '''
WEIGHTS = np.array([0.5, 0.3, 0.2], dtype=np.float32)

def reward(s, a, s_next):
    """Everything in single precision, as on a GPU."""
    angles = s_next.joint_angles.astype(np.float32)
    velocity = s_next.joint_velocities.astype(np.float32)
    effort = np.square(a.astype(np.float32)) @ WEIGHTS
    swing = np.abs(velocity) @ WEIGHTS * np.cos(angles @ WEIGHTS)
    forward = s_next.x_velocity.astype(np.float32)
    return {"forward": forward, "swing": 0.01 * swing, "effort": -0.01 * effort}
''',
    ("hopper-hop-in-place", "rhythm from its own speed"): '''
def reward(s, a, s_next):
    """A hop is height won upwards and lost downwards, near the starting point."""
    up = np.maximum(s_next.z_velocity, 0.0)
    airborne = (s_next.ground_force < 1.0).astype(float)
    clearance = np.clip(s_next.foot_height - 0.06, 0.0, 0.4)
    home = 1.0 / (1.0 + (s_next.x_position / 0.3) ** 2)
    return {
        "push_off": 0.3 * np.minimum(up, 3.0),
        "air_time": airborne * (0.5 + 2.0 * clearance),
        "home": 0.5 * home,
        "drift": -0.2 * s_next.x_velocity ** 2,
        "upright": -2.0 * s_next.torso_angle ** 2,
        "alive": 1.0,
    }
''',
    ("hopper-hop-in-place", "landing impact"): '''
def reward(s, a, s_next):
    """Hop high and land softly."""
    landed = np.logical_and(s.ground_force < 1.0, s_next.ground_force >= 1.0)
    impact = np.log1p(s_next.ground_force / 155.0)
    height = np.where(s_next.ground_force < 1.0, s_next.foot_height, 0.0)
    stay = -np.abs(s_next.x_position) - 0.1 * np.abs(s_next.x_velocity)
    lean = 1 - np.cos(s_next.torso_angle)
    return dict(height=5 * height, soft=-0.2 * landed * impact, stay=stay,
                lean=-lean, alive=np.ones(len(a)))
''',
    ("hopper-front-flip", "turns made in the air"): '''
FULL_TURN = 2.0 * math.pi

def reward(s, a, s_next):
    """Jump, tuck, turn forward, and be upright again on landing."""
    air = s_next.ground_force < 1.0
    turned = (s_next.torso_angle - s.torso_angle) / FULL_TURN
    tuck = np.clip(-s_next.joint_angles[:, 1] / 2.6, 0.0, 1.0)
    jump = np.clip(s_next.z_velocity, 0.0, 4.0) * (~air)
    phase = np.mod(s_next.torso_angle + math.pi, FULL_TURN) - math.pi
    landing = np.where(~air, np.exp(-np.abs(phase)), 0.0)
    return {
        "turn": 20.0 * np.where(air, turned, 0.0),
        "tuck": 0.2 * tuck * air,
        "jump": 0.5 * jump,
        "landing": 0.3 * landing,
        "effort": -1e-3 * np.sum(a * a, axis=1),
    }
''',
    ("hopper-front-flip", "np.select over phases"): """
def reward(s, a, s_next):
    # crouch -> take off -> rotate -> land
    on_ground = s_next.ground_force > 1.0
    rising = s_next.z_velocity > 0.0
    phases = [on_ground & ~rising, on_ground & rising, ~on_ground]
    crouch = -np.abs(s_next.torso_height - 0.95)
    takeoff = s_next.z_velocity + 0.3 * s_next.torso_rotation
    spin = np.clip(s_next.torso_rotation, -12.0, 12.0)
    return {
        "phase": np.select(phases, [crouch, takeoff, spin], default=0.0),
        "quiet_x": -0.05 * np.abs(s_next.x_velocity),
    }
""",
    ("hopper-back-flip", "a table of weights"): '''
W = {"spin": 1.0, "height": 2.0, "energy": -0.001, "drift": -0.02}

def features(s, a, s_next):
    air = (s_next.ground_force < 1.0) & (s.ground_force < 1.0)
    return {
        "spin": air * np.clip(-s_next.torso_rotation, -10, 10),
        "height": np.clip(s_next.torso_height - 1.0, 0, 1),
        "energy": np.square(a).sum(axis=-1),
        "drift": np.abs(s_next.x_velocity),
    }

def reward(s, a, s_next):
    """Weighted features."""
    f = features(s, a, s_next)
    return {name: W[name] * value for name, value in f.items()}
''',
}
