"""Push an object with an arm to a goal on the table and leave it there.

fields of: pusher-push
stands for: pusher-push
"""

import numpy as np


def way(state):
    """From the object to the goal across the table: vector (n, 2) and length (n,)."""
    vector = (state.goal_position - state.object_position)[:, :2]
    return vector, np.linalg.norm(vector, axis=1)


def reward(s, a, s_next):
    """Get behind the object, seen from the goal, then every centimetre pays once."""
    vector, left = way(s_next)
    step_back = 0.1 * vector / np.maximum(left, 0.05)[:, None]
    behind = s_next.object_position - np.pad(step_back, ((0, 0), (0, 1)))
    miss = np.linalg.norm(s_next.tip_position - behind, axis=1)
    return {
        "behind": 0.3 * np.exp(-3.0 * miss),
        "push": 50.0 * (way(s)[1] - left),
        "home": np.exp(-((left / 0.15) ** 2)),
        "effort": -0.005 * (a**2).sum(axis=1),
    }
