"""Types of painters, which turn a view of a pose into a picture, and their colours."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from PIL import Image

from designer.clips.camera import View

Paint = Callable[[View, Any], Image.Image]  # a view and posed MjData to WIDTH x HEIGHT
Painter = Callable[[Any], AbstractContextManager[Paint]]  # of an MjModel

SKY, FLOOR = (236, 242, 248), (216, 221, 215)
