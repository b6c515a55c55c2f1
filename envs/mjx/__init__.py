"""A task's robot on MJX: the same start, fields and endings as pure JAX functions.

The only home of jax and mujoco.mjx in envs, and loaded only where a robot is to run
there. `differences` needs neither.
"""

from importlib.util import find_spec

from envs.yamlfile import TaskError

__all__ = ["require_mjx"]


def require_mjx() -> None:
    """TaskError where jax or MJX is missing; to call before Worlds is imported."""
    if find_spec("jax") is None or find_spec("mujoco.mjx") is None:
        raise TaskError(
            "this needs MuJoCo's MJX and jax; install them with "
            "pip install -c constraints.txt -e '.[mjx]'"
        )
