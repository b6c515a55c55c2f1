"""Valid rewards in the manner of Qwen and DeepSeek: temperatures and np.where."""

REWARDS = {
    ("hopper-run", "qwen: temperatures as in Eureka"): """
import numpy as np

def reward(s, a, s_next):
    velocity_temp, angle_temp, height_temp = 2.0, 0.1, 0.05

    velocity = s_next.x_velocity
    velocity_reward = np.tanh(velocity / velocity_temp)

    angle_penalty = np.abs(s_next.torso_angle)
    angle_reward = np.exp(-angle_penalty / angle_temp)

    height_error = np.abs(s_next.torso_height - 1.25)
    height_reward = np.exp(-height_error / height_temp)

    weights = {"velocity": 2.0, "angle": 0.5, "height": 0.5}
    reward_components = {
        "velocity_reward": weights["velocity"] * velocity_reward,
        "angle_reward": weights["angle"] * angle_reward,
        "height_reward": weights["height"] * height_reward,
    }
    total_reward = sum(reward_components.values())
    return total_reward, reward_components
""",
    ("hopper-run", "qwen: nested where"): """
def reward(s, a, s_next):
    v = s_next.x_velocity
    stage = np.where(v < 0.5, 0.2 * v, np.where(v < 2.0, v, 2.0 + 0.5 * (v - 2.0)))
    stable = np.where(np.abs(s_next.torso_angle) < 0.1, 0.5, 0.0)
    return {"stage": stage, "stable": stable}
""",
    ("hopper-back-flip", "qwen: smooth gates"): """
def gate(x, low, high):
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)

def reward(s, a, s_next):
    jump = gate(s_next.torso_height, 1.0, 1.6)
    back = np.maximum(-s_next.torso_rotation, 0.0)
    return {"jump": jump, "spin": jump * np.minimum(back, 8.0) / 8.0}
""",
    ("walker-run", "qwen: float32 arrays"): """
def reward(s, a, s_next):
    action = np.asarray(a, dtype=np.float32)
    vel = np.array(s_next.x_velocity, dtype=np.float32)
    ctrl = np.float32(0.05) * np.square(action).mean(axis=-1)
    total = vel - ctrl
    return total, {"velocity": vel, "control": -ctrl}
""",
    ("walker-stand-on-one-leg", "qwen: argmax per row"): """
def reward(s, a, s_next):
    feet = np.column_stack((s_next.right_foot_height, s_next.left_foot_height))
    highest = np.argmax(feet, axis=1)
    raised = np.take_along_axis(feet, highest[:, np.newaxis], axis=1)[:, 0]
    difference = np.ptp(feet, axis=1)
    return {"raised": np.clip(raised, 0, 0.5), "difference": difference,
            "upright": np.exp(-s_next.torso_angle ** 2)}
""",
    ("ant-run", "qwen: per-leg vector weights"): """
LEG_WEIGHTS = np.array([0.1, 0.2, 0.3, 0.4]) / np.sum([0.1, 0.2, 0.3, 0.4])

def reward(s, a, s_next):
    knees = (s_next.knee_heights * LEG_WEIGHTS).sum(axis=-1)
    torque = np.abs(a).max(axis=1)
    speed = np.linalg.norm(s_next.torso_velocity[:, :2], axis=-1)
    return {"speed": speed, "knees": -0.1 * knees, "torque": -0.05 * torque}
""",
    ("ant-wave-leg", "qwen: phase of time"): """
FREQUENCY = 1.0

def reward(s, a, s_next):
    phase = 2 * np.pi * FREQUENCY * s_next.time
    wanted = 0.3 * np.sin(phase)
    error = s_next.hip_angles[:, 0] - wanted
    return {"tracking": np.exp(-10 * error ** 2), "up": 0.2 * s_next.torso_up}
""",
    ("humanoid-jump", "qwen: height above a start"): """
BASE_HEIGHT = 1.4

def reward(s, a, s_next):
    above = np.maximum(s_next.torso_height - BASE_HEIGHT, 0.0)
    taking_off = np.clip(s_next.torso_velocity[:, 2], 0.0, 3.0)
    penalty = 1e-3 * np.sum(np.square(s_next.joint_velocities), axis=1)
    components = {
        "above": 10.0 * above,
        "taking_off": 0.5 * taking_off,
        "penalty": -np.minimum(penalty, 1.0),
    }
    total = components["above"] + components["taking_off"] + components["penalty"]
    return total, components
""",
    ("humanoid-stand-up", "qwen: many small terms"): """
def reward(s, a, s_next):
    eps = 1e-8
    up = s_next.chest_up
    feet = s_next.foot_heights.mean(axis=1)
    velocity = np.sqrt(np.sum(s_next.torso_velocity ** 2, axis=1) + eps)
    abdomen = np.sum(np.abs(s_next.abdomen_angles), axis=1)
    return {
        "height": 2.0 * s_next.torso_height, "up": 0.5 * up,
        "feet": -0.5 * np.maximum(feet - 0.2, 0), "velocity": -0.05 * velocity,
        "abdomen": -0.05 * abdomen, "head": np.clip(s_next.head_to_hips, -1, 1),
    }
""",
    ("pusher-push", "qwen: norms in the plane"): """
def reward(s, a, s_next):
    to_object = s_next.object_position - s_next.tip_position
    d_tip = np.linalg.norm(to_object[:, :2], axis=1)
    d_goal = np.linalg.norm(
        s_next.object_position[:, 0:2] - s_next.goal_position[:, 0:2], axis=1
    )
    moved = np.sum(s_next.object_velocity * (s_next.goal_position
                                             - s_next.object_position)[:, :2], axis=1)
    success = np.where(d_goal < 0.05, 1.0, 0.0)
    return {"tip": -0.5 * d_tip, "goal": -d_goal, "moved": moved, "success": success}
""",
    ("inverted-pendulum-balance", "qwen: cosine and cart"): """
def reward(s, a, s_next):
    upright = np.cos(s_next.pole_angle)
    centred = np.exp(-np.abs(s_next.cart_position) / 0.5)
    return {"upright": upright, "centred": 0.3 * centred,
            "calm": -0.01 * np.abs(s_next.pole_velocity)}
""",
    ("halfcheetah-run", "qwen: nan_to_num and isfinite"): """
def reward(s, a, s_next):
    dt = s_next.time - s.time
    rate = np.nan_to_num((s_next.x_velocity - s.x_velocity) / np.maximum(dt, 1e-6))
    fine = np.isfinite(s_next.x_velocity)
    return {"run": np.where(fine, s_next.x_velocity, 0.0),
            "steady": -0.001 * np.clip(np.abs(rate), 0, 100)}
""",
}
