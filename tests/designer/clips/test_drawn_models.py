"""Films of models with constants that are drawn, as the place and size of a goal."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from designer.clips.camera import aim
from designer.clips.clip import length, pictures
from designer.clips.film import pose, record
from designer.clips.framing import camera_for
from designer.clips.stick import stick
from envs.make import load_task, make_env
from tests.designer.clips.test_rendering import is_marker, middle_of_marker, still

ROBOT = """\
<mujoco>
  <worldbody>
    <geom type="plane" size="9 9 1"/>
    <body pos="0 0 1"><joint name="x" type="slide" axis="1 0 0" range="-1 1"/>
      <geom type="box" size=".1 .1 .1"/></body>
    <body name="goal"><geom name="ball" size=".1" rgba="1 0 1 1"/></body>
  </worldbody>
  <actuator><motor joint="x" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs: {xml_file: robot.xml, control_s: 0.04, episode_s: 0.2}
goal: Move.
conventions: SI units
draws:
  place: {uniform: [[-1, 0, 1], [1, 0, 2]], sets: body.goal.pos, unit: m, doc: of goal}
  size: {uniform: [0.05, 0.4], sets: "geom.ball.size[0]", unit: m, doc: of the goal}
fields:
  x: {source: joint.x.qpos, unit: m, doc: of the robot}
"""


def test_a_drawn_goal_is_seen_where_and_as_large_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "robot.xml").write_text(ROBOT)
    (tmp_path / "task.yaml").write_text(TASK)
    task, seeds = load_task(str(tmp_path)), [0, 1]
    env = make_env(task, 2)
    env.reset(seeds)
    films = record(task, still, seeds, episodes=(0, 1))
    shown = list(pictures(films, stick))
    for k, film in enumerate(films):
        data = mujoco.MjData(film.model)
        pose(film, data, 0.0)
        view = aim(camera_for(film.model, data), data)
        pixels, depths = view.project(env.draws.values["place"][k : k + 1])
        picture = np.asarray(shown[k * length(film)])
        assert middle_of_marker(picture) == pytest.approx(pixels[0], abs=2)
        radius = env.draws.values["size"][k] * view.pixels_per_metre(depths)[0]
        area = is_marker(picture).sum()
        assert area == pytest.approx(np.pi * radius**2, rel=0.1)
