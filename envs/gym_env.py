"""Any other Gymnasium environment: n copies of it, stepped one after the other.

The environment's own reward is dropped and can't be read: an info key that begins with
`reward` is no source of a field. Not covered: a key of another name with the same
number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mujoco
import numpy as np

from envs.bodies import Array
from envs.env import RAISED, UNSTABLE, Env, Reasons
from envs.fields import SourceError, own_joint
from envs.gym_copy import Copy, time_limit
from envs.physics import number_names
from envs.task import Task
from envs.user_code import UserCodeError, as_array, kind_of
from envs.yamlfile import did_you_mean

RANDOM_EPISODES = 3  # searched for a key of info before it counts as missing
TERMINATED = "ended by the environment"
TRUNCATED = "cut off by the environment"


class GymVectorEnv(Env):
    """n copies of a Gymnasium environment behind the same interface as VectorEnv.

    dt: the environment's own `dt`, else 1 / render_fps, else 1. An info key is 0
    wherever a reset or a step leaves it out. UserCodeError where the environment raises
    or returns something invalid.
    """

    own_reasons = Env.own_reasons | {TERMINATED, TRUNCATED}

    def __init__(self, task: Task, n: int) -> None:
        super().__init__(task, n, time_limit(task))
        self._copies = [Copy(task) for _ in range(n)]
        first = self._copies[0]
        self.low, self.high = self.action_bounds = first.low, first.high
        self.dt = first.dt
        self.obs = np.zeros((n, first.obs_dim))
        if first.data is not None:
            self.model = first.data.model
        self._world = World(self._copies, self.max_steps)
        self._lay_out_frame(self._world)

    def poses(self) -> Array:
        """As in Env, read from each environment's current MjData."""
        datas = [copy.data for copy in self._copies]
        arrays = [(data.qpos, data.mocap_pos, data.mocap_quat) for data in datas]
        return np.stack([np.concatenate([*map(np.ravel, pose)]) for pose in arrays])

    def info_keys(self) -> tuple[str, ...]:
        """Keys of info with numbers in random episodes, without the reward."""
        return self._world.info_keys()

    def uneven_info_keys(self) -> tuple[str, ...]:
        """Keys of info whose count of numbers changes in random episodes, or is 0."""
        return self._world.uneven_info_keys()

    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        for i in ids:
            seed = None if seeds is None else int(seeds[i])
            self._body_obs[i], info = self._copies[i].reset(seed)
            self._world.refresh(i, info)

    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        ended, cut, broken, raised = np.zeros((4, self.n), dtype=bool)
        for i, row in enumerate(action):
            try:
                self._body_obs[i], ended[i], cut[i], info = self._copies[i].step(row)
                self._world.refresh(i, info)
            except mujoco.FatalError:
                broken[i] = True
                continue
            except UserCodeError as error:
                if self.errors is None:
                    raise
                self.errors.append(error)
                raised[i] = True
                continue
            broken[i] = not np.isfinite(self._body_obs[i]).all()
        lost = {UNSTABLE: broken, RAISED: raised}
        endings = {reason: hit for reason, hit in lost.items() if hit.any()}
        return {**endings, TERMINATED: ended}, {TRUNCATED: cut}


