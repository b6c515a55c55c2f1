"""One Gymnasium environment of the user's, and all calls into it.

Its own reward is dropped here and can't be read.
"""

import importlib
import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import gymnasium
import mujoco
import numpy as np

from envs.bodies import BODIES, Array
from envs.task import Task
from envs.user_code import (
    UserCodeError,
    as_array,
    kind_of,
    place_of,
    shortened,
    user_code,
)
from envs.yamlfile import TaskError, as_count


def find_spec(env_id: str) -> Any:
    """The registration of Id-v0 or module:Id-v0; TaskError names similar ids."""
    module, _, name = env_id.rpartition(":")
    if module:
        try:
            with user_code(f"env '{env_id}': importing {module}"):
                importlib.import_module(module)
        except UserCodeError as error:
            hint = "; install it, or put its folder on PYTHONPATH"
            missing = "ModuleNotFoundError" in str(error)
            raise UserCodeError(f"{error}{hint if missing else ''}") from None
    if name in gymnasium.registry:
        return gymnasium.registry[name]
    close = get_close_matches(name, {*gymnasium.registry, *BODIES}, n=3)
    if close:
        near = " or ".join(map(repr, close))
        raise TaskError(f"unknown env '{env_id}'; did you mean {near}?")
    raise TaskError(
        f"unknown env '{env_id}'; any registered Gymnasium id or module:Id will do; "
        f"the fastest are {', '.join(BODIES)}"
    )


def time_limit(task: Task) -> int:
    """Control steps until the time limit; TaskError if nothing sets one."""
    own = find_spec(task.env).max_episode_steps
    value = task.env_kwargs.get("max_episode_steps", own)
    limit = as_count(value)
    if limit is None or limit < 1:
        raise TaskError(
            f"{task.env} needs a time limit, got {value!r}; "
            "set max_episode_steps in env_kwargs"
        )
    return limit


