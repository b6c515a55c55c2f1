"""Rewards for ant and humanoid as models send them: see hopper.py."""

REWARDS = {
    ("ant-run", "Gymnasium's own weights"): '''
import numpy as np

FORWARD_REWARD_WEIGHT = 1.0
CTRL_COST_WEIGHT = 0.5
HEALTHY_REWARD = 1.0
HEALTHY_Z_RANGE = (0.2, 1.0)

def reward(s, a, s_next):
    """Ant-v5: forward reward + healthy reward - control cost."""
    min_z, max_z = HEALTHY_Z_RANGE
    is_healthy = np.isfinite(s_next.torso_height)
    is_healthy &= (min_z <= s_next.torso_height) & (s_next.torso_height <= max_z)
    return {
        "reward_forward": FORWARD_REWARD_WEIGHT * s_next.torso_velocity[:, 0],
        "reward_survive": HEALTHY_REWARD * is_healthy,
        "reward_ctrl": -CTRL_COST_WEIGHT * np.sum(np.square(a), axis=1),
    }
''',
    ("ant-run", "speed along a line"): '''
def reward(s, a, s_next):
    """Fast along +x, slow along y and z, on its feet."""
    vx, vy, vz = np.split(s_next.torso_velocity, 3, axis=1)
    upright = np.maximum(s_next.torso_up, 0.0)
    spin = np.linalg.norm(s_next.torso_rotation, axis=-1)
    return {
        "forward": (vx * upright[:, None]).squeeze(-1),
        "sideways": -0.3 * np.abs(vy[:, 0]),
        "vertical": -0.1 * np.square(vz).ravel(),
        "spin": -0.02 * spin,
        "alive": 0.5,
    }
''',
    ("ant-run", "opposite legs together"): '''
PAIRS = [(0, 2), (1, 3)]

def reward(s, a, s_next):
    """A trot: opposite hips swing together."""
    trot = 0.0
    for i, j in PAIRS:
        trot = trot - np.abs(s_next.hip_angles[:, i] - s_next.hip_angles[:, j])
    feet = 2.0 * s_next.lower_leg_heights - s_next.knee_heights
    in_air = (feet > 0.12).sum(axis=1)
    return {
        "forward": 2.0 * s_next.torso_velocity[..., 0],
        "facing": 0.2 * s_next.torso_forward,
        "trot": 0.1 * trot,
        "two_feet": 0.1 * (in_air == 2),
        "effort": -0.05 * np.linalg.norm(a, axis=1) ** 2,
        "alive": np.ones_like(s_next.torso_height),
    }
''',
    ("ant-lie-down", "low first, then still"): '''
def reward(s, a, s_next):
    """Get low; once low, pay for stillness."""
    low = np.clip((0.6 - s_next.torso_height) / 0.35, 0.0, 1.0)
    motion = np.linalg.norm(s_next.torso_velocity, axis=1)
    motion = motion + 0.5 * np.linalg.norm(s_next.torso_rotation, axis=1)
    motion = motion + 0.1 * np.abs(s_next.joint_velocities).mean(axis=1)
    still = 1.0 / (1.0 + motion)
    return {"low": low, "rest": 2.0 * low ** 3 * still, "effort": -0.02 * (a**2).sum(1)}
''',
    ("ant-lie-down", "stay where it is"): '''
def reward(s, a, s_next):
    """Lower the torso where it stands, without a jerk."""
    lowering = np.clip(s.torso_height - s_next.torso_height, -0.05, 0.05)
    moved = np.abs(s_next.x_position - s.x_position)
    return {
        "lowering": 20.0 * lowering,
        "lying": 1.0 * (s_next.torso_height < 0.3),
        "moved": -1.0 * moved,
        "twitch": -0.001 * np.square(s_next.joint_velocities).sum(axis=1),
    }
''',
    ("ant-wave-leg", "staged: lift, then wave"): '''
RAISED = 0.25   # m
HIP, ANKLE = 2, 3   # of the front left leg in joint_velocities

def foot_heights(state):
    return 2.0 * state.lower_leg_heights - state.knee_heights

def reward(s, a, s_next):
    """Text2Reward style: one stage after the other, each worth more than the last."""
    feet = foot_heights(s_next)
    # Stage 1: stand on the other three feet
    others_down = np.mean(feet[:, 1:] < 0.12, axis=1)
    stage_1 = others_down * np.clip(s_next.torso_up, 0.0, 1.0)
    # Stage 2: lift the front left foot
    lift = np.clip((feet[:, 0] - 0.1) / (RAISED - 0.1), 0.0, 1.0)
    stage_2 = stage_1 * lift
    # Stage 3: wave it
    swing = np.abs(s_next.joint_velocities[:, [HIP, ANKLE]]).sum(axis=1)
    stage_3 = stage_2 * np.tanh(swing / 3.0)
    return {"stage_1": stage_1, "stage_2": 2.0 * stage_2, "stage_3": 4.0 * stage_3}
''',
    ("ant-wave-leg", "the tripod keeps still"): """
def reward(s, a, s_next):
    weights = np.ones(8)
    weights[2:4] = 0.0                    # the waving leg may use force
    quiet = (np.square(a) * weights).sum(axis=1)
    wave = np.abs(s_next.joint_velocities[:, 2])
    height = s_next.lower_leg_heights[:, 0]
    others = s_next.lower_leg_heights[:, 1:].mean(axis=1)
    drift = np.hypot(s_next.torso_velocity[:, 0], s_next.torso_velocity[:, 1])
    return {"wave": np.minimum(wave, 4.0) * (height > others + 0.1),
            "raise": np.clip(height - others, 0.0, 0.3),
            "quiet": -0.05 * quiet, "drift": -0.1 * drift, "alive": 0.3}
""",
    ("humanoid-run", "sub-functions and an overview"): '''
# Overview
#   1. locomotion: velocity along x, saturating at 5 m/s
#   2. balance:    head over feet, chest up
#   3. economy:    torque and joint speed

def locomotion(s_next):
    return 1.25 * np.minimum(s_next.torso_velocity[:, 0], 5.0)

def balance(s_next):
    tall = s_next.head_height - s_next.foot_heights.min(axis=1)
    return np.clip(tall / 1.3, 0.0, 1.0) + np.clip(s_next.torso_up, 0.0, 1.0)

def economy(a, s_next):
    torque = np.mean(np.square(a / 0.4), axis=1)
    speed = np.mean(np.square(s_next.joint_velocities), axis=1)
    return -0.1 * torque - 1e-3 * np.minimum(speed, 100.0)

def reward(s, a, s_next):
    """Locomotion, balance, economy and staying alive."""
    return {
        "locomotion": locomotion(s_next),
        "balance": balance(s_next),
        "economy": economy(a, s_next),
        "alive": np.where((s_next.torso_height > 1.0), 4.0, 0.0),
    }
''',
    ("humanoid-run", "symmetry of the legs"): '''
MIRROR = np.array([1.0, 1.0, 1.0, 1.0])

def reward(s, a, s_next):
    """Legs in antiphase about their common mean, arms against legs."""
    right, left = s_next.right_leg_angles, s_next.left_leg_angles
    mean = 0.5 * (right + left)
    pose = np.square(mean - np.mean(mean, axis=1, keepdims=True)) @ MIRROR
    stride = np.abs(right[:, 2] - left[:, 2])
    arms = np.square(s_next.arm_angles).sum(axis=-1)
    return {
        "forward": 1.5 * s_next.torso_velocity[:, 0],
        "alive": 5.0,
        "stride": 0.2 * np.clip(stride, 0.0, 1.0),
        "pose": -0.05 * pose,
        "arms": -0.01 * arms,
        "control": -0.1 * (a ** 2).sum(axis=1),
    }
''',
    ("humanoid-jump", "crouch by the knees"): '''
def reward(s, a, s_next):
    """Load the legs, then leave the ground with both soles."""
    knees = -0.5 * (s_next.right_leg_angles[:, 3] + s_next.left_leg_angles[:, 3])
    grounded = s_next.ground_force > 1.0
    load = np.where(grounded, np.clip(knees, 0.0, 1.0), 0.0)
    soles = np.min(s_next.foot_heights, axis=1) - 0.075
    flight = np.where(grounded, 0.0, np.clip(soles, 0.0, 0.5))
    takeoff = np.clip(s_next.torso_velocity[:, 2], 0.0, 3.0)
    upright = 0.5 * (1.0 + s_next.torso_up)
    return {
        "load": 0.1 * load,
        "takeoff": 1.0 * takeoff * upright,
        "flight": 20.0 * flight,
        "alive": 2.0,
    }
''',
    ("humanoid-stand-up", "height, progress and bonus"): '''
def reward(s, a, s_next):
    """Every centimetre of head height counts, and more of them the higher it is."""
    height = np.clip(s_next.head_height / 1.35, 0.0, 1.2)
    rise = s_next.head_height - s.head_height
    upright = np.clip(-s_next.head_to_hips, 0.0, 1.0)
    standing = 1.0 / (1.0 + np.exp(-10.0 * (s_next.head_height - 1.1)))
    return {
        "height": height + height ** 2,
        "rise": 5.0 * np.clip(rise, -0.1, 0.1),
        "upright": 0.5 * upright * height,
        "standing": 2.0 * standing,
        "effort": -0.02 * np.sum((a / 0.4) ** 2, axis=1),
    }
''',
    ("humanoid-stand-up", "curriculum by posture, nested functions"): '''
def reward(s, a, s_next):
    """Sit up, kneel, stand: gates open one after the other."""
    head, torso = s_next.head_height, s_next.torso_height

    def gate(x, lo, hi):
        t = np.clip((x - lo) / (hi - lo), 0.0, 1.0)
        return t * t * (3.0 - 2.0 * t)

    sit = gate(head, 0.1, 0.6)
    kneel = gate(torso, 0.2, 0.6)
    stand = gate(head, 0.8, 1.3)
    feet_down = np.exp(-5.0 * np.abs(s_next.foot_heights - 0.075)).mean(axis=1)
    terms = {"sit": sit, "kneel": sit * kneel, "stand": 3.0 * sit * kneel * stand}
    terms["feet"] = 0.2 * feet_down
    terms["flail"] = -0.01 * np.sqrt(np.mean(s_next.joint_velocities ** 2, axis=1))
    return terms
''',
}
