"""Many copies of a task's robot, stepped together in C++ by mujoco.batch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from envs.bodies import BODIES, Array
from envs.fields import Frames, SourceError, bind, columns, total_width
from envs.physics import Physics, load_model, silence_warnings
from envs.task import Task
from envs.user_code import UserCodeError
from envs.yamlfile import TaskError

UNSTABLE = "physics became unstable"
RAISED = "the environment raised"
NUDGE, SAME = 0.1, 1e-4  # of a position or velocity; forces differ by rounding
Reasons = dict[str, Array]  # why to (n,) bool


@dataclass(frozen=True)
class Step:
    """One control step of n environments.

    s, s_next: frames (n, width) before and after the action, s_next before any reset.
    action: (n, action_dim) as applied. next_obs: (n, obs_dim) before any reset.
    terminated, truncated: (n,) bool; reasons: why, for those that are either.
    Where physics became unstable, s_next and next_obs are the last good ones.
    """

    s: Array
    action: Array
    s_next: Array
    next_obs: Array
    terminated: Array
    truncated: Array
    reasons: dict[int, str]


class Env(ABC):
    """n environments that restart by themselves; there is no reward in here.

    obs: (n, obs_dim). frame: (n, width). low, high: (action_dim,). dt: s per control
    step. max_steps: control steps until the time limit. model: MjModel, None without
    MuJoCo. can_end: whether episodes are known to end before that. widths: layout of a
    frame, public fields first; `public_width` columns may be seen by a reward, the rest
    only by the judge. watch: called after every control step, before any restart.
    errors: takes what the user's code raises in a step, which then ends the episode;
    None to raise it.
    """

    obs: Array
    low: Array
    high: Array
    dt: float
    model: Any = None
    can_end: bool = False
    watch: Callable[[], None] | None = None
    errors: list[UserCodeError] | None = None

    def __init__(self, task: Task, n: int) -> None:
        self.task, self.n, self.max_steps = task, n, task.max_steps
        self._steps = np.zeros(n, dtype=np.int64)
        silence_warnings()

    def _lay_out(self, world: Any) -> None:
        self.action_dim = len(self.low)
        self._frames = Frames(self.task.fields, world, self.obs, self.action_dim)
        self.widths = self._frames.widths
        self.public_widths = self._frames.public_widths
        self.public_width = self._frames.public_width
        self.frame = np.zeros((self.n, total_width(self.widths)))
        self._last_action = np.zeros((self.n, self.action_dim))

    @abstractmethod
    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        """Start episodes in the environments ids, with seeds of their own if given."""

    @abstractmethod
    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        """One control step; what terminates and what cuts off episodes.

        UNSTABLE and RAISED must come first.
        """

    @abstractmethod
    def poses(self) -> Array:
        """Joint positions, then mocap positions and quaternions: (n, nq + 7 nmocap).

        A copy; of use only where there is a model.
        """

    def unseen(self) -> frozenset[str]:
        """Public fields that are known to differ where the observation does not.

        The episodes are lost: reset before the next step.
        """
        return frozenset()

    def reset(self, seeds: Sequence[int]) -> Array:
        """Start all environments, each from its own seed; gives obs (n, obs_dim)."""
        assert len(seeds) == self.n
        self._restart(np.arange(self.n), seeds)
        return self.obs

    def step(self, action: Array) -> Step:
        """Apply action (n, action_dim), clipped to its range, for one control step.

        Finished environments are restarted at once: `obs` and `frame` are the new
        episode's, the Step still shows the old one.
        """
        s, obs = self.frame.copy(), self.obs.copy()
        applied = np.clip(action, self.low, self.high)
        self._steps += 1
        endings, cuts = self._advance(applied)
        if self.watch is not None:
            self.watch()
        self._last_action[:] = applied
        self._read()
        for reason in (UNSTABLE, RAISED):
            if (lost := endings.get(reason)) is not None:
                self.frame[lost], self.obs[lost] = s[lost], obs[lost]
        cuts = {"time limit": self._steps >= self.max_steps, **cuts}
        terminated = self._any(endings)
        truncated = ~terminated & self._any(cuts)
        reasons = _first(endings, terminated) | _first(cuts, truncated)
        after, next_obs = self.frame.copy(), self.obs.copy()
        if reasons:
            self._restart(np.array(sorted(reasons)))
        return Step(s, applied, after, next_obs, terminated, truncated, reasons)

    def _any(self, reasons: Reasons) -> Array:
        hit = np.zeros(self.n, dtype=bool)
        for part in reasons.values():
            hit |= part
        return hit

    def _restart(self, ids: Array, seeds: Sequence[int] | None = None) -> None:
        self._start(ids, seeds)
        self._steps[ids] = 0
        self._last_action[ids] = 0.0
        self._read()

    def _read(self) -> None:
        self._frames.fill(self.frame, self._steps * self.dt, self._last_action)


def _first(reasons: Reasons, ended: Array) -> dict[int, str]:
    if not ended.any():
        return {}
    return {
        int(i): next(why for why, hit in reasons.items() if hit[i])
        for i in np.flatnonzero(ended)
    }


class VectorEnv(Env):
    """One of our bodies, n times in one mujoco.batch."""

    def __init__(self, task: Task, n: int, threads: int = 1) -> None:
        super().__init__(task, n)
        self._body = body = task.body
        self.model = load_model(body)
        self._home, self._keyframe = _home(self.model, body.kwargs)
        reads = body.reads(body.kwargs)
        sources = [source for field in task.fields for source in field.sources]
        self._physics = Physics(self.model, n, threads, [*reads.values(), *sources])
        self.low, self.high = self.model.actuator_ctrlrange.T.copy()
        self.dt = float(self.model.opt.timestep) * body.kwargs["frame_skip"]
        try:
            self._data = _data(reads, self._physics, n)
            self.obs = self._observe()
            self.can_end = bool(body.endings(np, body.kwargs, self._data))
            self._noisy_start([np.random.default_rng(0)])
        except (SourceError, IndexError, ValueError) as error:
            xml = body.kwargs["xml_file"]
            raise TaskError(
                f"xml_file {xml} does not fit {task.env}: {error}; a model with other "
                "joints is an env of MuJoCo-v0"
            ) from None
        self._lay_out(self._physics)

    def poses(self) -> Array:
        """No body of ours moves a mocap body."""
        physics = self._physics
        mocap = physics.bind("mocap_pos"), physics.bind("mocap_quat")
        return np.hstack([physics.qpos, *(part.reshape(self.n, -1) for part in mocap)])

    def _observe(self) -> Array:
        return np.asarray(self._body.observe(np, self._body.kwargs, self._data))

    def unseen(self) -> frozenset[str]:
        """Found by moving every position and velocity by itself; time is unseen too."""
        physics = self._physics
        home = np.concatenate([self._home.qpos, self._home.qvel])

        def look(state: Array) -> tuple[Array, Array]:
            qpos, qvel = np.split(state, [len(self._home.qpos)])
            physics.start(np.arange(self.n), qpos, qvel, self._keyframe)
            self.obs[:] = self._observe()
            self._read()
            return self.obs.copy(), self.frame.copy()

        obs, frame = look(home)
        moved = np.zeros(self.public_width, dtype=bool)
        for shift in NUDGE * np.eye(len(home)):
            there, fields = look(home + shift)
            if np.abs(there - obs).max() < SAME:
                moved |= (np.abs(fields - frame)[:, : len(moved)] > SAME).any(axis=0)
        parts = columns(self.public_widths)
        return frozenset(
            {"time"} | {f for f, part in parts.items() if moved[part].any()}
        )

    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        self._physics.ctrl[:] = action
        broken = self._physics.step(self._body.kwargs["frame_skip"])
        with np.errstate(invalid="ignore", over="ignore"):  # of unstable physics
            self.obs[:] = self._observe()
        endings = self._body.endings(np, self._body.kwargs, self._data)
        return endings if broken is None else {UNSTABLE: broken, **endings}, {}

    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        if seeds is not None:
            self._rngs = [np.random.default_rng(seed) for seed in seeds]
        qpos, qvel = self._noisy_start([self._rngs[i] for i in ids])
        self._physics.start(ids, qpos, qvel, self._keyframe)
        self.obs[:] = self._observe()

    def _noisy_start(self, rngs: Sequence[np.random.Generator]) -> tuple[Array, Array]:
        size = self.model.nq + self.model.nv
        uniform = np.stack([rng.uniform(-1, 1, size) for rng in rngs])
        normal = np.stack([rng.standard_normal(size) for rng in rngs])
        return self._body.start(np, self._body.kwargs, self._home, uniform, normal)


def _home(model: Any, kwargs: Any) -> tuple[SimpleNamespace, int | None]:
    """Where episodes start but for the noise, and the keyframe that this is."""
    key = kwargs.get("keyframe")
    if key is None or (key == 0 and not model.nkey):
        return SimpleNamespace(qpos=model.qpos0, qvel=np.zeros(model.nv)), None
    if not 0 <= key < model.nkey:
        raise TaskError(f"keyframe {key} is not there: the model has {model.nkey}")
    return SimpleNamespace(qpos=model.key_qpos[key], qvel=model.key_qvel[key]), key


def _data(reads: Any, physics: Physics, n: int) -> SimpleNamespace:
    """The arrays that a body's functions read, live."""
    nothing = np.empty((n, 0))
    named = {
        name: bind(source, physics, nothing) if "." in source else physics.bind(source)
        for name, source in reads.items()
    }
    return SimpleNamespace(qpos=physics.qpos, qvel=physics.qvel, **named)


def make_env(task: Task, n: int, threads: int = 1) -> Env:
    """n environments of the task, by the fastest way there is for its env."""
    if task.env in BODIES:
        return VectorEnv(task, n, threads)
    from envs.gym_vector import GymVectorEnv  # it imports Env from here

    return GymVectorEnv(task, n)
