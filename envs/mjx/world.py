"""A task's robot in many worlds on MJX: its start and its step as pure functions."""

from types import SimpleNamespace
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from envs.batch_env import VectorEnv
from envs.bodies import BODIES, XArray
from envs.env import TIME_LIMIT, UNSTABLE
from envs.fields import is_observed, object_source
from envs.mjx.draws import Drawing, is_in_starts, stream_key
from envs.mjx.engines import make_engine
from envs.mjx.frames import FrameMaker
from envs.mjx.models import make_models
from envs.mjx.observation import FieldView
from envs.mjx.sources import DataPlace, DataReader, data_place
from envs.mjx.starts import STARTS, make_starts, start_env, start_models
from envs.mjx.state import PhysicsState, Readings, State, Transition
from envs.physics import STATE
from envs.task import Task
from envs.yamlfile import TaskError

LARGEST_NUMBER = 1e10  # beyond it MuJoCo calls physics unstable


class Worlds:
    """A task's robot as pure functions of n worlds, which restart by themselves.

    obs_dim, action_dim, low, high, action_bounds, dt, max_steps, widths, public_widths,
    public_width: as in Env. reasons: of all endings; where several hold, the first one
    counts.
    """

    def __init__(self, task: Task, engine: Literal["jax", "warp"] = "jax") -> None:
        if task.env not in BODIES:
            raise TaskError(f"{task.env} is no built-in body, so it can't run on MJX")
        self.task, self._body = task, task.body
        env = start_env(task)
        self._copy_layout(env)
        places, written = _places(task, env.model)
        sources = [source for field in task.fields for source in field.sources]
        models = make_models(start_models(env), sources, engine)
        self._starts = make_starts(env, written)
        self._engine = make_engine(engine, models, env, places.values(), written)
        self._reader: DataReader = self._engine.reader
        self._places = places
        self._drawing = Drawing(task.draws, _written_here(task, places))
        draws = self._drawing.columns
        self._frames = FrameMaker(
            task.fields, env.widths, draws, places, self._reader, env.dt
        )
        self._view: FieldView | None = None
        if task.observation is not None:
            self._view = FieldView(task.observation, self._frames.columns)
        self._name_endings()

    def _copy_layout(self, env: VectorEnv) -> None:
        self.model, self.low, self.high = env.model, env.low, env.high
        self.action_bounds, self.dt = env.action_bounds, env.dt
        self.max_steps, self._physics_steps = env.max_steps, env.physics_steps
        self.obs_dim, self.action_dim = env.obs.shape[1], env.action_dim
        self.widths, self.public_widths = env.widths, env.public_widths
        self.public_width = env.public_width

    def _name_endings(self) -> None:
        state = jax.tree.map(lambda x: x[:1], self._starts.state)
        readings = jax.tree.map(lambda x: x[None], self._reader.nothing())
        data = self._data(state, readings, self._starts.ctrl[:1])
        self._body_endings = tuple(self._body.endings(np, self._body.kwargs, data))
        ends = self.task.ends
        failures = [ending for ending in ends if not ending.success]
        successes = [ending for ending in ends if ending.success]
        self._endings = (*failures, *successes)
        terminal = UNSTABLE, *self._body_endings, *(e.reason for e in failures)
        self._terminal_count = len(terminal)
        self.reasons = (*terminal, *(e.reason for e in successes), TIME_LIMIT)

    def start(self, keys: XArray, trained_steps: XArray | int) -> State:
        """The first state of n worlds.

        keys: (n,), JAX's, one for each world: all that it will draw. trained_steps: of
        the training so far, by which the ranges of draws widen.
        """
        state = self._begin(keys, jnp.zeros(len(keys), jnp.int32), trained_steps)
        return self._settled(state, jnp.ones(len(keys), bool), trained_steps)

    def advance(self, state: State, action: XArray) -> State:
        """One control step of the robots alone: nobody observes, and nothing ends."""
        physics, _ = self._engine.control_step(
            state.start, state.physics, action, self._physics_steps
        )
        return state._replace(physics=physics)

    def step(
        self, state: State, action: XArray, trained_steps: XArray | int
    ) -> tuple[State, Transition]:
        """One control step of n worlds; those whose episode ends start again.

        action: (n, action_dim), clipped here. The new state is of the next episode, the
        transition of the old one.
        """
        applied = jnp.clip(action, *map(jnp.float32, self.action_bounds))
        physics, readings = self._engine.control_step(
            state.start, state.physics, applied, self._physics_steps
        )
        moved = state._replace(physics=physics, ctrl=applied, steps=state.steps + 1)
        data = self._data(physics, readings, applied)
        frame = self._frames.ticked(self._frame(moved, readings, applied))
        obs = self._observe(physics, readings, applied)
        if self._view is not None:
            keys = _episode_keys(state)
            obs = self._view.step(state.obs, frame, keys, moved.steps)
        is_stable = _is_stable(physics, obs, frame)
        reason = self._reason(data, frame, moved.steps, is_stable)
        obs, frame = _where(is_stable, (obs, frame), (state.obs, state.frame))
        terminated = (reason >= 0) & (reason < self._terminal_count)
        truncated = reason >= self._terminal_count
        transition = Transition(
            state.frame, applied, frame, obs, terminated, truncated, reason
        )
        is_done = reason >= 0
        fresh = self._begin(state.key, state.episode + 1, trained_steps)
        moved = moved._replace(obs=obs, frame=frame)
        # A world's key never changes, and where() takes no keys.
        after = _where(is_done, fresh._replace(key=()), moved._replace(key=()))
        after = after._replace(key=state.key)
        return self._settled(after, is_done, trained_steps), transition

    def _begin(
        self, keys: XArray, episode: XArray, trained_steps: XArray | int
    ) -> State:
        """The states in which the worlds' episodes of these numbers (n,) begin.

        What is drawn here is not written yet, and the frames do not show it.
        """
        own = jax.vmap(jax.random.fold_in)(keys, episode)
        numbers = jax.vmap(
            lambda key: jax.random.randint(stream_key(key, "start"), (), 0, STARTS)
        )(own)
        start = self._starts.pick(numbers)
        draws = self._drawing.start(own, start.draws, trained_steps)
        zero = jnp.zeros(len(keys), jnp.int32)
        return State(
            start.obs,
            start.frame,
            start.state,
            start.ctrl,
            draws,
            keys,
            episode,
            numbers,
            zero,
        )

    def _settled(
        self, state: State, is_new: XArray, trained_steps: XArray | int
    ) -> State:
        """The worlds where what is due is drawn, written and seen.

        is_new: (n,), episodes that begin here; all that they drew is due.
        """
        keys, times = _episode_keys(state), state.steps * jnp.float32(self.dt)
        draws, is_due = self._drawing.redraw(state.draws, keys, times, trained_steps)
        is_due |= is_new[:, None]
        is_changed = is_due.any(axis=1) | is_new
        frame = self._frames.with_draws(state.frame, draws.values)
        state = state._replace(draws=draws, frame=frame)
        if self._drawing.is_written:
            state = self._written(state, is_due, is_new)
        if self._view is None:
            return state
        first = self._view.start(state.frame, keys)
        look = self._view.look(state.obs, state.frame, keys, state.steps)
        obs = _where(is_new, first, _where(is_changed, look, state.obs))
        return state._replace(obs=obs)

    def _written(self, state: State, is_due: XArray, is_new: XArray) -> State:
        """The worlds where what is due (n, draws) is written to the physics."""
        physics = self._drawing.write(state.draws, is_due, state.physics)
        state = state._replace(physics=physics)
        readings = self._engine.readings(
            state.start, physics, state.ctrl, self._drawing.is_redrawn
        )
        late = jnp.where(is_new[:, None], 0.0, readings.late)
        readings = readings._replace(late=late)
        last_action = state.frame[:, self._frames.columns["last_action"]]
        frame = self._frame(state, readings, last_action)
        obs, is_changed = state.obs, is_due.any(axis=1)
        if self._view is None:
            obs = self._observe(physics, readings, state.ctrl)
        obs, frame = _where(is_changed, (obs, frame), (state.obs, state.frame))
        return state._replace(obs=obs, frame=frame)

    def _frame(self, state: State, readings: Readings, last_action: XArray) -> XArray:
        """The frames of worlds, clocks as in their frames so far."""
        own = {
            "time": state.steps * jnp.float32(self.dt),
            "last_action": last_action,
            "draws": state.draws.values,
            "obs": self._observe(state.physics, readings, state.ctrl),
            "before": state.frame,
        }
        return self._frames.frame(state.physics, readings, state.ctrl, own)

    def _observe(self, state: PhysicsState, readings: Readings, ctrl: XArray) -> XArray:
        data = self._data(state, readings, ctrl)
        return self._body.observe(jnp, self._body.kwargs, data)

    def _data(
        self, state: PhysicsState, readings: Readings, ctrl: XArray
    ) -> SimpleNamespace:
        """What the body's functions read."""
        arrays = {
            name: self._reader.values(self._places[source], state, readings, ctrl)
            for name, source in self._body.reads(self._body.kwargs).items()
        }
        return SimpleNamespace(qpos=state.qpos, qvel=state.qvel, **arrays)

    def _reason(
        self, data: SimpleNamespace, frame: XArray, steps: XArray, is_stable: XArray
    ) -> XArray:
        """The first ending that holds, (n,); -1 for none."""
        body = self._body.endings(jnp, self._body.kwargs, data)
        holds = self._frames.holds
        hits = [
            ~is_stable,
            *(body[name] for name in self._body_endings),
            *(holds(e.condition, frame).any(axis=1) for e in self._endings),
            steps >= self.max_steps,
        ]
        stacked = jnp.stack(hits)
        return jnp.where(stacked.any(axis=0), stacked.argmax(axis=0), -1)


