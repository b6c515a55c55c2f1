"""Contact forces where something is drawn again, by a ball of 1 kg that lies still."""

from pathlib import Path

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.fields import unpack
from envs.make import load_task
from envs.task import Task

WEIGHT_N = 9.81
ROBOT = """\
<mujoco>
  <worldbody>
    <geom type="plane" size="9 9 .1" condim="1"/>
    <body name="ball" pos="0 0 .1">
      <joint name="x" type="slide" axis="1 0 0"/>
      <joint name="z" type="slide" axis="0 0 1"/>
      <geom size=".1" mass="1" condim="1"/>
    </body>
  </worldbody>
  <actuator><motor joint="x" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
TASK = """\
name: ball
env: MuJoCo-v0
env_kwargs:
  {xml_file: ./robot.xml, frame_skip: 25, max_steps: 14, reset_noise_scale: 0}
goal: Lie.
conventions: none
draws:
  push: {uniform: [1, 2], adds: joint.x.qvel, again_s: 0.5, unit: m/s, doc: push}
fields:
  contact: {source: "body.ball.cfrc_ext[5]", unit: N, doc: force of the floor}
  momentum: {source: "body.ball.subtree_linvel[0]", unit: m/s, doc: speed}
  speed: {source: joint.x.qvel, unit: m/s, doc: speed}
"""


def ball(folder: Path) -> Task:
    (folder / "robot.xml").write_text(ROBOT)
    (folder / "task.yaml").write_text(TASK)
    return load_task(str(folder))


def test_a_ball_is_carried_by_the_floor_while_it_is_pushed_again(tmp_path) -> None:
    """A push after 10 control steps of 0.05 s, a new episode after 14."""
    env = VectorEnv(ball(tmp_path), 2)
    env.reset([0, 1])
    assert (unpack(env.frame, env.widths).contact == 0).all()  # as Gymnasium has it
    contacts, speeds = [], []
    for _ in range(14):
        step = env.step(np.zeros((2, 1)))
        frames = step.s_next, env.frame.copy()
        rows = [unpack(frame, env.widths) for frame in frames]
        contacts.append([row.contact for row in rows])
        speeds.append([row.speed for row in rows])
    settled = np.array(contacts[6:13])
    assert settled == pytest.approx(np.full((7, 2, 2), WEIGHT_N), abs=1e-3)
    assert (speeds[9][1] > speeds[9][0] + 0.9).all()  # the push
    assert (contacts[13][1] == 0).all()  # the next episode


@pytest.mark.slow
def test_a_ball_on_mjx_is_carried_as_well(tmp_path) -> None:
    jax = pytest.importorskip("jax", reason="MJX is an extra")
    pytest.importorskip("mujoco.mjx", reason="MJX is an extra")
    from envs.mjx.world import Worlds

    world = Worlds(ball(tmp_path))
    state = jax.jit(world.start)(jax.random.split(jax.random.key(0), 2), 0)
    advance = jax.jit(world.step)
    assert (unpack(state.frame, world.widths).contact == 0).all()
    contacts = []
    for _ in range(14):
        state, step = advance(state, np.zeros((2, 1), np.float32), 0)
        frames = np.asarray(step.s_next), np.asarray(state.frame)
        rows = [unpack(frame, world.widths) for frame in frames]
        contacts.append([row.contact for row in rows])
        if len(contacts) == 10:
            assert (rows[1].speed > rows[0].speed + 0.9).all()  # the push
            assert rows[1].momentum == pytest.approx(rows[1].speed)
    settled = np.array(contacts[6:13])
    assert settled == pytest.approx(np.full((7, 2, 2), WEIGHT_N), abs=1e-2)
    assert (contacts[13][1] == 0).all()  # the next episode
