"""Valid rewards in the manner of Claude: reasons in comments, named constants."""

REWARDS = {
    ("hopper-run", "claude: reasons for weights"): '''
import numpy as np

# Weights are chosen so that one second of good running is worth about 125 units and
# the posture terms never exceed a third of that.
W_SPEED = 1.0
W_POSTURE = 0.3   # enough to matter, too small to be farmed
W_EFFORT = 5e-4   # only breaks ties


def _soft_step(x, at, width):
    """Smooth step from 0 to 1 around `at`; keeps a gradient on both sides."""
    return 0.5 * (1.0 + np.tanh((x - at) / width))


def reward(s, a, s_next):
    """Pay for speed only while the body can keep it up."""
    # Speed: linear, so that faster is always better.
    speed = s_next.x_velocity
    # Posture: a product, since both must hold at once.
    tall = _soft_step(s_next.torso_height, 0.9, 0.1)
    level = 1.0 - _soft_step(np.abs(s_next.torso_angle), 0.2, 0.05)
    posture = tall * level
    return {
        "speed": W_SPEED * speed * (0.3 + 0.7 * posture),
        "posture": W_POSTURE * posture,
        "effort": -W_EFFORT * np.sum(a**2, axis=1),
    }
''',
    ("hopper-front-flip", "claude: rotation about its own axis"): '''
def reward(s, a, s_next):
    """Spin forwards in the air, land on the foot."""
    airborne = s_next.torso_height > 1.3
    spin = np.clip(s_next.torso_rotation, -10.0, 10.0)
    push_off = np.maximum(s_next.z_velocity, 0.0) * ~airborne
    # The angle may have wound up, so compare directions and not angles.
    level = np.cos(s_next.torso_angle)
    return {"spin": 0.2 * spin * airborne, "push_off": push_off, "level": 0.1 * level}
''',
    ("walker-stand-on-one-leg", "claude: higher of two feet"): '''
LIFT = 0.3  # m, what counts as a leg clearly off the ground


def reward(s, a, s_next):
    """One foot up, the other down, the body quiet in between."""
    right, left = s_next.right_foot_height, s_next.left_foot_height
    high, low = np.maximum(right, left), np.minimum(right, left)
    lifted = np.clip(high / LIFT, 0.0, 1.0)
    planted = np.exp(-20.0 * np.maximum(low, 0.0))
    quiet = np.exp(-(s_next.x_velocity**2) - 0.5 * s_next.z_velocity**2)
    upright = np.exp(-2.0 * s_next.torso_angle**2)
    return {
        "lifted": 1.0 * lifted * upright,
        "planted": 0.3 * planted,
        "quiet": 0.3 * quiet * upright,
        "alive": 0.2,
    }
''',
    ("walker-run", "claude: tolerance, written out"): '''
def tolerance(x, bounds=(0.0, 0.0), margin=1.0, at_margin=0.1):
    """1 inside the bounds, falling to `at_margin` at `margin` outside."""
    lower, upper = bounds
    outside = np.maximum(lower - x, 0.0) + np.maximum(x - upper, 0.0)
    scale = np.sqrt(-2.0 * np.log(at_margin))
    return np.exp(-0.5 * (outside / margin * scale) ** 2)


def reward(s, a, s_next):
    """dm_control's walker, as terms."""
    stand = tolerance(s_next.torso_height, bounds=(1.2, np.inf), margin=0.6)
    upright = (1.0 + np.cos(s_next.torso_angle)) / 2.0
    move = tolerance(s_next.x_velocity, (4.0, math.inf), margin=2.0, at_margin=0.5)
    return {"stand": (3.0 * stand + upright) / 4.0, "move": 2.0 * stand * move}
''',
    ("ant-run", "claude: potential with a helper of a state"): '''
GAMMA = 0.99


def potential(state):
    """Higher where the torso is where it should be; no term of its own."""
    height = -4.0 * (state.torso_height - 0.55) ** 2
    return height + 0.5 * state.torso_up


def reward(s, a, s_next):
    """Speed, and a shaping that leaves the optimum alone."""
    shaping = GAMMA * potential(s_next) - potential(s)
    legs = s_next.ankle_angles.reshape(-1, 2, 2).mean(axis=2)
    uneven = np.abs(legs[:, 0] - legs[:, 1])
    return {"speed": s_next.torso_velocity[:, 0], "shaping": shaping,
            "uneven": -0.02 * uneven}
''',
    ("ant-wave-leg", "claude: one leg against the rest"): '''
FRONT_LEFT = 0
OTHERS = [1, 2, 3]


def reward(s, a, s_next):
    """Lift one knee and move it; the other three stay down."""
    raised = np.clip(s_next.knee_heights[:, FRONT_LEFT] - 0.4, 0.0, 0.6)
    waving = np.abs(s_next.joint_velocities[:, 2 * FRONT_LEFT])
    others_down = -np.maximum(s_next.knee_heights[:, OTHERS] - 0.4, 0.0).sum(axis=1)
    return {"raised": raised, "waving": 0.05 * raised * np.minimum(waving, 5.0),
            "others_down": 0.5 * others_down}
''',
    ("humanoid-stand-up", "claude: symmetry and a ternary on a constant"): '''
USE_SYMMETRY = True
SYMMETRY_WEIGHT = 0.05 if USE_SYMMETRY else 0.0


def reward(s, a, s_next):
    """Rise evenly on both legs."""
    gap = s_next.right_leg_angles - s_next.left_leg_angles
    symmetry = -np.sqrt(np.mean(gap**2, axis=1) + 1e-8)
    rise = (s_next.head_height - s.head_height) * 10.0
    push = np.log1p(np.maximum(s_next.ground_force, 0.0)) / 10.0
    return {
        "height": s_next.head_height,
        "rise": np.clip(rise, -1.0, 1.0),
        "push": 0.1 * push,
        "symmetry": SYMMETRY_WEIGHT * symmetry,
    }
''',
    ("humanoid-run", "claude: named columns"): '''
FORWARD, SIDEWAYS, UP = 0, 1, 2


def reward(s, a, s_next):
    """Run forwards; do not drift."""
    velocity = s_next.torso_velocity
    forward = velocity[:, FORWARD]
    drift = np.abs(velocity[:, SIDEWAYS])
    standing = np.clip((s_next.torso_height - 0.8) / 0.4, 0.0, 1.0)
    return {"forward": forward * standing, "drift": -0.3 * drift,
            "standing": 2.0 * standing, "bob": -0.05 * np.square(velocity[:, UP])}
''',
    ("reacher-reach", "claude: precise near, coarse far"): '''
def reward(s, a, s_next):
    """Two scales: a coarse pull from anywhere, a sharp one near the target."""
    gap = s_next.fingertip_position - s_next.target_position
    squared = np.sum(gap * gap, axis=1)
    coarse = -np.sqrt(squared + 1e-12)
    sharp = np.exp(-squared / (2 * 0.03**2))
    # Speed hurts only close to the target, where it means overshooting.
    speed = np.linalg.norm(s_next.arm_velocities, axis=1)
    return {"coarse": coarse, "sharp": sharp, "overshoot": -0.02 * sharp * speed}
''',
    ("pusher-push", "claude: two phases without a branch"): '''
def reward(s, a, s_next):
    """First reach the object, then bring it to the goal."""
    reach = np.linalg.norm(s_next.tip_position - s_next.object_position, axis=1)
    place = np.linalg.norm(s_next.object_position - s_next.goal_position, axis=1)
    touching = np.exp(-10.0 * np.maximum(reach - 0.1, 0.0))
    return {"reach": -0.5 * reach, "place": -1.0 * place * (0.5 + 0.5 * touching),
            "effort": -0.01 * np.square(a).sum(axis=-1)}
''',
    ("inverted-double-pendulum-balance", "claude: margin by powers"): '''
def reward(s, a, s_next):
    """Constant pay, less for effort and for what changes quickly."""
    change = a - s.last_action
    return {"alive": np.full(len(a), 10.0), "effort": -0.05 * (a**2).mean(axis=1),
            "change": -0.01 * np.abs(change).max(axis=1)}
''',
    ("halfcheetah-target-speed", "claude: asymmetric loss"): '''
TARGET = 3.0


def reward(s, a, s_next):
    """Too slow costs more than too fast, so that it dares to run."""
    error = s_next.x_velocity - TARGET
    loss = np.where(error < 0.0, np.abs(error), 0.5 * error)
    near = 1.0 / (1.0 + 4.0 * error**2)
    inverted = np.cos(s_next.torso_angle) < 0.0
    return {"loss": -loss, "near": near, "inverted": np.where(inverted, -1.0, 0.0)}
''',
}
