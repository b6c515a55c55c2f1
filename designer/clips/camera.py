"""A camera, and the one projection of the world onto a picture."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from envs.bodies import Array

WIDTH, HEIGHT = 320, 240
FOVY = 30.0  # degrees; narrow, so that lengths hardly depend on depth
GROUND_ROW = 0.80  # of the picture's height: where the ground under a robot is seen
RULER_ROW = 212.0  # below it there is room for the labels


@dataclass(frozen=True)
class Camera:
    """The camera of a model, the same for all its clips.

    azimuth, elevation: degrees, as MuJoCo's free camera. half: metres from the centre
    of the picture to its upper edge, at the robot. home: (3,) the point it looks at in
    the start. tracked: body that it follows, 0 for none. ground: z of the floor, None
    without one. flat: the robot moves in one upright plane, and the ruler lies in it;
    the ruler begins at home if a body is followed, else at the origin of the world.
    """

    azimuth: float
    elevation: float
    half: float
    home: Array
    tracked: int
    ground: float | None
    flat: bool

    @property
    def distance(self) -> float:
        """Metres from the camera to what it looks at."""
        return float(self.half / np.tan(np.radians(FOVY / 2)))


@dataclass(frozen=True)
class View:
    """A camera at one instant; lookat: (3,) in metres."""

    camera: Camera
    lookat: Array

    @cached_property
    def axes(self) -> Array:
        """Unit vectors to the right, up and into the picture, as rows (3, 3)."""
        az, el = np.radians([self.camera.azimuth, self.camera.elevation])
        x, y = np.cos(az), np.sin(az)
        up = (-np.sin(el) * x, -np.sin(el) * y, np.cos(el))
        forward = (np.cos(el) * x, np.cos(el) * y, np.sin(el))
        return np.array([(y, -x, 0.0), up, forward])

    @property
    def ahead(self) -> Array:
        """The level unit vector (3,) away from the camera."""
        right = self.axes[0]
        return np.array([-right[1], right[0], 0.0])

    def project(self, points: Array) -> tuple[Array, Array]:
        """Points (n, 3) as pixels (n, 2), to the right and down, and depths (n,), m."""
        right, up, depth = self.axes @ (points - self.lookat).T
        depth = depth + self.camera.distance
        scale = self.pixels_per_metre(depth)
        return np.stack([WIDTH / 2 + scale * right, HEIGHT / 2 - scale * up], 1), depth

    def pixels_per_metre(self, depth: Array) -> Array:
        """Of lengths at right angles to the view, at depths (n,) in m.

        Anything nearer than a twentieth of the camera's distance is drawn as if there.
        """
        near = 0.05 * self.camera.distance
        focal = HEIGHT / 2 / np.tan(np.radians(FOVY / 2))
        return np.asarray(focal / np.maximum(depth, near))

    def ground_ahead(self, row: float) -> float:
        """Metres along `ahead` from lookat to the ground that shows in a row of pixels.

        At most ten distances, also where the row shows the sky.
        """
        assert self.camera.ground is not None
        _, up, forward = self.axes
        tangent = np.tan(np.radians(FOVY / 2)) * (1 - 2 * row / HEIGHT)
        ray = forward + tangent * up
        eye = self.lookat - self.camera.distance * forward
        drop, far = eye[2] - self.camera.ground, 10 * self.camera.distance
        if drop <= 0 or ray[2] >= -drop / far:
            return far
        return float((eye - self.lookat + drop / -ray[2] * ray) @ self.ahead)


def aim(camera: Camera, data: Any) -> View:
    """The view of a pose: it follows the robot sideways, and up only if it must."""
    if not camera.tracked:
        return View(camera, camera.home)
    lookat = np.array(data.subtree_com[camera.tracked])
    if camera.ground is not None and camera.elevation > -45:
        usual = camera.ground + 2 * (GROUND_ROW - 0.5) * camera.half
        lookat[2] = max(usual, lookat[2] - 0.35 * camera.half)
    return View(camera, lookat)
