import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.make import load_task

jax = pytest.importorskip("jax", reason="MJX is an extra")
pytest.importorskip("mujoco.mjx", reason="MJX is an extra")

import jax.numpy as jnp  # noqa: E402

from envs.mjx import solver  # noqa: E402
from envs.mjx.counts import (  # noqa: E402
    _joined,
    _largest_error,
    _random_play,
    solver_counts,
)
from envs.mjx.solver import Counts, newton, solve_in_line  # noqa: E402


@pytest.mark.parametrize("name", ["hopper-run", "hand-turn-dial"])
def test_enough_iterations_give_mujocos_own_accelerations(name: str) -> None:
    env = VectorEnv(load_task(name), 1)  # the hand has friction loss
    problem, exact = _joined(_random_play(env.model, env.keyframe))
    assert len(exact) > 100
    assert _largest_error(problem, exact, Counts(20, 20)) < 1e-8


def test_a_robot_with_harder_contacts_gets_more_iterations() -> None:
    arm, hopper, cheetah = (
        solver_counts(env.model, env.keyframe)
        for name in ("arm-reach-target", "hopper-run", "halfcheetah-run")
        for env in [VectorEnv(load_task(name), 1)]
    )
    assert arm.iterations < hopper.iterations < cheetah.iterations < 9


def test_jax_solves_as_numpy_does() -> None:
    env = VectorEnv(load_task("hopper-run"), 1)
    problem, exact = _joined(_random_play(env.model, env.keyframe)[-8:])

    def one(problem):  # type: ignore[no-untyped-def]
        return newton(
            jnp, problem, Counts(4, 2), lambda a, b: solve_in_line(jnp, a, b)
        )[0]

    single = jax.tree.map(
        lambda x: jnp.asarray(x, jnp.float32 if x.dtype == float else None), problem
    )
    accelerations = jax.jit(jax.vmap(one))(single)
    assert np.allclose(accelerations, exact, rtol=1e-3, atol=0.05)


def test_factors_written_out_solve_as_numpy_does() -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((5, 9, 9))
    matrix, vector = root @ root.transpose(0, 2, 1) + np.eye(9), rng.random((5, 9))
    expected = np.linalg.solve(matrix, vector[..., None])[..., 0]
    assert np.allclose(solve_in_line(np, matrix, vector), expected)


def test_many_rows_are_multiplied_by_the_library_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env = VectorEnv(load_task("hopper-run"), 1)
    problem, _ = _joined(_random_play(env.model, env.keyframe)[-8:])

    def solved() -> np.ndarray:
        return newton(np, problem, Counts(4, 2), lambda a, b: solve_in_line(np, a, b))[
            0
        ]

    in_line = solved()
    monkeypatch.setattr(solver, "MOST_PRODUCTS_IN_LINE", 0)
    assert np.allclose(solved(), in_line, rtol=1e-9, atol=1e-9)
