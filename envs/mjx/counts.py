"""How many iterations of the solver a robot needs, tried on its own random play."""

import copy
from itertools import product
from typing import Any

import mujoco
import numpy as np

from envs.actions import control_bounds
from envs.bodies import Array
from envs.mjx.solver import Constraints, Counts, newton, times

EPISODES = 10
EPISODE_STEPS = 200  # physics steps
ACTION_STEPS = 8  # physics steps that an action is held
LARGEST_ERROR = 0.01  # of an acceleration, as a share of it
MOST_ITERATIONS, MOST_SEARCHES = 9, 6
MOST_NUMBERS = 3e7  # in the largest array of the trial
ITERATION_COST = 3  # in searches: a Hessian and its factors
Solved = tuple[Constraints, Array]  # and the exact acceleration
_EQUALITY = int(mujoco.mjtConstraint.mjCNSTR_EQUALITY)
_FRICTION = (
    int(mujoco.mjtConstraint.mjCNSTR_FRICTION_DOF),
    int(mujoco.mjtConstraint.mjCNSTR_FRICTION_TENDON),
)


def solver_counts(model: Any, keyframe: int | None) -> Counts:
    """The cheapest counts that solve all of a random play, and one iteration more.

    model: MjModel with pyramidal cones. The one more is for states that random play
    does not reach.
    """
    rows = _random_play(model, keyframe)
    if not rows:
        return Counts(2, 2)
    problem, exact = _joined(rows)
    choices = product(range(1, MOST_ITERATIONS), range(1, MOST_SEARCHES + 1))
    for counts in sorted(map(Counts._make, choices), key=_cost):
        if _largest_error(problem, exact, counts) < LARGEST_ERROR:
            return Counts(counts.iterations + 1, counts.searches)
    return Counts(MOST_ITERATIONS, MOST_SEARCHES)


def _cost(counts: Counts) -> int:
    return counts.iterations * (ITERATION_COST + counts.searches)


def _largest_error(problem: Constraints, exact: Array, counts: Counts) -> float:
    """Of the solver's accelerations, measured by the mass matrix as energy is."""
    solution, _ = newton(np, problem, counts, _solve)
    error, size = (
        (times(problem.mass, change) * change).sum(axis=1)
        for change in (solution - exact, exact)
    )
    return float(np.sqrt(error / np.maximum(size, 1e-12)).max())


def _solve(matrix: Array, vector: Array) -> Array:
    return np.asarray(np.linalg.solve(matrix, vector[..., None])[..., 0])


def _random_play(model: Any, keyframe: int | None) -> list[Solved]:
    """Problems of single states with their solutions; only states with constraints."""
    model = copy.copy(model)
    model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    model.opt.jacobian = mujoco.mjtJacobian.mjJAC_DENSE
    model.opt.iterations, model.opt.tolerance = 100, 1e-12
    data, rng, rows = mujoco.MjData(model), np.random.default_rng(0), []
    low, high = control_bounds(model)
    for _ in range(EPISODES):
        mujoco.mj_resetDataKeyframe(model, data, -1 if keyframe is None else keyframe)
        for step in range(EPISODE_STEPS):
            if step % ACTION_STEPS == 0:
                data.ctrl[:] = rng.uniform(low, high)
            warm = data.qacc_warmstart.copy()
            mujoco.mj_forward(model, data)
            # The first step has no acceleration to begin with.
            if data.nefc and step:
                rows.append((_problem(model, data, warm), data.qacc.copy()))
            mujoco.mj_step(model, data)
    return rows


def _problem(model: Any, data: Any, warm: Array) -> Constraints:
    mass = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, data, mass)
    is_friction = np.isin(data.efc_type, _FRICTION)
    return Constraints(
        mass,
        data.efc_J.reshape(data.nefc, model.nv).copy(),
        data.efc_D.copy(),
        data.efc_aref.copy(),
        is_friction | (data.efc_type == _EQUALITY),
        np.where(is_friction, data.efc_frictionloss, np.inf),
        data.qacc_smooth.copy(),
        warm,
    )


def _joined(
    rows: list[Solved],
) -> Solved:
    """One problem with a leading axis, its rows filled up to the most of any state."""
    most = max(len(problem.target) for problem, _ in rows)
    numbers = most * rows[0][0].mass.size
    rows = rows[:: int(np.ceil(len(rows) * numbers / MOST_NUMBERS))]
    # A row without stiffness has no force, so what fills its other arrays is no matter.
    columns = zip(*(problem for problem, _ in rows), strict=True)
    filled = (
        np.stack([_filled(x, most) for x in column])
        if name in ("jacobian", "stiffness", "target", "two_sided", "largest")
        else np.stack(column)
        for name, column in zip(Constraints._fields, columns, strict=True)
    )
    return Constraints(*filled), np.stack([exact for _, exact in rows])


def _filled(array: Array, count: int) -> Array:
    return np.pad(array, [(0, count - len(array)), *[(0, 0)] * (array.ndim - 1)])
