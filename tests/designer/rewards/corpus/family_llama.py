"""Valid rewards in the manner of Llama: many locals, comments on every line, masks."""

REWARDS = {
    ("hopper-run", "llama: everything in locals"): """
import numpy as np
import math

def reward(state, action, next_state):
    # Extract the relevant variables
    torso_height = next_state.torso_height
    torso_angle = next_state.torso_angle
    x_velocity = next_state.x_velocity

    # Calculate the reward components
    velocity_reward = x_velocity
    height_reward = -np.abs(torso_height - 1.25)
    angle_reward = -np.square(torso_angle)
    action_reward = -0.001 * np.sum(np.square(action), axis=1)

    # Combine the components
    reward_dict = {
        'velocity_reward': velocity_reward,
        'height_reward': height_reward,
        'angle_reward': angle_reward,
        'action_reward': action_reward
    }
    return reward_dict
""",
    ("hopper-run", "llama: math of constants and an empty array"): """
def reward(state, action, next_state):
    sigma = math.sqrt(0.5) * math.pi / 10
    n = len(action)
    bonus = np.empty(n)
    bonus[:] = 0.0
    bonus[next_state.x_velocity > 1.0] = 1.0
    posture = np.exp(-(next_state.torso_angle ** 2) / (2 * sigma ** 2))
    return {'bonus': bonus, 'posture': posture}
""",
    ("hopper-hop-in-place", "llama: another function, named at the end"): '''
def compute_reward(state, action, next_state):
    """Hop up and down."""
    up = np.maximum(next_state.z_velocity, 0.0)
    return {'up': up, 'drift': -np.abs(next_state.x_velocity)}

reward = compute_reward
''',
    ("hopper-front-flip", "llama: flags as floats"): """
def reward(state, action, next_state):
    in_air = (next_state.foot_height > 0.1).astype(float)
    spinning = (np.abs(next_state.torso_rotation) > 1.0).astype(float)
    both = np.logical_and(in_air > 0.5, spinning > 0.5)
    return {'in_air': 0.1 * in_air, 'both': 1.0 * both,
            'rotation': next_state.torso_rotation / 10.0}
""",
    ("walker-run", "llama: zeros_like and a mask"): """
def reward(state, action, next_state):
    falling = next_state.torso_height < 0.8
    penalty = np.zeros_like(next_state.torso_height)
    penalty[falling] = -1.0
    speed = next_state.x_velocity.copy()
    speed[falling] *= 0.5
    return {'speed': speed, 'penalty': penalty, 'alive': (~falling) * 1.0}
""",
    ("walker-run", "llama: total from a running sum"): """
def reward(state, action, next_state):
    rewards = dict()
    rewards['forward'] = next_state.x_velocity * 1.0
    rewards['ctrl'] = -0.1 * np.sum(action * action, axis=1)
    rewards['upright'] = np.cos(next_state.torso_angle)
    total = np.zeros(len(action))
    for value in rewards.values():
        total = total + value
    return total, rewards
""",
    ("ant-run", "llama: columns one by one"): """
def reward(state, action, next_state):
    vx = next_state.torso_velocity[:, 0]
    vy = next_state.torso_velocity[:, 1]
    force = np.clip(next_state.ground_force, 0, 2000) / 1000
    angles = np.concatenate((next_state.hip_angles, next_state.ankle_angles), axis=1)
    return {'vx': vx, 'vy': -0.1 * abs(vy), 'force': -0.01 * force,
            'angles': -0.01 * np.std(angles, axis=1)}
""",
    ("ant-lie-down", "llama: low and still"): """
def reward(state, action, next_state):
    low = np.exp(-5.0 * next_state.torso_height)
    speed = np.sqrt(np.sum(next_state.torso_velocity ** 2, axis=1))
    still = 1 / (1 + speed)
    return {'low': low, 'still': low * still}
""",
    ("humanoid-run", "llama: list of terms, stacked"): """
def reward(state, action, next_state):
    terms = [next_state.torso_velocity[:, 0], next_state.torso_up,
             np.minimum(next_state.torso_height, 1.4)]
    names = ['speed', 'up', 'height']
    weights = [1.25, 0.5, 1.0]
    stacked = np.stack(terms, axis=1) * np.array(weights)
    return {name: stacked[:, k] for k, name in enumerate(names)}
""",
    ("reacher-reach", "llama: manual distance"): """
def reward(state, action, next_state):
    dx = next_state.fingertip_position[:, 0] - next_state.target_position[:, 0]
    dy = next_state.fingertip_position[:, 1] - next_state.target_position[:, 1]
    distance = (dx ** 2 + dy ** 2) ** 0.5
    return {'distance': -distance, 'control': -0.1 * (action ** 2).sum(axis=1)}
""",
    ("halfcheetah-backward", "llama: sign and a threshold"): """
def reward(state, action, next_state):
    backwards = -next_state.x_velocity
    fast_enough = np.where(backwards > 2.0, 1.0, 0.0)
    return {'backwards': backwards, 'fast_enough': fast_enough,
            'sign': 0.1 * np.sign(backwards)}
""",
    ("swimmer-swim", "llama: numpy functions by their new names"): """
def reward(state, action, next_state):
    heading = np.atan2(next_state.y_velocity, next_state.x_velocity + 1e-8)
    effort = np.pow(np.abs(action), 2.0).sum(axis=1)
    return {'forward': next_state.x_velocity, 'heading': -0.01 * np.abs(heading),
            'effort': -1e-4 * effort}
""",
}
