"""The engines that simulate n worlds: MJX's JAX code, or Warp's through MJX."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

import jax
import jax.numpy as jnp
import mujoco

from envs.batch_env import VectorEnv
from envs.bodies import XArray
from envs.mjx.contacts import capsule_frames
from envs.mjx.counts import solver_counts
from envs.mjx.dynamics import Dynamics
from envs.mjx.joints import joint_columns
from envs.mjx.library import mjx
from envs.mjx.models import StartModels
from envs.mjx.sources import DataPlace, DataReader
from envs.mjx.state import PhysicsState, Readings
from envs.yamlfile import TaskError

# Warp has one list of contacts for all worlds, and rows of constraints for each.
WARP_CONTACTS, WARP_ROWS = 32, 128
PRECISION = "highest"  # a GPU may round products to ten bits (TF32) otherwise
Stepped = tuple[PhysicsState, Readings]


class Engine(Protocol):
    """Simulates n worlds; starts: (n,), in which their episodes began."""

    reader: DataReader

    def control_step(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, count: int
    ) -> Stepped:
        """The state and the readings after `count` physics steps."""

    def readings(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, forces: bool
    ) -> Readings:
        """What the data of a state shows; forces: whether late readings too, else 0."""


def make_engine(
    name: Literal["jax", "warp"],
    models: StartModels,
    env: VectorEnv,
    places: Iterable[DataPlace],
    written: Sequence[str],
) -> Engine:
    """The engine of a name; env: of the starts. TaskError where it can't run these.

    places: that are read. written: arrays of the state that draws write to.
    """
    if name == "warp":
        return WarpEngine(models, env, places, written)
    return JaxEngine(models, env, places, written)


def _template(data: Any, env: VectorEnv) -> Any:
    """The mjx.Data with mocap bodies where they are at a start."""
    own = mujoco.MjData(env.model)
    keyframe = -1 if env.keyframe is None else env.keyframe
    mujoco.mj_resetDataKeyframe(env.model, own, keyframe)
    return data.replace(
        mocap_pos=jnp.asarray(own.mocap_pos, jnp.float32),
        mocap_quat=jnp.asarray(own.mocap_quat, jnp.float32),
    )


class JaxEngine:
    """Our own dynamics from MJX's stages."""

    def __init__(
        self,
        models: StartModels,
        env: VectorEnv,
        places: Iterable[DataPlace],
        written: Sequence[str],
    ) -> None:
        self._models = models
        template = _template(mjx.make_data(models.shared), env)
        self.reader = DataReader(template, places, written)
        is_elliptic = models.base.opt.cone == mujoco.mjtCone.mjCONE_ELLIPTIC
        counts = None if is_elliptic else solver_counts(models.base, env.keyframe)
        self._dynamics = Dynamics(
            models.base,
            template,
            counts,
            self.reader,
            joint_columns(models.base),
            models.distances,
            capsule_frames(models.base),
        )

    def control_step(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, count: int
    ) -> Stepped:
        """As in Engine."""

        def one(model: Any, state: PhysicsState, ctrl: XArray) -> Stepped:
            return self._dynamics.control_step(model, state, ctrl, count)

        model, axes = self._models.of_starts(starts)
        with jax.default_matmul_precision(PRECISION):
            stepped: Stepped = jax.vmap(one, (axes, 0, 0))(model, state, ctrl)
        return stepped

    def readings(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, forces: bool
    ) -> Readings:
        """As in Engine."""

        def one(model: Any, state: PhysicsState, ctrl: XArray) -> Readings:
            return self._dynamics.readings(model, state, ctrl, forces)

        model, axes = self._models.of_starts(starts)
        with jax.default_matmul_precision(PRECISION):
            readings: Readings = jax.vmap(one, (axes, 0, 0))(model, state, ctrl)
        return readings


class WarpEngine:
    """Warp's kernels, called by MJX; for NVIDIA's GPUs. Draws of constants it lacks."""

    def __init__(
        self,
        models: StartModels,
        env: VectorEnv,
        places: Iterable[DataPlace],
        written: Sequence[str],
    ) -> None:
        if models.own:
            raise TaskError("engine 'warp' can't draw constants of the model; take jax")
        self._models, self._env = models, env
        self.reader = DataReader(self._data(1), places, written)
        self._model = _with_late_arrays(models.shared, self.reader)

    def _data(self, n: int) -> Any:
        data = mjx.make_data(
            self._models.base,
            impl="warp",
            naconmax=WARP_CONTACTS * n,
            njmax=WARP_ROWS,
        )
        return _template(data, self._env)

    def control_step(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, count: int
    ) -> Stepped:
        """As in Engine."""
        template, model = self._data(len(ctrl)), self._model

        def one(state: PhysicsState, ctrl: XArray) -> Stepped:
            data = _with_state(template, state, ctrl)
            data = jax.lax.fori_loop(0, count, lambda _, x: mjx.step(model, x), data)
            state = state._replace(
                qpos=data.qpos,
                qvel=data.qvel,
                act=data.act,
                qacc_warmstart=data.qacc_warmstart,
            )
            readings = Readings(*self.reader.read(data), self.reader.late(data))
            return state, readings

        stepped: Stepped = jax.vmap(one)(state, ctrl)
        return stepped

    def readings(
        self, starts: XArray, state: PhysicsState, ctrl: XArray, forces: bool
    ) -> Readings:
        """As in Engine."""
        template, model = self._data(len(ctrl)), self._model

        def one(state: PhysicsState, ctrl: XArray) -> Readings:
            data = mjx.forward(model, _with_state(template, state, ctrl))
            late = self.reader.late(data) if forces else self.reader.nothing().late
            return Readings(*self.reader.read(data), late)

        readings: Readings = jax.vmap(one)(state, ctrl)
        return readings


def _with_late_arrays(model: Any, reader: DataReader) -> Any:
    """Warp's model, told to compute the late arrays that are read."""
    option, own = model.opt._impl, model._impl
    option = option.replace(run_rne_postconstraint=reader.has_forces)
    own = own.replace(sensor_subtree_vel=own.sensor_subtree_vel or reader.has_momenta)
    return model.replace(opt=model.opt.replace(_impl=option), _impl=own)


def _with_state(template: Any, state: PhysicsState, ctrl: XArray) -> Any:
    arrays = state._asdict()
    return template.replace(ctrl=ctrl, **arrays.pop("written"), **arrays)