class World:
    """The data of separate environments, with the accessors of mujoco.batch.Batch.

    Keeps every array that it gave out; `refresh` updates one row of all of them.
    """

    def __init__(self, copies: Sequence[Copy], max_steps: int) -> None:
        self._copies, self._max_steps = copies, max_steps
        self._live: list[tuple[Array, Callable[[int], Any]]] = []
        self._infos: list[Mapping[str, Any]] = [{} for _ in copies]
        self._examples: dict[Any, Any] = {}  # first value of each info key
        # All counts of numbers that each info key had; None where it was no number.
        self._counts: dict[Any, set[int | None]] = {}
        self._random_play = self._play()
        for _ in range(
            2
        ):  # A reset and a step, so that their errors are raised at once.
            next(self._random_play)

    def refresh(self, i: int, info: Mapping[str, Any]) -> None:
        """Read the current values of environment i."""
        self._infos[i] = info
        for values, read in self._live:
            values[i] = read(i)

    def info(self, key: str) -> Array:
        """A live array (n, k) of one key of info."""
        if _is_reward(key):
            raise SourceError("the environment's own reward can't be read")
        # Some keys, like is_success, come only with the last step of an episode.
        while self._examples.get(key) is None and next(self._random_play, None):
            pass
        if key not in self._examples:
            keys = [str(name) for name in self._examples if not _is_reward(name)]
            raise SourceError(
                f"no such key in info in {RANDOM_EPISODES} random episodes; "
                + (did_you_mean(key, keys) if keys else "there was none to be read")
            )
        example = _numbers(self._examples[key])
        if example is None:
            kind = type(self._examples[key]).__name__
            raise SourceError(f"that is of type {kind}, not a number")
        if not self._is_even(key):
            raise SourceError(
                "that is not the same count of numbers at every step; give it one, and "
                "leave the key out where there is none"
            )
        absent = np.zeros(len(example))

        def read(i: int) -> Array:
            value = self._infos[i].get(key, absent)
            numbers = _numbers(value)
            if numbers is None or len(numbers) != len(absent):
                name = self._copies[i].name
                count = "a number" if len(absent) == 1 else f"{len(absent)} numbers"
                raise UserCodeError(
                    f"{name}: step gave as info['{key}'] {kind_of(value)}, expected "
                    f"{count} at every step, or the key left out"
                )
            return numbers

        return self._gather(read)

    def attributes(self, kind: str) -> list[str]:
        """Names of the numbers that an object of a kind has; there must be one."""
        return number_names(self._copies[0].data, kind)

    def writable(self, source: str) -> tuple[Array, bool]:
        """Raises SourceError: what happens in a Gymnasium environment is its own."""
        raise SourceError(
            f"'{source}' can't be written in a Gymnasium environment; a draw there is "
            "a number for the policy and the reward alone"
        )

    def info_keys(self) -> tuple[str, ...]:
        """Keys of info with numbers in random episodes, without the reward."""
        return tuple(key for key in self._number_keys() if self._is_even(key))

    def uneven_info_keys(self) -> tuple[str, ...]:
        """Keys of info whose count of numbers changes in random episodes, or is 0."""
        return tuple(key for key in self._number_keys() if not self._is_even(key))

    def _number_keys(self) -> list[str]:
        for _ in self._random_play:
            pass
        return [
            key
            for key, counts in self._counts.items()
            if isinstance(key, str) and not _is_reward(key) and counts != {None}
        ]

    def _is_even(self, key: str) -> bool:
        """Whether a key of info always had the same count of numbers, above 0."""
        counts = self._counts[key]
        return len(counts) == 1 and counts.isdisjoint({None, 0})

    def _play(self) -> Iterator[bool]:
        """Plays random episodes in the first environment; yields after each step."""
        first, rng = self._copies[0], np.random.default_rng(0)
        for seed in range(RANDOM_EPISODES):
            _, info = first.reset(seed)
            self._learn(info)
            yield True
            for t in range(self._max_steps):
                try:
                    action = rng.uniform(first.low, first.high)
                    _, terminated, truncated, info = first.step(action)
                except mujoco.FatalError:
                    break
                except UserCodeError:
                    if t == 0:
                        raise
                    break
                self._learn(info)
                yield True
                if terminated or truncated:
                    break

    def _learn(self, info: Mapping[str, Any]) -> None:
        for key, value in info.items():
            if self._examples.get(key) is None:
                self._examples[key] = value
            numbers = _numbers(value)
            count = None if numbers is None else len(numbers)
            self._counts.setdefault(key, set()).add(count)

    def __getattr__(self, kind: str) -> Callable[[str], "_Named"]:
        if self._copies[0].data is None:
            raise SourceError(
                "this environment has no MuJoCo model; write obs[i:j] or info.<key>"
            )
        return lambda name: _Named(self, kind, name)

    def _gather(self, read: Callable[[int], Any]) -> Array:
        values = np.stack([read(i) for i in range(len(self._copies))]).astype(float)
        self._live.append((values, read))
        return values


class _Named:
    """The live arrays (n, ...) of one named object of the MuJoCo models."""

    def __init__(self, world: World, kind: str, name: str) -> None:
        model = world._copies[0].data.model
        self._world, self._kind = world, kind
        self._key = own_joint(model, name) if kind == "joint" else name
        self._view(0)  # KeyError if there is no such object

    def _view(self, i: int) -> Any:
        # Not kept: an environment may replace its MjData at a reset.
        return getattr(self._world._copies[i].data, self._kind)(self._key)

    def __getattr__(self, attr: str) -> Array:
        return self._world._gather(lambda i: np.ravel(getattr(self._view(i), attr)))


def _is_reward(key: object) -> bool:
    return str(key).lower().startswith("reward")


def _numbers(value: Any) -> Array | None:
    """A value of info as (k,) numbers; None where it holds none."""
    array = as_array(value).ravel()
    return array.astype(float) if array.dtype.kind in "biuf" else None
