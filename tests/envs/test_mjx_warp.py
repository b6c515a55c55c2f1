"""Warp's engine, as far as it can be tried without a GPU."""

import copy

import mujoco
import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.make import load_task

jax = pytest.importorskip("jax", reason="MJX is an extra")
pytest.importorskip("warp", reason="Warp is an extra")

from mujoco.mjx.third_party import mujoco_warp  # noqa: E402

from envs.mjx.world import Worlds  # noqa: E402

pytestmark = pytest.mark.slow


def test_warp_is_asked_for_the_contact_forces_that_an_ant_observes() -> None:
    worlds = Worlds(load_task("ant-run"), "warp")
    keys = jax.random.split(jax.random.key(0), 2)
    state = jax.eval_shape(lambda keys: worlds.start(keys, 0), keys)
    actions = jax.numpy.zeros((2, worlds.action_dim))
    assert jax.jit(lambda *x: worlds.step(*x, 0)).lower(state, actions).as_text()
    assert worlds._engine._model.opt._impl.run_rne_postconstraint  # type: ignore[attr-defined]


def test_contact_forces_of_warp_are_mujocos() -> None:
    model = copy.copy(VectorEnv(load_task("humanoid-run"), 1).model)
    model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON  # Warp has no PGS
    data, largest = mujoco.MjData(model), 0.0
    warp_model = mujoco_warp.put_model(model)
    warp_model.opt.run_rne_postconstraint = True
    rng = np.random.default_rng(0)
    for step in range(201):
        if step % 5 == 0:
            data.ctrl[:] = rng.uniform(-0.4, 0.4, model.nu)
        if step % 100 == 0:
            warp_data = mujoco_warp.put_data(model, data, nconmax=64, njmax=256)
            mujoco_warp.step(warp_model, warp_data)
        mujoco.mj_step(model, data)
        if step % 100 == 0:
            mujoco.mj_rnePostConstraint(model, data)
            largest = max(largest, np.abs(data.cfrc_ext).max())
            ours = warp_data.cfrc_ext.numpy()[0]
            np.testing.assert_allclose(ours, data.cfrc_ext, rtol=1e-4, atol=1e-2)
    assert largest > 100  # N; it fell
