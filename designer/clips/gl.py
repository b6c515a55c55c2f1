"""Pictures of a model by OpenGL.

MUJOCO_GL must say which OpenGL before mujoco is imported: egl needs no display.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mujoco
import numpy as np
from PIL import Image

from designer.clips.camera import FOVY, HEIGHT, WIDTH, View
from designer.clips.floor import grid_lines
from designer.clips.paint import FLOOR, SKY, Paint
from designer.clips.ruler import ACCENT, Colour, start_line
from envs.bodies import Array

LIT_GRID = (140, 146, 140)  # darker than floor.GRID: light makes it paler


@contextmanager
def gl(model: Any) -> Iterator[Paint]:
    """A painter by MuJoCo's renderer; where OpenGL is broken it may raise anything."""
    model = copy.copy(model)
    # Software OpenGL takes 15 times as long with MuJoCo's shadows and smoothing; the
    # renderer reads these when it is made.
    model.vis.quality.shadowsize = 0
    model.vis.quality.offsamples = 0
    model.mat_reflectance[:] = 0.0
    model.vis.global_.fovy = FOVY
    model.vis.global_.offwidth = max(WIDTH, model.vis.global_.offwidth)
    model.vis.global_.offheight = max(HEIGHT, model.vis.global_.offheight)
    _light(model)
    is_plain = not _calm_floors(model)
    with mujoco.Renderer(model, HEIGHT, WIDTH) as renderer:

        def paint(view: View, data: Any) -> Image.Image:
            _place_planes(model, view)
            renderer.update_scene(data, _free_camera(view))
            _add_sun(renderer.scene)
            if is_plain:
                for ends in grid_lines(view):
                    _add_line(
                        renderer.scene, ends, LIT_GRID, 0.006 * view.camera.half, 0.3
                    )
            line = start_line(view)
            if line is not None:
                _add_line(renderer.scene, line, ACCENT, 0.009 * view.camera.half, 0.5)
            _add_backdrop(renderer.scene, view)
            return Image.fromarray(renderer.render())

        yield paint


def _light(model: Any) -> None:
    """The same light for every model: from the camera and, see _add_sun, from above."""
    light = model.vis.headlight
    light.active = 1
    light.ambient[:], light.diffuse[:], light.specular[:] = 0.36, 0.27, 0.06
    model.light_active[:] = 0


def _add_sun(scene: Any) -> None:
    if scene.nlight >= len(scene.lights):
        return
    sun = scene.lights[scene.nlight]
    sun.type, sun.castshadow = int(mujoco.mjtLightType.mjLIGHT_DIRECTIONAL), 0
    sun.headlight, sun.texid, sun.dir[:] = 0, -1, (-0.3, 0.4, -0.87)
    sun.ambient[:], sun.diffuse[:], sun.specular[:] = 0.0, 0.44, 0.05
    scene.nlight += 1


def _calm_floors(model: Any) -> bool:
    """Make floors pale: contrast belongs to the robot, and takes bytes of the clip.

    Gives whether a floor has a pattern, which shows the motion of the robot over it.
    """
    floors = np.flatnonzero(model.geom_type == int(mujoco.mjtGeom.mjGEOM_PLANE))
    materials = [m for m in model.geom_matid[floors] if m >= 0]
    textures = {int(t) for m in materials for t in model.mat_texid[m] if t >= 0}
    model.geom_rgba[floors, :3] = 1.0 if textures else np.array(FLOOR) / 255
    model.mat_rgba[materials, :3] = 1.0 if textures else np.array(FLOOR) / 255
    model.mat_specular[materials] = 0.0
    for texture in range(model.ntex):
        start, channels = model.tex_adr[texture], model.tex_nchannel[texture]
        size = model.tex_height[texture] * model.tex_width[texture] * channels
        pixels = model.tex_data[start : start + size].reshape(-1, channels)
        if texture in textures:
            apart = pixels[:, :3].astype(float) - pixels[:, :3].mean(axis=0)
            pixels[:, :3] = np.clip(FLOOR + 0.16 * apart, 0, 255)
    return bool(textures)


def _place_planes(model: Any, view: View) -> None:
    """Set the clipping planes; MuJoCo takes them as multiples of the extent."""
    unit = view.camera.distance / model.stat.extent
    model.vis.map.znear, model.vis.map.zfar = 0.05 * unit, 100.0 * unit


def _free_camera(view: View) -> Any:
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FREE
    camera.lookat[:] = view.lookat
    camera.distance = view.camera.distance
    camera.azimuth, camera.elevation = view.camera.azimuth, view.camera.elevation
    return camera


def _add_line(
    scene: Any, ends: Array, colour: Colour, radius: float, emission: float = 0.0
) -> None:
    """A line between ends (2, 3) that is hidden by what is in front of it."""
    if scene.ngeom >= scene.maxgeom:
        return
    geom, kind = scene.geoms[scene.ngeom], mujoco.mjtGeom.mjGEOM_CAPSULE
    rgba = np.array([*colour, 255], dtype=np.float32) / 255
    mujoco.mjv_initGeom(geom, kind, np.zeros(3), np.zeros(3), np.zeros(9), rgba)
    mujoco.mjv_connector(geom, kind, radius, *ends)
    geom.emission, geom.specular = emission, 0.0
    scene.ngeom += 1


def _add_backdrop(scene: Any, view: View) -> None:
    """A pale wall far behind: the sky of every model, also of one without."""
    scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = 0
    scene.flags[mujoco.mjtRndFlag.mjRND_HAZE] = 0
    if scene.ngeom >= scene.maxgeom:
        return
    far = 50 * view.camera.distance
    size, place = np.array([far, far, far / 1000]), view.lookat + far * view.axes[2]
    rgba = np.array([*SKY, 255], dtype=np.float32) / 255
    geom, kind = scene.geoms[scene.ngeom], mujoco.mjtGeom.mjGEOM_BOX
    mujoco.mjv_initGeom(geom, kind, size, place, view.axes.T.ravel(), rgba)
    geom.emission, geom.specular = 0.62, 0.0  # ambient light adds the rest
    scene.ngeom += 1
