"""Stand and wave one arm to and fro, again and again, while the rest stays still.

fields of: humanoid-run
"""

import numpy as np

ELBOW = 13  # of the right arm, among the joints


def reward(s, a, s_next):
    """The forearm earns by speed; a price on changing torque makes swings wide."""
    tall = np.clip((s_next.torso_height - 1.0) / 0.25, 0.0, 1.0)
    standing = tall * np.clip(s_next.torso_up, 0.0, 1.0)
    speed = np.abs(s_next.joint_velocities[:, ELBOW])
    others = np.abs(s_next.joint_velocities).sum(axis=1) - speed
    return {
        "standing": standing,
        "wave": 0.5 * standing * np.clip(speed / 3.0, 0.0, 1.0),
        # Trembling turns the torque round at every step, a swing twice a second.
        "rhythm": -0.5 * (a[:, ELBOW] - s.last_action[:, ELBOW]) ** 2,
        "quiet": 0.3 * standing / (1.0 + 0.1 * others),
    }
