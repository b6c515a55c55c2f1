"""Robot bodies: how each one starts, what it observes, and when its episode ends.

Every function is array code with the array module as its first argument, so the same
code can run with numpy and with jax.numpy. They follow the definitions of
Gymnasium's v5 MuJoCo environments, whose XML files they use; none has a reward.
MuJoCo-v0 is any model of yours.
"""

from collections.abc import Mapping

from envs.bodies.anything import ANYTHING, OWN_ROBOT
from envs.bodies.arms import ARMS
from envs.bodies.body import MENAGERIE, Array, Body, Kwargs, XArray, xml_path
from envs.bodies.legged import LEGGED
from envs.bodies.planar import PLANAR

__all__ = [
    "BODIES",
    "MENAGERIE",
    "OWN_ROBOT",
    "Array",
    "Body",
    "Kwargs",
    "XArray",
    "xml_path",
]

BODIES: Mapping[str, Body] = {**PLANAR, **ARMS, **LEGGED, **ANYTHING}
