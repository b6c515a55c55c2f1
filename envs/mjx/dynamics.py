"""One world's physics: forward dynamics and the integrators, for few GPU kernels.

MJX's stages are called in MuJoCo's order, with Cholesky factors written out, our own
solver, and Runge-Kutta's stages in a loop. Only the state and what is read of the data
is carried from step to step, never all of mjx.Data.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import mujoco
import numpy as np

from envs.bodies import XArray
from envs.mjx.contacts import CapsuleFrames
from envs.mjx.joints import JointColumns
from envs.mjx.library import mjx, mjx_forward
from envs.mjx.models import SphereDistance
from envs.mjx.solver import (
    MOST_COLUMNS_IN_LINE,
    Constraints,
    Counts,
    newton,
    solve_by_elimination,
    solve_in_line,
    transposed,
)
from envs.mjx.sources import DataReader
from envs.mjx.state import PhysicsState, Readings

_RUNGE_KUTTA = np.array([[0, 1 / 6], [1 / 2, 1 / 3], [1 / 2, 1 / 3], [1, 1 / 6]])


@dataclass(frozen=True)
class Dynamics:
    """How one world is simulated.

    model: MjModel. template: mjx.Data of one world. counts: None for MJX's own solver.
    distances: sensors that MJX lacks. frames: contacts whose frames MJX turns.
    """

    model: Any
    template: Any
    counts: Counts | None
    reader: DataReader
    joints: JointColumns
    distances: tuple[SphereDistance, ...] = ()
    frames: CapsuleFrames | None = None

    def data(self, state: PhysicsState, ctrl: XArray) -> Any:
        """The mjx.Data of a state, with nothing computed yet."""
        return self.template.replace(
            qpos=state.qpos,
            qvel=state.qvel,
            act=state.act,
            qacc_warmstart=state.qacc_warmstart,
            ctrl=ctrl,
            **state.written,
        )

    def control_step(
        self, model: Any, state: PhysicsState, ctrl: XArray, count: int
    ) -> tuple[PhysicsState, Readings]:
        """The state and the readings after `count` physics steps.

        model: mjx.Model. As in MuJoCo the readings describe the state before the last
        physics step (of Runge-Kutta: its last stage).
        """
        runge_kutta = self.model.opt.integrator == mujoco.mjtIntegrator.mjINT_RK4
        advance = self._runge_kutta if runge_kutta else self._implicit

        def one(carry: Any, number: Any) -> Any:
            state, readings = carry
            is_last = number == count - 1
            return advance(model, state, readings, ctrl, is_last), None

        begin = state, self.reader.nothing()
        (state, readings), _ = jax.lax.scan(one, begin, jnp.arange(count))
        return state, readings

    def readings(
        self, model: Any, state: PhysicsState, ctrl: XArray, forces: bool
    ) -> Readings:
        """What the data of a state shows; forces: whether late readings too, else 0."""
        data = self.forward(model, self.data(state, ctrl))
        late = self.reader.nothing().late
        if forces and late.size:
            late = self.reader.read_late(model, data)
        return Readings(*self.reader.read(data), late)

    def forward(self, model: Any, data: Any) -> Any:
        """Forward dynamics: the data that follows from the state."""
        data = mjx.kinematics(model, data)
        data = mjx.com_pos(model, data)
        data = mjx.camlight(model, data)
        data = mjx.tendon(model, data)
        data = mjx.crb(model, data)
        data = mjx.tendon_armature(model, data)
        data = mjx.collision(model, data)
        if self.frames is not None:
            data = self.frames.write(data)
        data = mjx.make_constraint(model, data)
        data = mjx.transmission(model, data)
        data = mjx.sensor_pos(model, data)
        for distance in self.distances:
            data = distance.write(data)
        data = mjx.fwd_velocity(model, data)
        data = mjx.sensor_vel(model, data)
        data = mjx.fwd_actuation(model, data)
        mass = mjx.full_m(model, data)
        applied = data.qfrc_applied + mjx.xfrc_accumulate(model, data)
        smooth = data.qfrc_passive - data.qfrc_bias + data.qfrc_actuator + applied
        data = data.replace(qfrc_smooth=smooth, qacc_smooth=solve(mass, smooth))
        data = self._constrained(model, data, mass)
        return mjx.sensor_acc(model, data)

    def _constrained(self, model: Any, data: Any, mass: XArray) -> Any:
        inner = data._impl
        if not inner.efc_J.size:
            return data.replace(qacc=data.qacc_smooth)
        if self.counts is None:
            return mjx.solve(model, data)
        kind = np.arange(inner.efc_J.shape[0])
        first, last = inner.ne, inner.ne + inner.nf  # the rows of friction loss
        largest = None
        if inner.nf:
            is_friction = (first <= kind) & (kind < last)
            largest = jnp.where(is_friction, inner.efc_frictionloss, jnp.inf)
        problem = Constraints(
            mass,
            inner.efc_J,
            inner.efc_D,
            inner.efc_aref,
            kind < last,
            largest,
            data.qacc_smooth,
            data.qacc_warmstart,
        )
        acceleration, force = newton(jnp, problem, self.counts, solve)
        return data.tree_replace(
            {
                "qacc": acceleration,
                "qfrc_constraint": transposed(inner.efc_J, force),
                "_impl.efc_force": force,
            }
        )

    def _implicit(
        self,
        model: Any,
        state: PhysicsState,
        readings: Readings,
        ctrl: XArray,
        is_last: Any,
    ) -> tuple[PhysicsState, Readings]:
        """One physics step by Euler or implicitfast, damping taken at its end."""
        data = self.forward(model, self.data(state, ctrl))
        step, mass = model.opt.timestep, mjx.full_m(model, data)
        if self.model.opt.integrator == mujoco.mjtIntegrator.mjINT_EULER:
            is_off = self.model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_EULERDAMP
            change = None if is_off else -jnp.diag(model.dof_damping)
        else:
            change = mjx.deriv_smooth_vel(_without_saturated(model, data), data)
        acceleration = data.qacc
        if change is not None:
            force = data.qfrc_smooth + data.qfrc_constraint
            acceleration = solve(mass - step * change, force)
        qvel = state.qvel + step * acceleration
        after = state._replace(
            qpos=self.joints.moved(state.qpos, qvel, step),
            qvel=qvel,
            act=_next_act(model, data, state.act, data.act_dot),
            qacc_warmstart=data.qacc,
        )
        late = self._late_if(model, data, readings, is_last)
        return after, Readings(*self.reader.read(data), late)

    def _runge_kutta(
        self,
        model: Any,
        state: PhysicsState,
        readings: Readings,
        ctrl: XArray,
        is_last: Any,
    ) -> tuple[PhysicsState, Readings]:
        """One physics step by the method of Runge and Kutta, of fourth order."""
        step = model.opt.timestep

        def stage(carry: Any, row: Any) -> Any:
            slopes, sums, warm, readings = carry
            share, weight, number = row
            moved = self._moved(state, slopes, share * step)
            data = self.data(moved._replace(qacc_warmstart=warm), ctrl)
            data = self.forward(model, data)
            slopes = moved.qvel, data.qacc, data.act_dot
            sums = jax.tree.map(lambda total, x: total + weight * x, sums, slopes)
            plain, sensors = self.reader.read(data)
            sensors = jnp.where(number == 0, sensors, readings.sensors)
            late = self._late_if(model, data, readings, is_last & (number == 3))
            return (slopes, sums, data.qacc, Readings(plain, sensors, late)), None

        zeros = jax.tree.map(jnp.zeros_like, (state.qvel, state.qvel, state.act))
        rows = (*jnp.asarray(_RUNGE_KUTTA.T, state.qvel.dtype), jnp.arange(4))
        begin = ((state.qvel, *zeros[1:]), zeros, state.qacc_warmstart, readings)
        (_, sums, warm, readings), _ = jax.lax.scan(stage, begin, rows)
        after = self._moved(state, sums, step)
        act = _next_act(model, self.data(state, ctrl), state.act, sums[2])
        return after._replace(act=act, qacc_warmstart=warm), readings

    def _moved(self, state: PhysicsState, slopes: Any, step: XArray) -> PhysicsState:
        """The state after step s with slopes: velocity, acceleration, act's change."""
        velocity, acceleration, change = slopes
        return state._replace(
            qpos=self.joints.moved(state.qpos, velocity, step),
            qvel=state.qvel + step * acceleration,
            act=state.act + step * change,
        )

    def _late_if(self, model: Any, data: Any, before: Readings, is_due: Any) -> XArray:
        """The late readings where they are due, for they are costly."""
        if not before.late.size:
            return before.late
        return jax.lax.cond(
            is_due, lambda: self.reader.read_late(model, data), lambda: before.late
        )


def solve(matrix: XArray, vector: XArray) -> XArray:
    """The solution (k,) for a symmetric positive matrix (k, k)."""
    if matrix.shape[-1] <= MOST_COLUMNS_IN_LINE:
        return solve_in_line(jnp, matrix, vector)
    return solve_by_elimination(jnp, matrix, vector)


def _without_saturated(model: Any, data: Any) -> Any:
    """The model for derivatives: a force at its limit does not change with velocity.

    MuJoCo leaves such actuators out, and MJX does not.
    """
    low, high = model.actuator_forcerange.T
    is_free = (low < data.actuator_force) & (data.actuator_force < high)
    keep = (is_free | ~model.actuator_forcelimited)[:, None]
    return model.replace(
        actuator_biasprm=jnp.where(keep, model.actuator_biasprm, 0.0),
        actuator_gainprm=jnp.where(keep, model.actuator_gainprm, 0.0),
    )


def _next_act(model: Any, data: Any, act: XArray, act_dot: XArray) -> XArray:
    """Activations one physics step later."""
    # MJX has no public name for this, and it has many cases.
    return mjx_forward._next_activation(model, data.replace(act=act), act_dot)
