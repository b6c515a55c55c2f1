"""Any other Gymnasium environment, n copies of it one after the other.

The environment's own reward is dropped here and can't be read: an info key that begins
with `reward` is no source of a field. Not covered: a key of another name that gives the
same number away.
"""

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import gymnasium
import mujoco
import numpy as np

from envs.bodies import BODIES, Array
from envs.fields import SourceError
from envs.task import Task
from envs.vector import UNSTABLE, Env, Reasons
from envs.yamlfile import TaskError, nearest

ENDED = "ended by the environment"
CUT = "cut off by the environment"


def find_spec(env_id: str) -> Any:
    """The registration of Id-v0 or module:Id-v0; TaskError says what is near."""
    module, _, name = env_id.rpartition(":")
    try:
        if module:
            importlib.import_module(module)
    except (ImportError, SyntaxError, NameError) as error:
        raise TaskError(
            f"env '{env_id}': importing {module} failed: {error}; install it, or put "
            "its folder on PYTHONPATH"
        ) from None
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
    limit = task.env_kwargs.get("max_episode_steps", own)
    if not isinstance(limit, int) or limit < 1:
        raise TaskError(
            f"{task.env} needs a time limit, got {limit!r}; "
            "set max_episode_steps in env_kwargs"
        )
    return limit


class GymVectorEnv(Env):
    """n copies of a Gymnasium environment behind the same interface as VectorEnv.

    dt: the environment's own `dt`, else 1 / render_fps, else 1. An info key that reset
    does not give is 0 in the first frame of an episode.
    """

    def __init__(self, task: Task, n: int) -> None:
        super().__init__(task, n)
        self._envs = [_make(task) for _ in range(n)]
        first = self._envs[0]
        action, observation = first.action_space, first.observation_space
        _check_spaces(task.env, action, observation)
        self._dtype = action.dtype
        self.low, self.high = action.low.astype(float), action.high.astype(float)
        self.dt = _dt(first)
        self.obs = np.zeros((n, *observation.shape))
        self._world = World(self._envs, (action.low + action.high) / 2)
        if _has_mujoco(first):
            self.model = first.unwrapped.model
        self._lay_out(self._world)

    def poses(self) -> Array:
        """Read from each environment's present MjData."""
        datas = [env.unwrapped.data for env in self._envs]
        parts = [(data.qpos, data.mocap_pos, data.mocap_quat) for data in datas]
        return np.stack([np.concatenate([*map(np.ravel, part)]) for part in parts])

    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        for i in ids:
            seed = None if seeds is None else int(seeds[i])
            self.obs[i], info = self._envs[i].reset(seed=seed)
            self._world.refresh(i, info)

    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        ended, cut, broken = np.zeros((3, self.n), dtype=bool)
        for i, row in enumerate(action.astype(self._dtype)):
            try:
                self.obs[i], _, ended[i], cut[i], info = self._envs[i].step(row)
            except mujoco.FatalError:
                broken[i] = True
                continue
            broken[i] = not np.isfinite(self.obs[i]).all()
            self._world.refresh(i, info)
        endings = {ENDED: ended}
        if broken.any():
            endings = {UNSTABLE: broken, **endings}
        return endings, {CUT: cut}


class World:
    """What fields may read of separate environments, in mujoco.batch's own manner.

    Every array that was asked for is kept, and `refresh` brings one row up to date.
    """

    def __init__(self, envs: Sequence[Any], action: Array) -> None:
        self._envs = envs
        self._live: list[tuple[Array, Callable[[int], Any]]] = []
        self._infos: list[Mapping[str, Any]] = [{} for _ in envs]
        # What info holds is only known from a step.
        first = envs[0]
        _, at_start = first.reset(seed=0)
        self._example = {**at_start, **first.step(action)[4]}

    def refresh(self, i: int, info: Mapping[str, Any]) -> None:
        """Take over the present values of environment i."""
        self._infos[i] = info
        for values, read in self._live:
            values[i] = read(i)

    def info(self, key: str) -> Array:
        """A live array (n, k) of one key of info."""
        if _is_reward(key):
            raise SourceError("the environment's own reward is not for reading")
        if key not in self._example:
            known = [name for name in self._example if not _is_reward(name)]
            raise SourceError(f"no such key in info; {nearest(key, known)}")
        example = np.ravel(self._example[key])
        if example.dtype.kind not in "biuf":
            kind = type(self._example[key]).__name__
            raise SourceError(f"that is of type {kind}, not a number")
        nothing = np.zeros(len(example))
        return self._gather(lambda i: np.ravel(self._infos[i].get(key, nothing)))

    def __getattr__(self, kind: str) -> Callable[[str], "_Named"]:
        if not _has_mujoco(self._envs[0]):
            raise SourceError(
                "this environment has no MuJoCo model; write obs[i:j] or info.<key>"
            )
        return lambda name: _Named(self, kind, name)

    def _gather(self, read: Callable[[int], Any]) -> Array:
        values = np.stack([read(i) for i in range(len(self._envs))]).astype(float)
        self._live.append((values, read))
        return values


class _Named:
    """The live arrays of one object of the MuJoCo models."""

    def __init__(self, world: World, kind: str, name: str) -> None:
        self._world, self._kind, self._name = world, kind, name
        self._view(0)  # KeyError if there is no such object

    def _view(self, i: int) -> Any:
        # Not kept: an environment may replace its MjData at a reset.
        return getattr(self._world._envs[i].unwrapped.data, self._kind)(self._name)

    def __getattr__(self, attr: str) -> Array:
        return self._world._gather(lambda i: np.ravel(getattr(self._view(i), attr)))

    def __dir__(self) -> list[str]:
        return dir(self._view(0))


def _is_reward(key: str) -> bool:
    return key.lower().startswith("reward")


def _has_mujoco(env: Any) -> bool:
    return isinstance(getattr(env.unwrapped, "data", None), mujoco.MjData)


def _make(task: Task) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a newer version of the id exists
            kwargs = {**task.env_kwargs, "disable_env_checker": True}
            return gymnasium.make(task.env, **kwargs)
    except (
        gymnasium.error.Error,
        ImportError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        reason = " ".join(str(error).split())
        raise TaskError(f"gymnasium.make('{task.env}') failed: {reason}") from None


def _check_spaces(env_id: str, action: Any, observation: Any) -> None:
    box = gymnasium.spaces.Box
    if not (
        isinstance(action, box)
        and len(action.shape) == 1
        and np.issubdtype(action.dtype, np.floating)
        and np.isfinite([action.low, action.high]).all()
    ):
        raise TaskError(
            f"{env_id} has the action space {action}; only a finite Box of one "
            "dimension can be trained here"
        )
    if not (isinstance(observation, box) and len(observation.shape) == 1):
        kind = type(observation).__name__
        shape = f" of shape {observation.shape}" if observation.shape else ""
        raise TaskError(
            f"{env_id} has as its observation space a {kind}{shape}; only a Box of one "
            "dimension can be trained here (see gymnasium.wrappers.FlattenObservation)"
        )


def _dt(env: Any) -> float:
    dt = getattr(env.unwrapped, "dt", None)
    if isinstance(dt, int | float) and dt > 0:
        return float(dt)
    fps = env.unwrapped.metadata.get("render_fps")
    return 1.0 / fps if fps else 1.0
