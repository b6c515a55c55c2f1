"""Accelerations in contact on MJX against MuJoCo's, for one state of a small model."""

from typing import Any

import mujoco
import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="MJX is an extra")
pytest.importorskip("mujoco.mjx", reason="MJX is an extra")

import jax.numpy as jnp  # noqa: E402

from envs.mjx.contacts import CapsuleFrames, capsule_frames  # noqa: E402
from envs.mjx.dynamics import Dynamics  # noqa: E402
from envs.mjx.joints import joint_columns  # noqa: E402
from envs.mjx.library import mjx  # noqa: E402
from envs.mjx.models import make_models  # noqa: E402
from envs.mjx.solver import Counts  # noqa: E402
from envs.mjx.sources import DataReader  # noqa: E402
from envs.yamlfile import TaskError  # noqa: E402

CAPSULE = """\
<mujoco>
  <option cone="pyramidal"/>
  <worldbody>
    <geom type="plane" size="1 1 .1"/>
    <body name="pole" pos="0 0 .29" euler="15 10 0">
      {joints}<geom type="capsule" size=".1 .2"/>
    </body>
  </worldbody>
</mujoco>
"""
FREE = '<freejoint name="pole"/>'


def model_of(joints: str, cone: str = "pyramidal") -> Any:
    xml = CAPSULE.format(joints=joints).replace('"pyramidal"', f'"{cone}"')
    return mujoco.MjModel.from_xml_string(xml)


def accelerations(
    model: Any, frames: CapsuleFrames | None, counts: Counts | None
) -> tuple[np.ndarray, np.ndarray]:
    """MuJoCo's and MJX's, of the sliding pole where it touches the floor."""
    data = mujoco.MjData(model)
    data.qvel[:3] = 0.5, 0.2, 0.0
    mujoco.mj_forward(model, data)
    assert data.ncon == 1
    models = make_models([model], ())
    template = mjx.make_data(models.shared)
    dynamics = Dynamics(
        models.base,
        template,
        counts,
        DataReader(template, (), ()),
        joint_columns(models.base),
        (),
        frames,
    )
    state = template.replace(qvel=jnp.asarray(data.qvel, jnp.float32))
    after = jax.jit(lambda data: dynamics.forward(models.shared, data))(state)
    return data.qacc.copy(), np.asarray(after.qacc)


def test_a_standing_capsule_slides_as_in_mujoco() -> None:
    model = model_of(FREE)
    ours, theirs = accelerations(model, capsule_frames(model), Counts(5, 5))
    assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-3 * np.abs(ours).max())


@pytest.mark.slow
def test_without_its_frame_it_does_not() -> None:
    ours, theirs = accelerations(model_of(FREE), None, Counts(5, 5))
    assert not np.allclose(ours, theirs, rtol=1e-2, atol=1e-2 * np.abs(ours).max())


def test_what_moves_in_a_plane_needs_no_frame() -> None:
    slides = '<joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/>'
    assert capsule_frames(model_of(slides)) is None


@pytest.mark.slow
def test_elliptic_cones_are_solved_by_mjx() -> None:
    model = model_of(FREE, "elliptic")
    assert capsule_frames(model) is None
    ours, theirs = accelerations(model, None, None)
    assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-3 * np.abs(ours).max())


def test_a_model_that_mjx_lacks_is_refused_in_a_line() -> None:
    model = model_of(FREE)
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICIT
    with pytest.raises(TaskError, match=r"MJX can't run this model: .*IMPLICIT"):
        make_models([model], ())
