"""A task's robot in many worlds on MJX: its start and its step as pure functions."""

import copy
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from mujoco import mjx

from envs.batch_env import VectorEnv, step_counts
from envs.bodies import BODIES, XArray
from envs.conditions import Condition
from envs.env import UNSTABLE
from envs.fields import Field, columns
from envs.mjx.counts import solver_counts
from envs.mjx.dynamics import Engine
from envs.mjx.sources import PhysicsState, Place, Reader, Readings, place
from envs.mjx.starts import STARTS, make_starts
from envs.task import Task
from envs.yamlfile import TaskError

TIME_LIMIT = "time limit"
LARGEST_NUMBER = 1e10  # beyond it MuJoCo calls physics unstable


class State(NamedTuple):
    """n worlds between two control steps.

    obs: (n, obs_dim). frame: (n, width). physics: arrays (n, ...). key: (n,), of each
    world. episode: (n,), of each world so far. steps: (n,), of each episode so far.
    """

    obs: XArray
    frame: XArray
    physics: PhysicsState
    key: XArray
    episode: XArray
    steps: XArray


class Transition(NamedTuple):
    """One control step of n worlds, before any restart.

    s, s_next: (n, width). action: (n, action_dim) as applied. next_obs: (n, obs_dim).
    terminated, truncated: (n,) bool. reason: (n,), index into `reasons`, -1 while the
    episode goes on. Where physics became unstable, s_next and next_obs are from before
    the step.
    """

    s: XArray
    action: XArray
    s_next: XArray
    next_obs: XArray
    terminated: XArray
    truncated: XArray
    reason: XArray