class Copy:
    """One environment of the user's, and all calls into it."""

    def __init__(self, task: Task) -> None:
        self.name = f"env '{task.env}'"
        self.env = _make(task, self.name, find_spec(task.env).entry_point)
        self.own = self.env.unwrapped  # the user's, without Gymnasium's wrappers
        with user_code(f"{self.name}: its spaces"):
            action, observation = self.env.action_space, self.env.observation_space
        _check_spaces(task.env, action, observation)
        self._dtype, self.obs_dim = action.dtype, observation.shape[0]
        self.low, self.high = action.low.astype(float), action.high.astype(float)
        self.dt = self._dt()

    def _dt(self) -> float:
        with user_code(f"{self.name}: dt or metadata"):
            dt = getattr(self.own, "dt", None)
            fps = (self.own.metadata or {}).get("render_fps")
        period = 1.0 / fps if isinstance(fps, int | float) and fps > 0 else 1.0
        for seconds in (dt, period):
            if isinstance(seconds, int | float | np.number) and 0 < seconds < np.inf:
                return float(seconds)
        return 1.0

    @property
    def data(self) -> Any:
        """The MjData of its MuJoCo simulation; None without one."""
        with user_code(f"{self.name}: data"):
            data = getattr(self.own, "data", None)
        return data if isinstance(data, mujoco.MjData) else None

    def reset(self, seed: int | None) -> tuple[Array, Mapping[str, Any]]:
        """Observation (obs_dim,) and info of a new episode."""
        with user_code(f"{self.name}: reset", self.own.reset):
            values = self.env.reset(seed=seed)
        if not (isinstance(values, tuple) and len(values) == 2):
            raise self._error("reset", kind_of(values), "a pair (observation, info)")
        self._has_broken_down()  # what came before is over
        obs = self._observation("reset", values[0])
        if not np.isfinite(obs).all():
            k = int(np.flatnonzero(~np.isfinite(obs))[0])
            value = f"an observation whose entry {k} is {obs[k]}"
            raise self._error("reset", value, "finite numbers")
        return obs, self._info("reset", values[1])

    def step(self, action: Array) -> tuple[Array, bool, bool, Mapping[str, Any]]:
        """Observation (obs_dim,), terminated, truncated and info; the reward is cut.

        mujoco.FatalError where physics broke down.
        """
        with user_code(f"{self.name}: step", self.own.step, (mujoco.FatalError,)):
            values = self.env.step(action.astype(self._dtype))
        if self._has_broken_down():
            raise mujoco.FatalError("MuJoCo set the state back by itself")
        if not (isinstance(values, tuple) and len(values) == 5):
            expected = "five values (observation, reward, terminated, truncated, info)"
            raise self._error("step", kind_of(values), expected)
        obs, _, terminated, truncated, info = values
        return (
            self._observation("step", obs),
            self._flag("terminated", terminated),
            self._flag("truncated", truncated),
            self._info("step", info),
        )

    def _has_broken_down(self) -> bool:
        """Whether physics became unstable since the last call.

        MuJoCo then goes on from the model's own position, with finite numbers.
        """
        if (data := self.data) is None:
            return False
        # Of bad positions, velocities and accelerations; its own reset leaves them at 1
        # however often it happens, so they are set to 0 here.
        counts = data.warning.number[3:6]
        has_broken_down = bool(counts.any())
        counts[:] = 0
        return has_broken_down

    def _flag(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        array = as_array(value)
        if array.size != 1 or array.dtype.kind not in "biuf":
            raise self._error("step", f"as '{name}' {kind_of(value)}", "True or False")
        return bool(array.ravel()[0])

    def _observation(self, call: str, obs: Any) -> Array:
        array = as_array(obs)
        if array.shape != (self.obs_dim,) or array.dtype.kind not in "biuf":
            expected = f"numbers of shape ({self.obs_dim},), as its observation_space"
            raise self._error(call, f"as observation {kind_of(obs)}", expected)
        return array.astype(float)

    def _info(self, call: str, info: Any) -> Mapping[str, Any]:
        if not isinstance(info, Mapping):
            raise self._error(call, f"as info {kind_of(info)}", "a dict")
        return info

    def _error(self, call: str, value: str, expected: str) -> UserCodeError:
        place = place_of(getattr(self.own, call))
        return UserCodeError(
            f"{self.name}: {call} gave {value}, expected {expected}, as Gymnasium has "
            f"it{place}"
        )


def _make(task: Task, name: str, creator: Any) -> Any:
    # Env keeps the time limit, so Gymnasium's wrapper for it is turned off.
    kwargs = {**task.env_kwargs, "disable_env_checker": True, "max_episode_steps": -1}
    constructor = getattr(creator, "__init__", creator)
    with user_code(f"{name}: its constructor", constructor), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a newer version of the id exists
        try:
            return gymnasium.make(task.env, **kwargs)
        except TypeError as error:
            # Gymnasium raises a constructor's TypeError again, with a longer message.
            is_anew = "was raised from the environment creator" in str(error)
            raise (error.__cause__ if is_anew else None) or error from None


def _check_spaces(env_id: str, action: Any, observation: Any) -> None:
    box = gymnasium.spaces.Box
    wrong = ""
    if not isinstance(action, box) or not np.issubdtype(action.dtype, np.floating):
        wrong = "continuous actions are needed"
    elif len(action.shape) != 1 or not action.shape[0]:
        wrong = "it must have one dimension"
    elif not np.isfinite([action.low, action.high]).all():
        wrong = "give it bounds, low and high"
    if wrong:
        raise UserCodeError(
            f"env '{env_id}' has the action space {shortened(str(action))}; only a "
            f"finite Box of one dimension can be trained here: {wrong}"
        )
    if not (isinstance(observation, box) and len(observation.shape) == 1):
        kind = type(observation).__name__
        shape = getattr(observation, "shape", None)
        raise UserCodeError(
            f"env '{env_id}' has as its observation space a {kind}"
            f"{f' of shape {shape}' if shape is not None else ''}; only a Box of one "
            "dimension can be trained here (see gymnasium.wrappers.FlattenObservation)"
        )
