"""Environments of the built-in bodies, stepped together in C++ by mujoco.batch."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from envs.actions import action_limits
from envs.actuators import starting_activations
from envs.bodies import OWN_ROBOT, Array, Body
from envs.env import UNSTABLE, Env, Reasons
from envs.fields import SourceError, bind, columns
from envs.physics import Physics, compile_model
from envs.task import Task
from envs.yamlfile import TaskError, did_you_mean

STATE_SHIFT = 0.1  # of one position or velocity
MAX_FRAME_SKIP = 10_000  # of one control step
MAX_EPISODE_STEPS = 1_000_000  # of one episode
OBS_TOLERANCE = 1e-4  # for forces differ by rounding
DRAW_TOLERANCE = 1e-9  # of draws that an observation shows


class VectorEnv(Env):
    """n environments of one built-in body, in one mujoco.batch."""

    def __init__(self, task: Task, n: int, threads: int = 1) -> None:
        self._body = body = task.body
        self.model = compile_model(body)
        self.physics_steps, max_steps = step_counts(
            body, float(self.model.opt.timestep)
        )
        super().__init__(task, n, max_steps)
        self.dt = float(self.model.opt.timestep) * self.physics_steps
        self._home, self.keyframe = _home(self.model, body.kwargs)
        self._activations = starting_activations(self.model, self.keyframe)
        limits = action_limits(
            self.model, task.action, self.keyframe, around_start=task.env == OWN_ROBOT
        )
        self.low, self.high = limits.low, limits.high
        self.action_bounds = limits.clipped
        reads = body.reads(body.kwargs)
        sources = [source for field in task.fields for source in field.sources]
        self._physics = Physics(self.model, n, threads, [*reads.values(), *sources])
        try:
            self._data = _data(reads, self._physics, n)
            self.obs = self._observe()
            own_reasons = body.endings(np, body.kwargs, self._data)
            self.own_reasons |= own_reasons.keys()
            self.can_end = bool(own_reasons)
            self._noisy_start([np.random.default_rng(0)])
        except (SourceError, IndexError, ValueError) as error:
            xml = body.kwargs["xml_file"]
            raise TaskError(
                f"xml_file {xml} does not fit {task.env}: {error}; a model with other "
                "joints is an env of MuJoCo-v0"
            ) from None
        self._lay_out_frame(self._physics)

    @property
    def physics(self) -> Physics:
        """The simulations, one for each environment."""
        return self._physics

    def poses(self) -> Array:
        """As in Env."""
        physics = self._physics
        mocap = physics.bind("mocap_pos"), physics.bind("mocap_quat")
        return np.hstack([physics.qpos, *(p.reshape(self.n, -1) for p in mocap)])

    def _observe(self) -> Array:
        return np.asarray(self._body.observe(np, self._body.kwargs, self._data))

    def unseen(self) -> frozenset[str]:
        """As in Env, tried by changing each position and velocity; time is unseen."""
        physics = self._physics
        home = np.concatenate([self._home.qpos, self._home.qvel])

        def observe_at(state: Array) -> tuple[Array, Array]:
            qpos, qvel = np.split(state, [len(self._home.qpos)])
            physics.start(np.arange(self.n), qpos, qvel, self.keyframe)
            physics.forward(np.arange(self.n))
            self._body_obs[:] = self._observe()
            self._read()
            if self._observer is None:
                return self.obs.copy(), self.frame.copy()
            return self._observer.select(self.frame), self.frame.copy()

        obs, frame = observe_at(home)
        moved = np.zeros(self.public_width, dtype=bool)
        for shift in STATE_SHIFT * np.eye(len(home)):
            shifted_obs, shifted_frame = observe_at(home + shift)
            if np.abs(shifted_obs - obs).max() < OBS_TOLERANCE:
                change = np.abs(shifted_frame - frame)[:, : len(moved)]
                moved |= (change > OBS_TOLERANCE).any(axis=0)
        slices = columns(self.public_widths)
        unseen = {f for f, column in slices.items() if moved[column].any()}
        clocks = {field.name for field in self.task.fields if field.since}
        remembered = {"time", *self.draws.values, *clocks}
        observed = set(self.task.observation.fields) if self.task.observation else set()
        observed |= self._shown_draws()
        return frozenset((unseen | remembered) & slices.keys() - observed)

    def _shown_draws(self) -> set[str]:
        """Draws whose numbers the policy also observes as others, as a goal's position.

        Everything that moves is moved first: a speed is drawn for the start alone.
        """
        self.reset(range(self.n))
        self._physics.qpos[:] += STATE_SHIFT
        self._physics.qvel[:] += STATE_SHIFT
        self._physics.forward(np.arange(self.n))
        self._body_obs[:] = self._observe()
        self._read()
        observation = self._observer.select(self.frame) if self._observer else self.obs
        return {
            name
            for name, values in self.draws.values.items()
            if all(
                (np.abs(observation - number[:, None]) < DRAW_TOLERANCE)
                .all(axis=0)
                .any()
                for number in values.reshape(self.n, -1).T
            )
        }

    def _advance(self, action: Array) -> tuple[Reasons, Reasons]:
        self._physics.ctrl[:] = action
        broken = self._physics.step(self.physics_steps)
        with np.errstate(invalid="ignore", over="ignore"):  # physics may be unstable
            self._body_obs[:] = self._observe()
        endings = self._body.endings(np, self._body.kwargs, self._data)
        return endings if broken is None else {UNSTABLE: broken, **endings}, {}

    def _start(self, ids: Array, seeds: Sequence[int] | None) -> None:
        if seeds is not None:
            self._rngs = [np.random.default_rng(seed) for seed in seeds]
        qpos, qvel = self._noisy_start([self._rngs[i] for i in ids])
        self._physics.start(ids, qpos, qvel, self.keyframe)
        if self._activations is not None:
            self._physics.bind("act")[ids] = self._activations
        if self.draws.write(ids):
            self._physics.follow_constants(ids)
        self._physics.forward(ids)
        self._body_obs[:] = self._observe()

    def _follow_draws(self, ids: Array, constants: bool) -> None:
        if constants:
            self._physics.follow_constants(ids)
        if self.draws.is_written:
            self._physics.forward(ids, forces=True)
            self._body_obs[:] = self._observe()

    def _noisy_start(self, rngs: Sequence[np.random.Generator]) -> tuple[Array, Array]:
        size = self.model.nq + self.model.nv
        uniform = np.stack([rng.uniform(-1, 1, size) for rng in rngs])
        normal = np.stack([rng.standard_normal(size) for rng in rngs])
        return self._body.start(np, self._body.kwargs, self._home, uniform, normal)


def _home(model: Any, kwargs: Any) -> tuple[SimpleNamespace, int | None]:
    """The state where episodes start, without noise, and its keyframe (or None)."""
    key = kwargs.get("keyframe")
    if isinstance(key, str):
        key = _keyframe_number(model, key)
    if key is None or (key == 0 and not model.nkey):
        return SimpleNamespace(qpos=model.qpos0, qvel=np.zeros(model.nv)), None
    if not 0 <= key < model.nkey:
        raise TaskError(f"there is no keyframe {key}: the model has {model.nkey}")
    return SimpleNamespace(qpos=model.key_qpos[key], qvel=model.key_qvel[key]), key


def _keyframe_number(model: Any, name: str) -> int:
    names = [model.key(k).name for k in range(model.nkey)]
    if name not in names:
        hint = did_you_mean(name, [n for n in names if n]) if names else "it has none"
        raise TaskError(f"there is no keyframe '{name}' in the model; {hint}")
    return names.index(name)


def step_counts(body: Body, timestep: float) -> tuple[int, int]:
    """Physics steps of one control step, and control steps of an episode.

    TaskError where either is so many that it must be a mistake.
    """
    kwargs = body.kwargs
    physics_steps, max_steps = kwargs["frame_skip"], body.max_steps
    if control_s := kwargs.get("control_s"):
        physics_steps = control_s / timestep
    if physics_steps > MAX_FRAME_SKIP:
        raise TaskError(
            f"a control step would be {physics_steps:g} physics steps of {timestep:g} "
            f"s, more than {MAX_FRAME_SKIP}; make control_s or frame_skip smaller"
        )
    physics_steps = max(1, round(physics_steps))
    if episode_s := kwargs.get("episode_s"):
        max_steps = episode_s / (physics_steps * timestep)
    if max_steps > MAX_EPISODE_STEPS:
        raise TaskError(
            f"an episode would be {max_steps:g} control steps, more than "
            f"{MAX_EPISODE_STEPS}; make episode_s or max_steps smaller"
        )
    return physics_steps, max(1, round(max_steps))


def _data(reads: Any, physics: Physics, n: int) -> SimpleNamespace:
    """Live arrays of the data that a body's functions read."""
    nothing = np.empty((n, 0))
    arrays = {
        name: bind(source, physics, nothing) if "." in source else physics.bind(source)
        for name, source in reads.items()
    }
    return SimpleNamespace(qpos=physics.qpos, qvel=physics.qvel, **arrays)
