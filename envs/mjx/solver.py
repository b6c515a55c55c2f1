"""Newton's method for contacts and limits, with fixed counts so that it is few kernels.

Minimizes MuJoCo's cost of an acceleration: how far it is from that without constraints,
plus a penalty on every row that is violated. Covers equalities, friction loss, limits
and contacts with pyramidal cones; elliptic cones need MJX's own solver. The code runs
on numpy too, where `counts` tries how many iterations a robot needs.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from envs.bodies import XArray

SMALLEST_CURVATURE = 1e-15
MOST_COLUMNS_IN_LINE = 9  # compiling grows with the cube of the columns
MOST_PRODUCTS_IN_LINE = 10_000  # for the ant's 21,168 a library's product is faster

SolveSymmetric = Callable[[XArray, XArray], XArray]


class Counts(NamedTuple):
    """Newton iterations, and trials of the step size in each."""

    iterations: int
    searches: int


class Constraints(NamedTuple):
    """What the solver solves; every array may have leading axes.

    mass: (nv, nv). jacobian: (rows, nv). stiffness: (rows,), 0 for no constraint.
    target: (rows,), the acceleration along each row that would satisfy it. two_sided:
    (rows,) bool, rows that push and pull. largest: (rows,), bound of the force of
    friction loss, inf for other rows; None where there is no friction loss. smooth:
    (nv,), the acceleration without constraints. warm: (nv,), a guess.
    """

    mass: XArray
    jacobian: XArray
    stiffness: XArray
    target: XArray
    two_sided: XArray
    largest: XArray | None
    smooth: XArray
    warm: XArray


class _Point(NamedTuple):
    """An acceleration (nv,) and its residual (rows,).

    pull: (nv,), the mass matrix times how far it is from that without constraints.
    """

    acceleration: XArray
    residual: XArray
    pull: XArray


def newton(
    xp: Any, problem: Constraints, counts: Counts, solve: SolveSymmetric
) -> tuple[XArray, XArray]:
    """The acceleration (nv,) of least cost, and the rows' forces (rows,).

    xp: numpy or jax.numpy. solve(matrix, vector): for symmetric positive matrices.
    """
    point = _start(xp, problem)
    for _ in range(counts.iterations):
        force, weight = _forces(xp, problem, point.residual)
        gradient = point.pull - transposed(problem.jacobian, force)
        hessian = problem.mass + _weighted_square(xp, problem.jacobian, weight)
        point = _search(xp, problem, point, -solve(hessian, gradient), counts.searches)
    return point.acceleration, _forces(xp, problem, point.residual)[0]


def _start(xp: Any, problem: Constraints) -> _Point:
    """The cheaper of the guess and the acceleration without constraints."""
    jacobian, target = problem.jacobian, problem.target
    change = problem.warm - problem.smooth
    pull = times(problem.mass, change)
    warm_residual = times(jacobian, problem.warm) - target
    smooth_residual = times(jacobian, problem.smooth) - target
    warm_cost = 0.5 * _dot(change, pull) + _cost(xp, problem, warm_residual)
    use_warm = (warm_cost < _cost(xp, problem, smooth_residual))[..., None]
    return _Point(
        xp.where(use_warm, problem.warm, problem.smooth),
        xp.where(use_warm, warm_residual, smooth_residual),
        xp.where(use_warm, pull, 0.0),
    )


def _forces(xp: Any, problem: Constraints, residual: XArray) -> tuple[XArray, XArray]:
    """Forces of the rows, and how fast they fall with the residual, both (rows,)."""
    holds = problem.two_sided | (residual < 0)
    weight = xp.where(holds, problem.stiffness, 0.0)
    force = -weight * residual
    if problem.largest is not None:
        weight = xp.where(xp.abs(force) < problem.largest, weight, 0.0)
        force = xp.clip(force, -problem.largest, problem.largest)
    return force, weight


def _cost(xp: Any, problem: Constraints, residual: XArray) -> XArray:
    force, _ = _forces(xp, problem, residual)
    if problem.largest is None:
        return -0.5 * (force * residual).sum(-1)
    # Beyond the largest force the cost goes on as a line.
    bent = xp.where(problem.stiffness > 0, problem.stiffness, 1.0)
    return -(force * (residual + 0.5 * force / bent)).sum(-1)


def _search(
    xp: Any, problem: Constraints, point: _Point, direction: XArray, searches: int
) -> _Point:
    """The point along direction (nv,) where the cost is flattest.

    The step size is found by Newton's method in one dimension, kept between the
    largest step that still descends and the smallest that climbs.
    """
    along = times(problem.jacobian, direction)
    pull = times(problem.mass, direction)
    linear, square = _dot(direction, point.pull), _dot(direction, pull)

    def slope(step: XArray) -> tuple[XArray, XArray]:
        residual = point.residual + step[..., None] * along
        force, weight = _forces(xp, problem, residual)
        curvature = square + (weight * along * along).sum(-1)
        return linear + step * square - _dot(along, force), curvature

    best = xp.zeros_like(linear)
    least = xp.abs(slope(best)[0])
    low, high, step = best, best + xp.inf, best + 1.0
    for _ in range(searches):
        value, curvature = slope(step)
        is_better = xp.abs(value) < least
        best = xp.where(is_better, step, best)
        least = xp.where(is_better, xp.abs(value), least)
        low = xp.where(value < 0, step, low)
        high = xp.where(value < 0, high, step)
        trial = step - value / xp.maximum(curvature, SMALLEST_CURVATURE)
        middle = xp.where(xp.isinf(high), 2.0 * low, 0.5 * (low + high))
        step = xp.where((low < trial) & (trial < high), trial, middle)
    best = best[..., None]
    return _Point(
        point.acceleration + best * direction,
        point.residual + best * along,
        point.pull + best * pull,
    )


# Sums of products, not matrix products: XLA fuses them with what is around. For many
# rows the Hessian is a matrix product; prepare_jax forbids a GPU to round its factors
# to ten bits (TF32).


def _dot(first: XArray, second: XArray) -> XArray:
    return (first * second).sum(-1)


def times(matrix: XArray, vector: XArray) -> XArray:
    """The product of a matrix (k, m) and a vector (m,): (k,)."""
    return (matrix * vector[..., None, :]).sum(-1)


def transposed(matrix: XArray, vector: XArray) -> XArray:
    """The product of a transposed matrix (k, m) and a vector (k,): (m,)."""
    return (matrix * vector[..., :, None]).sum(-2)


def _weighted_square(xp: Any, matrix: XArray, weight: XArray) -> XArray:
    weighted = weight[..., None] * matrix
    rows, columns = matrix.shape[-2:]
    if rows * columns**2 > MOST_PRODUCTS_IN_LINE:
        return xp.matmul(xp.swapaxes(matrix, -1, -2), weighted)
    return (matrix[..., :, :, None] * weighted[..., :, None, :]).sum(-3)


def solve_in_line(xp: Any, matrix: XArray, vector: XArray) -> XArray:
    """The solution (k,) for a symmetric positive matrix (k, k) and a vector (k,).

    Cholesky's method written out number by number, so that XLA makes a few kernels
    of it; for at most MOST_COLUMNS_IN_LINE columns.
    """
    size = matrix.shape[-1]
    rows: list[list[XArray]] = []
    inverse: list[XArray] = []  # of the diagonal
    for i in range(size):
        row: list[XArray] = []
        for j in range(i):
            inner = sum((row[k] * rows[j][k] for k in range(j)), start=0.0)
            row.append((matrix[..., i, j] - inner) * inverse[j])
        square = matrix[..., i, i] - sum((x * x for x in row), start=0.0)
        inverse.append(1.0 / xp.sqrt(square))
        rows.append(row)
    forward: list[XArray] = []
    for i in range(size):
        inner = sum((rows[i][k] * forward[k] for k in range(i)), start=0.0)
        forward.append((vector[..., i] - inner) * inverse[i])
    solution: list[XArray] = [0.0] * size
    for i in reversed(range(size)):
        later = range(i + 1, size)
        inner = sum((rows[k][i] * solution[k] for k in later), start=0.0)
        solution[i] = (forward[i] - inner) * inverse[i]
    return xp.stack(solution, axis=-1)


def solve_by_elimination(xp: Any, matrix: XArray, vector: XArray) -> XArray:
    """The solution (k,) for a symmetric positive matrix (k, k) and a vector (k,).

    Gauss and Jordan's elimination without pivots, which such a matrix needs not: one
    small kernel a column for all worlds, where a library's routines start many.
    """
    size = matrix.shape[-1]
    numbers = xp.arange(size)
    rows = xp.concatenate([matrix, vector[..., None]], axis=-1)
    for k in range(size):
        # The first column is done with, and falls away.
        pivot = rows[..., k, 1:] / rows[..., k, :1]
        others = xp.where(numbers == k, 0.0, rows[..., 0])
        reduced = rows[..., 1:] - others[..., None] * pivot[..., None, :]
        rows = xp.where((numbers == k)[:, None], pivot[..., None, :], reduced)
    return rows[..., 0]