class World:
    """A task's robot as pure functions of n worlds, which restart by themselves.

    obs_dim, action_dim, low, high, action_bounds, dt, max_steps, widths, public_widths,
    public_width: as in Env. reasons: of all endings; where several hold, the first one
    counts.
    """

    def __init__(self, task: Task, engine: Literal["jax", "warp"] = "jax") -> None:
        if task.env not in BODIES:
            raise TaskError(f"{task.env} is no built-in body, so it can't run on MJX")
        if task.draws or task.observation is not None:
            raise TaskError("draws and observation are not built on MJX yet")
        self.task, self._body = task, task.body
        env = VectorEnv(task, STARTS)
        self._copy_layout(env)
        self._physics_steps, self.max_steps = step_counts(
            self._body, float(env.model.opt.timestep)
        )
        self._starts = make_starts(env, ())
        self.model = newton_model(env.model)
        self._mjx_model = mjx.put_model(self.model)
        template = mjx.make_data(self._mjx_model)
        self._places = _places(task, self.model)
        self._reader = Reader(template, self._places.values(), ())
        self._engine = Engine(
            self.model,
            template,
            solver_counts(self.model, env.keyframe),
            self._reader,
        )
        self._name_endings(env)

    def _copy_layout(self, env: VectorEnv) -> None:
        self.low, self.high = env.low, env.high
        self.action_bounds, self.dt = env.action_bounds, env.dt
        self.obs_dim, self.action_dim = env.obs.shape[1], env.action_dim
        self.widths, self.public_widths = env.widths, env.public_widths
        self.public_width, self._columns = env.public_width, columns(env.widths)

    def _name_endings(self, env: VectorEnv) -> None:
        state = jax.tree.map(lambda x: x[:1], self._starts.state)
        readings = jax.tree.map(lambda x: x[None], self._reader.nothing())
        data = self._data(state, readings, jnp.zeros((1, self.action_dim)))
        self._body_endings = tuple(self._body.endings(np, self._body.kwargs, data))
        failures, successes = (
            [e for e in self.task.ends if e.success is success]
            for success in (False, True)
        )
        self._endings = (*failures, *successes)
        terminal = UNSTABLE, *self._body_endings, *(e.reason for e in failures)
        self._terminal_count = len(terminal)
        self.reasons = (*terminal, *(e.reason for e in successes), TIME_LIMIT)

    def start(self, keys: XArray, trained_steps: XArray) -> State:
        """The first state of n worlds.

        keys: (n,), JAX's, one for each world: all that it will draw. trained_steps: of
        the training so far, by which the ranges of draws widen.
        """
        return self._begin(keys, jnp.zeros(len(keys), jnp.int32))

    def step(
        self, state: State, action: XArray, trained_steps: XArray
    ) -> tuple[State, Transition]:
        """One control step of n worlds; those whose episode ends start again.

        action: (n, action_dim), clipped here. The new state is of the next episode, the
        transition of the old one.
        """
        applied = jnp.clip(action, *map(jnp.float32, self.action_bounds))
        physics, readings = self._advance(state.physics, applied)
        steps = state.steps + 1
        data = self._data(physics, readings, applied)
        obs = self._body.observe(jnp, self._body.kwargs, data)
        frame = self._frame(state, physics, readings, applied, steps)
        reason = self._reason(data, frame, steps, _is_stable(physics, obs, frame))
        is_lost = reason == 0
        obs, frame = _where(is_lost, (state.obs, state.frame), (obs, frame))
        terminated = (reason >= 0) & (reason < self._terminal_count)
        truncated = reason >= self._terminal_count
        transition = Transition(
            state.frame, applied, frame, obs, terminated, truncated, reason
        )
        same = State(obs, frame, physics, state.key, state.episode, steps)
        fresh = self._begin(state.key, state.episode + 1)
        return _where_but_key(reason >= 0, fresh, same), transition

    def _begin(self, keys: XArray, episode: XArray) -> State:
        """The states in which the worlds' episodes of these numbers (n,) begin."""
        own = jax.vmap(jax.random.fold_in)(keys, episode)
        numbers = jax.vmap(lambda key: jax.random.randint(key, (), 0, STARTS))(own)
        start = self._starts.pick(numbers)
        zero = jnp.zeros(len(keys), jnp.int32)
        return State(start.obs, start.frame, start.state, keys, episode, zero)

    def _advance(self, state: PhysicsState, ctrl: XArray) -> Any:
        def one(state: PhysicsState, ctrl: XArray) -> Any:
            return self._engine.control_step(
                self._mjx_model, state, ctrl, self._physics_steps
            )

        return jax.vmap(one)(state, ctrl)

    def _data(
        self, state: PhysicsState, readings: Readings, ctrl: XArray
    ) -> SimpleNamespace:
        """What the body's functions read."""
        reads = self._body.reads(self._body.kwargs)
        arrays = {
            name: self._reader.values(self._places[source], state, readings, ctrl)
            for name, source in reads.items()
        }
        return SimpleNamespace(qpos=state.qpos, qvel=state.qvel, **arrays)

    def _frame(
        self,
        before: State,
        state: PhysicsState,
        readings: Readings,
        ctrl: XArray,
        steps: XArray,
    ) -> XArray:
        fields = {field.name: field for field in self.task.fields}

        def values(name: str) -> list[XArray]:
            if name == "time":
                return [steps[:, None] * jnp.float32(self.dt)]
            if name == "last_action":
                return [ctrl]
            field = fields[name]
            if field.since:
                return [before.frame[:, self._columns[name]]]
            return [
                self._reader.values(self._places[source], state, readings, ctrl)
                for source in field.sources
            ]

        parts = [part for name in self.widths for part in values(name)]
        frame = jnp.concatenate(parts, axis=1)
        for field in self.task.fields:
            if field.since:
                frame = self._ticked(frame, field)
        return frame

    def _ticked(self, frame: XArray, clock: Field) -> XArray:
        """The frame with a clock one control step later."""
        assert clock.since is not None
        held = self._holds(clock.since, frame)
        place = self._columns[clock.name]
        return frame.at[:, place].set(
            jnp.where(held, 0.0, frame[:, place] + jnp.float32(self.dt))
        )

    def _holds(self, condition: Condition, frame: XArray) -> XArray:
        """Where it holds: (n, k), one number for each column."""
        column = self._columns[condition.field]
        if condition.index is not None:
            first = column.start + condition.index
            column = slice(first, first + 1)
        values = frame[:, column]
        if condition.below:
            return values < condition.bound
        return values > condition.bound

    def _reason(
        self, data: SimpleNamespace, frame: XArray, steps: XArray, is_stable: XArray
    ) -> XArray:
        """The first ending that holds, (n,); -1 for none."""
        body = self._body.endings(jnp, self._body.kwargs, data)
        hits = [
            ~is_stable,
            *(body[name] for name in self._body_endings),
            *(self._holds(e.condition, frame).any(axis=1) for e in self._endings),
            steps >= self.max_steps,
        ]
        stacked = jnp.stack(hits)
        return jnp.where(stacked.any(axis=0), stacked.argmax(axis=0), -1)


def newton_model(model: Any) -> Any:
    """A copy of an MjModel with Newton's method for a solver, which MJX has not of PGS.

    The model itself is cached and shared.
    """
    model = copy.copy(model)
    if model.opt.solver == mujoco.mjtSolver.mjSOL_PGS:
        model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    return model


def _places(task: Task, model: Any) -> dict[str, Place]:
    """Where every source of a task lies."""
    sources = [*task.body.reads(task.body.kwargs).values()]
    sources += [source for field in task.fields for source in field.sources]
    return {source: place(model, source) for source in sources}


def _is_stable(physics: PhysicsState, obs: XArray, frame: XArray) -> XArray:
    """Where all numbers are such that an episode can go on: (n,)."""
    arrays = (*physics[:4], obs, frame)
    bounded = [(jnp.abs(array) < LARGEST_NUMBER).all(axis=1) for array in arrays]
    return jnp.stack(bounded).all(axis=0)


def _where(condition: XArray, first: Any, second: Any) -> Any:
    """Of two trees of arrays (n, ...) the first where condition (n,) holds."""

    def one(a: XArray, b: XArray) -> XArray:
        return jnp.where(condition.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(one, first, second)


def _where_but_key(condition: XArray, first: State, second: State) -> State:
    chosen: State = _where(condition, first._replace(key=()), second._replace(key=()))
    return chosen._replace(key=second.key)