def _places(task: Task, model: Any) -> tuple[dict[str, DataPlace], tuple[str, ...]]:
    """Where every source of a task lies, and arrays of the state that draws write."""
    sources = [*task.body.reads(task.body.kwargs).values()]
    sources += [
        source
        for field in task.fields
        for source in field.sources
        if not is_observed(source)
    ]
    targets = [draw.target for draw in task.draws if _is_state(draw.target)]
    places = {source: data_place(model, source) for source in [*sources, *targets]}
    arrays = dict.fromkeys(places[target].array for target in targets)
    return places, tuple(a for a in arrays if a not in ("qpos", "qvel"))


def _is_state(target: str) -> bool:
    return bool(target) and object_source(target)["attr"] in STATE


def _written_here(task: Task, places: dict[str, DataPlace]) -> dict[str, DataPlace]:
    """The places of draws that are not part of the starts, by name of the draw.

    TaskError where one is a constant of the model.
    """
    here = {}
    for draw in task.draws:
        if not draw.target or is_in_starts(draw):
            continue
        if not _is_state(draw.target):
            raise TaskError(
                f"draw '{draw.name}' changes '{draw.target}' within an episode or by "
                "the training's steps, which MJX can't; leave out again_s and widens"
            )
        here[draw.name] = places[draw.target]
    return here


def _episode_keys(state: State) -> XArray:
    """The key of each world's present episode: (n,)."""
    return jax.vmap(jax.random.fold_in)(state.key, state.episode)


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
