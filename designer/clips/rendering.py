"""A rendering process: makes one clip, or finds out whether OpenGL works.

It imports what paints only after it is bound to its parent, and MuJoCo reads from the
environment which OpenGL to load.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from designer.clips.tools import PainterName
from designer.errors import DesignerError
from designer.training.parent import die_with_parent

MAX_TRAININGS = 2  # of a candidate that its clip shows
EXIT_NO_CLIP = 3  # no painter can make this clip; the last line of output says why
TRY_OPENGL = "try OpenGL"  # the request to find out whether OpenGL works
BALL = "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>"


def try_opengl() -> None:
    """Paint a ball; AssertionError if none shows, as with a broken driver."""
    import mujoco
    import numpy as np

    from designer.clips.camera import aim
    from designer.clips.framing import camera_for
    from designer.clips.gl import gl

    model = mujoco.MjModel.from_xml_string(BALL)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with gl(model) as paint:
        picture = np.asarray(paint(aim(camera_for(model, data), data), data))
    assert np.ptp(picture, axis=(0, 1)).max() > 20, "OpenGL painted nothing"


def make_clip(
    folder: str, task: str, seeds: Sequence[int], painter: PainterName
) -> None:
    """The clip of the first trainings in a folder; exits where none can be made."""
    from designer.clips.clip import write_clip
    from designer.clips.film import Unfilmable, record
    from designer.training.policy import Policy
    from envs.make import load_task
    from envs.yamlfile import TaskError

    try:
        loaded = load_task(task)
        paths = _filmed_policies(Path(folder))
        if not paths:
            raise FileNotFoundError(f"no trained policy in {folder}")
        policies = [Policy.load(path) for path in paths]
        films = [film for policy in policies for film in record(loaded, policy, seeds)]
        # Painting, MuJoCo may log into the working directory. Environments log nothing,
        # and one of the user's may read files from where the search was started.
        os.chdir(folder)
        write_clip(Path(folder), films, painter)
    except (Unfilmable, TaskError, DesignerError, FileNotFoundError) as error:
        sys.stderr.write(" ".join(str(error).split()))
        sys.exit(EXIT_NO_CLIP)


def _filmed_policies(folder: Path) -> list[Path]:
    """policy.npz of each training that a candidate's clip shows, s0, s1 and so on."""
    paths = sorted(
        folder.glob("s[0-9]*/policy.npz"), key=lambda path: int(path.parent.name[1:])
    )
    return paths[:MAX_TRAININGS]


if __name__ == "__main__":
    die_with_parent()
    if sys.argv[1] == TRY_OPENGL:
        try_opengl()
    else:
        make_clip(**json.loads(sys.argv[1]))
