"""Swim forward (+x) through the water with waves that run along the body.

fields of: swimmer-swim
stands for: swimmer-swim
"""

import numpy as np


def travel(state):
    """Speed of the middle link along x, without the swing of the front one."""
    front, middle = state.front_angle, state.front_angle + state.joint_angles[:, 0]
    middle_rotation = state.front_rotation + state.joint_velocities[:, 0]
    swing = middle_rotation * np.sin(middle) - state.front_rotation * np.sin(front)
    return state.x_velocity + 0.5 * swing  # 0.5 m from the joint to either point


def reward(s, a, s_next):
    """Travel pays; a bend that runs from the front to the back shows how to travel."""
    front, back = s_next.joint_angles.T
    front_rate, back_rate = s_next.joint_velocities.T
    return {
        "travel": 10.0 * travel(s_next),
        # Positive when the back joint does what the front joint did a moment ago.
        "wave": 0.3 * np.tanh(front * back_rate - back * front_rate),
        "heading": 0.2 * np.cos(s_next.front_angle),
        "effort": -0.001 * (a**2).sum(axis=1),
    }
